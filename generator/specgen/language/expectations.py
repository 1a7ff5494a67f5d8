"""The properties of a typed spec, and whether what a revision expects of them makes sense."""

from __future__ import annotations

from collections.abc import Iterator

from specgen.language import typed
from specgen.language.document import Expectation
from specgen.language.names import did_you_mean
from specgen.language.source import Diagnostics, Span
from specgen.language.typed import Claim, Spec

GENERAL = ("deadlock", "in_range", "one_effect", "dead_action")  # every spec has these
WORDS = {
    "cover": ("reached", "unreachable"),
    "possible": ("always possible", "impossible"),
}
CLAIM_WORDS = ("holds", "violated")  # of all other kinds


def obligations(spec: Spec) -> list[tuple[str, str, Span]]:
    """Every assert and check that some action carries: kind, name and place, in order, once each."""
    found: dict[tuple[str, str], Span] = {}
    for action in spec.actions:
        for kind, claim in _claims(action):
            found.setdefault((kind, claim.name), claim.span)
    return [(kind, name, span) for (kind, name), span in found.items()]


def _claims(action: typed.Action) -> Iterator[tuple[str, Claim]]:
    yield from (("assert", c) for c in action.asserts)
    yield from (("check", c) for c in action.checks)
    yield from _performed(action.effect)


def _performed(statements: tuple[typed.Statement, ...]) -> Iterator[tuple[str, Claim]]:
    for statement in statements:
        match statement:
            case typed.Perform(asserts, checks, body):
                yield from (("assert", c) for c in asserts)
                yield from (("check", c) for c in checks)
                yield from _performed(body)
            case typed.If(_, then, otherwise):
                yield from _performed(then)
                yield from _performed(otherwise)
            case typed.For(_, _, body):
                yield from _performed(body)


def check_expectations(spec: Spec, diagnostics: Diagnostics) -> None:
    """Reports expectations of unknown properties, or in words that their kind does not have."""
    kinds: dict[str, set[str]] = {name: {name} for name in GENERAL}
    for action in spec.actions:
        kinds.setdefault(f"dead_action.{action.name}", set()).add("dead_action")
    for kind, claims in (
        ("invariant", spec.invariants),
        ("cover", spec.covers),
        ("possible", spec.always_possible),
    ):
        for claim in claims:
            kinds.setdefault(claim.name, set()).add(kind)
    for kind, name, _ in obligations(spec):
        kinds.setdefault(name, set()).add(kind)
    for expectation in spec.document.revision.expect:
        _check(expectation, kinds, diagnostics)


def _check(expectation: Expectation, kinds: dict[str, set[str]], diagnostics: Diagnostics) -> None:
    name = expectation.property
    meant = [k for n, own in kinds.items() if n == name or n.startswith(f"{name}.") for k in own]
    if not meant:
        advice = did_you_mean(name, [n for n in kinds if not n.startswith("dead_action.")])
        diagnostics.add("SG419", f"no property is called '{name}'", expectation.span, help=advice)
        return
    for kind in dict.fromkeys(meant):
        words = WORDS.get(kind, CLAIM_WORDS)
        if expectation.word not in words:
            message = f"'{expectation.word}' is no verdict on a property of kind {kind}"
            diagnostics.add("SG419", message, expectation.span, help=f"its verdicts are: {', '.join(words)}")
