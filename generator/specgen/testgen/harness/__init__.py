"""What generated tests and adapters use at run time; needs nothing but Python (and pytest, for the plug-in).

An adapter is a module ``adapters/NAME.py`` beside the generated tests, with a class ``System`` in it. It has one
method per action, which makes the action happen or raises :class:`Refused`, and ``observe()``.
"""

from __future__ import annotations

from specgen.testgen.harness.errors import Refused
from specgen.testgen.harness.names import Value

__all__ = ["Refused", "Value"]
