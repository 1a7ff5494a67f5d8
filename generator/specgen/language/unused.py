"""What no revision uses, and so was not type-checked: definitions and procedures are checked where used."""

from __future__ import annotations

from collections.abc import Iterable

from specgen.language.document import Document
from specgen.language.flatten import calls
from specgen.language.scope import Memo
from specgen.language.source import Diagnostics, Span


def report_unused(documents: Iterable[Document], memo: Memo, diagnostics: Diagnostics) -> None:
    """Warns of definitions with parameters, procedures and called processes that no revision uses (SG423).

    Args:
        documents: all revisions.
        memo: the one that typed all of them.
        diagnostics: takes the warnings.
    """
    documents = list(documents)
    looked_up = memo.looked_up()
    called = {
        call.call.function
        for document in documents
        for process in document.processes.values()
        for step in process.steps
        for call in calls(step.effect)
    }
    for document in documents:
        for definition in document.definitions.values():
            if definition.params and ("definition", definition.name) not in looked_up:
                _warn(diagnostics, f"definition '{definition.name}'", definition.span)
        for procedure in document.procedures.values():
            if ("procedure", procedure.name) not in looked_up:
                _warn(diagnostics, f"procedure '{procedure.name}'", procedure.span)
        for process in document.processes.values():
            if process.called and process.name not in called:
                _warn(diagnostics, f"called process '{process.name}'", process.span)


def _warn(diagnostics: Diagnostics, what: str, span: Span) -> None:
    message = f"no revision uses {what}, so it is not type-checked"
    diagnostics.add("SG423", message, span, help="remove it, or use it", severity="warning")
