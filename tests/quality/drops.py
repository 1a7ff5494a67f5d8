"""Drops every guard, assignment, `do:`, `goto:` and `call:` of a revision, one at a time, and says what `check` would notice.

    python -m tests.quality.drops spec/ublk.yaml v6.1

A line for each drop that changes no verdict and no shortest length: either a property is missing, or the guard is
implied by others and its comment should say so.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace

from specgen.core.lower import lower
from specgen.engines import explicit
from specgen.engines.verdict import Limits
from specgen.language import syntax
from specgen.language.document import Action, Document
from specgen.language.load import load
from specgen.language.scope import Memo
from specgen.language.source import Diagnostics, Span
from specgen.language.typecheck import check

Verdicts = dict[tuple[str, str], tuple[str, int | None]]


def without(effect: syntax.Effect) -> Iterator[tuple[str, Span, syntax.Effect]]:
    """The effect with one statement less, for each of its statements at any depth."""
    for place, statement in enumerate(effect):
        rest = effect[:place] + effect[place + 1 :]
        match statement:
            case syntax.If(span, condition, then, otherwise):
                for text, where, less in without(then):
                    yield text, where, (*effect[:place], syntax.If(span, condition, less, otherwise), *effect[place + 1 :])
                for text, where, less in without(otherwise):
                    yield text, where, (*effect[:place], syntax.If(span, condition, then, less), *effect[place + 1 :])
            case syntax.For():
                for text, where, less in without(statement.body):
                    yield text, where, (*effect[:place], replace(statement, body=less), *effect[place + 1 :])
            case _:
                yield type(statement).__name__.lower(), statement.span, rest


def drops(document: Document) -> Iterator[tuple[str, Span, Document]]:
    """Every document that lacks one guard or one statement of this one."""
    for name, action in document.actions.items():
        for text, span, less in _action_drops(action):
            yield f"{name}: {text}", span, replace(document, actions={**document.actions, name: less})
    for name, process in document.processes.items():
        for place, step in enumerate(process.steps):
            for text, span, less in _action_drops(step):
                steps = (*process.steps[:place], less, *process.steps[place + 1 :])
                changed = {**document.processes, name: replace(process, steps=steps)}
                yield f"{name}.{step.name}: {text}", span, replace(document, processes=changed)
    for name, procedure in document.procedures.items():
        for text, span, effect in without(procedure.effect):
            changed_too = {**document.procedures, name: replace(procedure, effect=effect)}
            yield f"{name}: {text}", span, replace(document, procedures=changed_too)


def _action_drops(action: Action) -> Iterator[tuple[str, Span, Action]]:
    for place, guard in enumerate(action.guards):
        rest = action.guards[:place] + action.guards[place + 1 :]
        yield f"guard {guard.name}", guard.span, replace(action, guards=rest)
    for text, span, effect in without(action.effect):
        yield text, span, replace(action, effect=effect)


def verdicts(document: Document, memo: Memo, limits: Limits) -> Verdicts | str:
    """What explicit search says of each property; or why it cannot."""
    found = Diagnostics()
    spec = check(document, {}, found, memo)
    if found.failed:
        return "not a spec any more: " + found.items[0].message
    run = explicit.run(lower(spec), limits)
    if not run.complete:
        return f"not finished ({run.reason})"
    return {(o.kind, o.name): (o.verdict, o.depth if o.verdict in ("violated", "reached") else None) for o in run.outcomes}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("spec")
    parser.add_argument("revision")
    parser.add_argument("--seconds", type=float, default=20.0, help="bound of one exploration")
    options = parser.parse_args(arguments)
    workspace = load(options.spec)
    document = workspace.documents[options.revision]
    memo, limits = Memo(), Limits(seconds=options.seconds)
    before = verdicts(document, memo, limits)
    words = depths = 0
    silent: list[str] = []
    total = 0
    for text, span, less in drops(document):
        total += 1
        after = verdicts(less, memo, limits)
        if isinstance(before, str) or isinstance(after, str) or {k: v for k, (v, _) in after.items()} != {k: v for k, (v, _) in before.items()}:
            words += 1
        elif after != before:
            depths += 1
        else:
            silent.append(f"{span}: {text}")
    print(f"{total} drops: {words} change a verdict, {depths} only a shortest length, {len(silent)} nothing")
    for line in silent:
        print(f"  {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
