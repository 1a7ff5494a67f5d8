"""Why a revision gets no suite, or cannot be judged by one: the diagnostics SG912 and SG913."""

from __future__ import annotations

from specgen.language.source import Diagnostic, Span
from specgen.testgen.build import LookAlikes
from specgen.testgen.criteria import TooMany
from specgen.testgen.graph import TooLarge
from specgen.testgen.mutation.judging import Unfinished

_SMALLER = "choose smaller constants, with `constants:` in the section `generate` or with -D"

Limit = TooLarge | TooMany | Unfinished | LookAlikes


def told(error: Limit, revision: str, span: Span, options: str = "--timeout and --memory") -> Diagnostic:
    """What a limit means to the user.

    Args:
        span: of the revision.
        options: those of the command that allow it more.
    """
    match error:
        case TooMany():
            message = f"{revision} has too many goals of `{error.criterion}`"
            return Diagnostic("SG912", message, span, f"{_SMALLER}; or leave this criterion out for this revision")
        case LookAlikes():
            message = f"two initial states of {revision} show the same to a test"
            return Diagnostic("SG913", message, span, "add to `observations` what tells them apart")
        case _:
            return too_large(str(error), revision, span, options)


def too_large(reason: str, revision: str, span: Span, options: str = "--timeout and --memory") -> Diagnostic:
    """SG912 for a graph.

    Args:
        reason: the limit that was reached.
    """
    # more than so many states are too many however long it may take
    more = "" if reason.startswith("more than") else f"; or give it more, with {options}"
    return Diagnostic("SG912", f"the graph of {revision} is too large for tests: {reason}", span, _SMALLER + more)
