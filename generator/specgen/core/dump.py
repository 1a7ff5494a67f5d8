"""The core as text: stable, one line a thing, for tests and for `specgen show --core`."""

from __future__ import annotations

from specgen.core.system import Action, System
from specgen.core.terms import Term


def dump(system: System) -> str:
    """A system as text; equal systems give equal text, whatever order their terms were made in."""
    lines = [f"system {system.name}"]
    lines += [f"constant {name} = {value}" for name, value in system.constants]
    for variable, start in zip(system.variables, system.start, strict=True):
        domain = variable.domain
        kind = domain.kind if domain.kind != "int" else f"{domain.low}..{domain.low + domain.size - 1}"
        if domain.labels is not None:
            kind = f"enum {' '.join(domain.labels)}"
        initial = "any" if start is None else domain.text(start)
        lines.append(f"variable {variable.name}: {kind} = {initial}")
    lines.append(f"init {show(system.init, system)}")
    for action in system.actions:
        lines += _action(action, system)
    for item in system.properties:
        lines.append(f"{item.kind} {item.name}: {show(item.term, system)}")
    lines.append(f"terminal {show(system.terminal, system)}")
    for seen in system.observables:
        if seen.term.op != "var" or system.variables[seen.term.value].name != seen.name:
            lines.append(f"observe {seen.name}: {show(seen.term, system)}")
    return "\n".join(lines) + "\n"


def _action(action: Action, system: System) -> list[str]:
    lines = [f"action {action.label}" + (f" by {action.actor}" if action.actor else "")]
    lines += [f"  guard {guard.name}: {show(guard.term, system)}" for guard in action.guards]
    for item in action.obligations:
        scope = " always" if item.always else ""
        lines.append(f"  {item.kind}{scope} {item.name}: {show(item.term, system)}")
    for variable, term in action.updates:
        lines.append(f"  {system.variables[variable].name} := {show(term, system, variable)}")
    return lines


def show(term: Term, system: System, cell: int | None = None) -> str:
    """One term; numbers compared with or assigned to an enum cell read as its words."""
    labels = system.variables[cell].domain.labels if cell is not None else None
    match term.op:
        case "const":
            if labels is not None and 0 <= term.value < len(labels):
                return labels[term.value]
            return repr(term)
        case "var":
            return system.variables[term.value].name
        case "eq":
            left, right = term.operands
            hint = next((t.value for t in (left, right) if t.op == "var"), None)
            shown = [show(left, system, hint), show(right, system, hint)]
            shown = shown if left.op == "var" else sorted(shown)
            return f"(= {' '.join(shown)})"
        case "and" | "or":
            return f"({term.op} {' '.join(sorted(show(t, system) for t in term.operands))})"
        case "ite":
            condition, then, otherwise = term.operands
            return (
                f"(if {show(condition, system)} {show(then, system, cell)} {show(otherwise, system, cell)})"
            )
        case _:
            return f"({term.op} {' '.join(show(t, system) for t in term.operands)})"
