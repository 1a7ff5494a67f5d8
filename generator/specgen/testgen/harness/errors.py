"""What goes wrong in a test, told apart: what the system refuses, and what it does otherwise than it should.

pytest puts the module in front of an exception's name, and the short summary has one line; so they say that they are
built in, as pytest's own do.
"""

from __future__ import annotations

from collections.abc import Sequence


class Refused(Exception):
    """The action does not happen now. An adapter's method raises this, and the system is as it was before.

    Args:
        why: for people.
        guards: the names of all guards of the spec that do not hold, if the adapter knows them; a test then
            compares them with what the spec says.
    """

    __module__ = "builtins"

    def __init__(self, why: str = "", *, guards: Sequence[str] = ()) -> None:
        super().__init__(why or (f"by {', '.join(guards)}" if guards else "refused"))
        self.guards = tuple(guards)


class Mismatch(AssertionError):
    """The system under test does not do what the spec says; the message is the whole report."""

    __module__ = "builtins"


class Violation(Exception):
    """The interpreter's own error: a step fails what must be true when it happens, or a state violates a property.

    Args:
        names: of the properties.
    """

    __module__ = "builtins"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = tuple(names)


class Incomplete(Exception):
    """The adapter lacks what a test needs, or cannot be loaded; the message says what to do."""

    __module__ = "builtins"


class Unknown(Exception):
    """The spec has no such revision, action or state (any more); the message says which."""

    __module__ = "builtins"


class StaleTests(UserWarning):
    """Tests were generated from another state of the spec than there is now."""

    __module__ = "builtins"
