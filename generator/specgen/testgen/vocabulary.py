"""What a revision talks about: its actions with their arguments, and what is seen of it."""

from __future__ import annotations

from dataclasses import dataclass

from specgen.core.system import Domain, System
from specgen.language.typed import Spec
from specgen.testgen.harness.names import Value
from specgen.testgen.suite import arguments, literal


@dataclass(frozen=True, slots=True)
class Verb:
    """An action by name.

    Args:
        params: with all values that they take.
        ground: the arguments of each ground action.
    """

    name: str
    actor: str
    code: tuple[str, ...]
    about: str
    params: tuple[tuple[str, tuple[Value, ...]], ...]
    ground: tuple[tuple[tuple[str, Value], ...], ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One revision. Plain data: it travels between processes.

    Args:
        spec: what the spec is called.
        observables: with all values that they take.
        properties: (kind, name) of asserts, checks, invariants and always_possible.
    """

    spec: str
    revision: str
    constants: tuple[tuple[str, Value], ...]
    verbs: tuple[Verb, ...]
    observables: tuple[tuple[str, tuple[Value, ...]], ...]
    properties: tuple[tuple[str, str], ...]


def vocabulary(revision: str, spec: Spec, system: System) -> Vocabulary:
    ground: dict[str, list[tuple[tuple[str, Value], ...]]] = {}
    for action in system.actions:
        ground.setdefault(action.name, []).append(tuple(arguments(action).items()))
    verbs = []
    for it in spec.actions:
        if it.name in ground:
            given = ground[it.name]
            names = [name for name, _ in given[0]]
            params = tuple((n, tuple(dict.fromkeys(row[k][1] for row in given))) for k, n in enumerate(names))
            verbs.append(Verb(it.name, it.actor, it.code, it.source.about, params, tuple(given)))
    constants = tuple((name, literal(text)) for name, text in system.constants)
    seen = tuple((o.name, _values(o.domain)) for o in system.observables)
    properties = [(kind, name) for kind, name, _ in system.property_names]
    properties += [(p.kind, p.name) for p in system.properties if p.kind in ("invariant", "possible")]
    return Vocabulary(system.name, revision, constants, tuple(verbs), seen, tuple(dict.fromkeys(properties)))


def _values(domain: Domain) -> tuple[Value, ...]:
    return tuple(literal(domain.text(value)) for value in range(domain.low, domain.low + domain.size))
