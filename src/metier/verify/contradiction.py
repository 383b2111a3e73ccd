"""Contradiction: an entailment model reads each sentence beside the text it cites.

It can only lower what leaves: a sentence that the cited text contradicts, as the model has it, is held back; what the other
checks refuse it cannot save. Sentences that stand in the cited text word for word are not read, nor what code has calculated.
"""

from collections.abc import Sequence

from metier.errors import ModelUnavailable
from metier.stages import Entailer
from metier.text.arithmetic import calculations
from metier.types import Draft, Evidence, Finding, Query, Statement
from metier.verify.align import align

_BEFORE = ("", *".!?:;|")  # what a sentence or a cell follows


class Contradiction:
    """What an entailment model says; a finding or two per statement."""

    name = "contradiction"

    def __init__(self, model: Entailer, least: float) -> None:
        """`least`: probability of a contradiction from which on a sentence is held back."""
        self._model = model
        self._least = least

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        """Findings "contradiction" (1 - its probability; not ok where it is too likely) and, where the model was asked,
        "entailment" (its probability; always ok)."""
        return [found for item in draft.statements for found in self._findings(item, evidence)]

    def _findings(self, statement: Statement, evidence: Sequence[Evidence]) -> list[Finding]:
        alignment = align(statement, evidence)
        if why := _not_asked(statement, alignment.cited):
            return [Finding(self.name, statement.id, True, 1.0, f"not asked: {why}")]
        try:
            found = self._model.entail(f"{alignment.context}\n{alignment.cited}".strip(), statement.text)
        except ModelUnavailable as error:
            return [Finding(self.name, statement.id, True, 1.0, f"not asked: {error}")]
        is_held = found.contradicted >= self._least
        told = f"the cited text says otherwise, probability {found.contradicted:.2f}" if is_held else ""
        return [
            Finding(self.name, statement.id, not is_held, 1 - found.contradicted, told),
            Finding("entailment", statement.id, True, found.entailed),
        ]


def _not_asked(statement: Statement, cited: str) -> str:
    if not cited.strip():
        return "it cites nothing"
    if not statement.text.strip():
        return "it says nothing"
    if _stands_in(
        _plain(statement.text), [_plain(item.quote) for item in statement.citations], _plain(cited)
    ):
        return "it stands in the cited text word for word"
    return "it is calculated" if calculations(statement.text) else ""


def _stands_in(text: str, quotes: Sequence[str], cited: str) -> bool:
    """Whether it is quoted, or stands in the text from the beginning of a sentence: after "no" it would mean something else."""
    before, found, _ = cited.partition(text)
    return text in quotes or (bool(found) and before.rstrip()[-1:] in _BEFORE)


def _plain(text: str) -> str:
    return " ".join(text.split())
