"""specgen: check protocol specifications written once, as YAML."""

__version__ = "0.1.0"
