"""Traces in the Informal Trace Format (ITF, Apalache's ADR-015 in its 2023 revision): one JSON object.

Every state carries ``#meta`` with the action that led to it, and ``mbt::actionTaken`` and
``mbt::nondetPicks`` as Quint writes them, so that drivers made for Quint's traces work unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from specgen.core.system import State
from specgen.language.source import Diagnostics, Source, Span, SpecError
from specgen.trace.trace import Trace
from specgen.trace.values import Json, scalar, scalar_text, show, write_value

MAX_BYTES = 64 * 2**20
MAX_STATES = 100_000

_ACTION, _PICKS = "mbt::actionTaken", "mbt::nondetPicks"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One state of a file, and what it says of the step that led to it.

    Args:
        values: per variable of the spec the ITF value, not yet read.
        action: the action's dotted name, None where the file does not name it.
        params: its arguments as text, None where the file does not tell them.
    """

    values: dict[str, Json]
    action: str | None
    params: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Recording:
    """A trace file as read: well-formed, not yet compared with a spec.

    Args:
        meta: ``#meta`` of the whole file; empty if it has none.
    """

    meta: dict[str, Json]
    states: tuple[Recorded, ...]

    @property
    def revision(self) -> str | None:
        """The revision that the file says it belongs to."""
        name = self.meta.get("revision")
        return name if isinstance(name, str) else None

    @property
    def constants(self) -> dict[str, str]:
        """Names and values of the constants that the file was made with."""
        found = self.meta.get("constants")
        if not isinstance(found, dict):
            return {}
        texts = {name: scalar_text(value) for name, value in found.items()}
        return {name: text for name, text in texts.items() if text is not None}


def to_itf(trace: Trace, meta: Mapping[str, Json]) -> dict[str, Json]:
    """The trace as an ITF object; ``meta`` (spec, sha256, revision, property) goes into the file's ``#meta``.

    States are numbered from 0, the initial one; step k leads to state k.
    """
    system = trace.system
    picks = sorted({name for action in system.actions for name, _ in action.params})
    constants: Json = {name: scalar(value) for name, value in system.constants}
    return {
        "#meta": {"format": "ITF", **meta, "constants": constants},
        "vars": [*(name for name, _ in system.shapes), _ACTION, _PICKS],
        "states": [_state(trace, k, state, picks) for k, state in enumerate(trace.states)],
    }


def _state(trace: Trace, k: int, state: State, picks: list[str]) -> Json:
    system = trace.system
    meta: dict[str, Json] = {"index": k}
    params: dict[str, Json] = {}
    taken = "init"
    if k > 0:
        action = trace.action(k)
        params = {name: scalar(value) for name, value in action.params}
        cites: list[Json] = [f"{source} {step}" for source, step in action.cites]
        meta |= {"action": action.name, "params": params, "actor": action.actor, "cites": cites}
        taken = action.name
    values = {name: write_value(system, shape, state) for name, shape in system.shapes}
    return {"#meta": meta, **values, _ACTION: taken, _PICKS: {name: _option(params, name) for name in picks}}


def _option(params: Mapping[str, Json], name: str) -> Json:
    if name in params:
        return {"tag": "Some", "value": params[name]}
    return {"tag": "None", "value": {"#tup": []}}


def read_itf(path: str) -> Recording:
    """Reads a trace file, ours or another tool's.

    Raises:
        SpecError: it cannot be read (SG701), is too large (SG702), is no JSON (SG703) or no trace (SG704).
    """
    data = _object(path, _text(path))
    if "loop" in data:
        raise _wrong(path, "SG704", "it is a lasso (it has a loop), and only finite traces are read", None)
    states = data.get("states")
    if not isinstance(states, list) or not states:
        raise _wrong(
            path, "SG704", "it has no list of states", "an ITF trace has states: [...], at least one"
        )
    if len(states) > MAX_STATES:
        raise _wrong(path, "SG702", f"it has {len(states):,} states; at most {MAX_STATES:,} are read", None)
    meta = data.get("#meta")
    return Recording(
        meta=meta if isinstance(meta, dict) else {},
        states=tuple(_recorded(path, k, state) for k, state in enumerate(states)),
    )


def _text(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _wrong(
            path, "SG701", error.strerror or "it cannot be read", "name a trace file in ITF"
        ) from error
    if len(raw) > MAX_BYTES:
        raise _wrong(path, "SG702", f"it is larger than {MAX_BYTES // 2**20} MiB", None)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(
            path, "SG701", f"byte {error.start} is not UTF-8", "a trace file is JSON in UTF-8"
        ) from error


class _DuplicateKey(ValueError):
    pass


def _pairs(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _DuplicateKey(f"the key {twice!r} stands twice in one object")
    return result


def _object(path: str, text: str) -> dict[str, Json]:
    try:
        data: Json = json.loads(text, object_pairs_hook=_pairs)
    except json.JSONDecodeError as error:
        source = Source(path, text)
        span = Span(source, error.lineno, error.colno, error.lineno, error.colno + 1)
        raise _wrong(path, "SG703", error.msg[:1].lower() + error.msg[1:], None, span) from error
    except RecursionError as error:
        raise _wrong(path, "SG703", "it nests too deeply", None) from error
    except ValueError as error:  # a duplicate key, or an integer of thousands of digits
        reason = str(error) if isinstance(error, _DuplicateKey) else "it has a number that is too long"
        raise _wrong(path, "SG703", reason, None) from error
    if not isinstance(data, dict):
        raise _wrong(path, "SG704", "it is not an object", 'an ITF trace is {"vars": [...], "states": [...]}')
    return data


def _recorded(path: str, k: int, state: Json) -> Recorded:
    if not isinstance(state, dict):
        raise _wrong(path, "SG704", f"states[{k}] is {show(state)}, not an object of variables", None)
    meta = state.get("#meta")
    meta = meta if isinstance(meta, dict) else {}
    values = {n: v for n, v in state.items() if not n.startswith(("#", "mbt::"))}
    if k == 0:
        return Recorded(values, None, None)
    if isinstance(meta.get("action"), str):
        action, params = meta["action"], meta.get("params", {})
    else:
        action, params = state.get(_ACTION), _picked(state.get(_PICKS))
    if action is None:
        return Recorded(values, None, None)
    if not isinstance(action, str):
        raise _wrong(path, "SG704", f"states[{k}] has {show(action)} for the name of its action", None)
    return Recorded(values, action, _params(path, k, params))


def _picked(picks: Json) -> Json:
    """Quint's options as plain values; picks not made are left out."""
    if not isinstance(picks, dict):
        return None
    options = {name: option for name, option in picks.items() if isinstance(option, dict)}
    return {name: option.get("value") for name, option in options.items() if option.get("tag") == "Some"}


def _params(path: str, k: int, params: Json) -> dict[str, str] | None:
    if params is None:
        return None
    texts: dict[str, str] = {}
    for name, value in params.items() if isinstance(params, dict) else ():
        text = scalar_text(value)
        if text is None:
            raise _wrong(path, "SG704", f"states[{k}] has {show(value)} for the parameter {name}", None)
        texts[name] = text
    return texts


def _wrong(path: str, code: str, message: str, help: str | None, span: Span | None = None) -> SpecError:
    found = Diagnostics()
    found.add(code, f"the trace {path} cannot be used: {message}", span, help=help)
    return SpecError(tuple(found.items))
