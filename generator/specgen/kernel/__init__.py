"""A laboratory for kernels: built from a tree or a Debian release, with a fault or without, booted, and judged."""
