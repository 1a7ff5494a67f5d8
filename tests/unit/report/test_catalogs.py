"""Every code of traces and findings has a long text, and its example really produces it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from specgen.core.lower import lower
from specgen.engines.combine import Plan, check
from specgen.language.catalog import Entry, content, entries
from specgen.language.load import load
from specgen.language.source import Diagnostics, SpecError
from specgen.language.typecheck import check as typecheck
from specgen.report import catalog as findings_catalog
from specgen.report.findings import HEADERS, NOT_AS_EXPECTED, Origin, render_finding, worth_showing
from specgen.report.style import Style
from specgen.trace import catalog as trace_catalog
from specgen.trace.conform import Rejection, conform
from specgen.trace.itf import read_itf

from ..specs import system

SOURCES = Path(trace_catalog.__file__).parent
TRACES = [Entry(*row) for row in trace_catalog.ENTRIES]
FINDINGS = [Entry(*row) for row in findings_catalog.ENTRIES]


def by_code(catalog):
    return pytest.mark.parametrize("entry", catalog, ids=lambda entry: entry.code)


def test_every_code_has_a_text_and_every_text_a_code():
    used = {
        code for path in SOURCES.glob("*.py") for code in re.findall(r'"(SG7\d\d)"', path.read_text("utf-8"))
    }
    assert sorted(used) == [entry.code for entry in TRACES]
    codes = [*(code for code, _ in HEADERS.values()), NOT_AS_EXPECTED[0]]
    assert sorted(codes) == [entry.code for entry in FINDINGS]
    assert not {entry.code for entry in (*TRACES, *FINDINGS)} & set(entries())


def judged(path, example):
    """The code that reading and following a trace ends with; None for a behaviour."""
    path.write_bytes(content(example))
    try:
        recording = read_itf(str(path))
    except SpecError as error:
        return error.diagnostics[0].code
    outcome = conform(recording, system(path.with_suffix(".yaml"), trace_catalog.SPEC))
    return outcome.reason.code if isinstance(outcome, Rejection) else None


@by_code(TRACES)
def test_examples_of_traces(tmp_path, entry):
    assert judged(tmp_path / "t.json", entry.mistake) == entry.code
    assert judged(tmp_path / "t.json", entry.mend) is None


def found(path, example):
    """The codes in the text of everything that can be shown of a spec."""
    path.write_bytes(content(example))
    codes = set()
    for document in load(str(path)).documents.values():
        diagnostics = Diagnostics()
        spec = typecheck(document, {}, diagnostics)
        assert not diagnostics.failed
        core = lower(spec)
        for result in check(core, Plan(), document.revision.expect).results:
            if worth_showing(result, every=True):
                head = render_finding(result, core, Origin("s.yaml", "0" * 64), Style(False))[0]
                codes.add(head.split()[0])
    return codes


@by_code(FINDINGS)
def test_examples_of_findings(tmp_path, entry):
    assert entry.code in found(tmp_path / "s.yaml", entry.mistake)
    assert entry.code not in found(tmp_path / "s.yaml", entry.mend)
