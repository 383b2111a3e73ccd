"""How the index is: for the operator, who has to know whether something must be done."""

from dataclasses import dataclass
from typing import Any

from metier.errors import UserError
from metier.store.compaction import Compaction
from metier.store.files import size_of
from metier.system.opened import Opened


@dataclass(frozen=True, slots=True)
class IndexState:
    """How the index is, for the operator."""

    passages: int
    without: int  # live documents that have no passages in it: the next ingest indexes them
    problem: str  # why it cannot be read; empty if it can
    compaction: Compaction | None  # the last one of it
    begun_mb: int | None  # size of one that is being built anew, or was when that was stopped
    other_sentences: bool  # the sentence vectors are another model's and are not used
    deepened: float | None  # share of live passages with sentence vectors; None where none are made

    def as_json(self) -> dict[str, Any]:
        """As it is told."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return told | {"compaction": self.compaction.as_json() if self.compaction else None}


def index_state(opened: Opened) -> IndexState:
    """As it is at this moment."""
    passages, deep = opened.passages, opened.deep
    rows, without, problem, deepened = 0, 0, "", None
    try:
        rows = passages.count()
        without = len(opened.ledger.live().keys() - passages.documents())
        deepened = None if deep is None else deep.known().share
    except UserError as error:
        problem = str(error)
    begun = passages.begun()
    return IndexState(
        passages=rows,
        without=without,
        problem=problem,
        compaction=passages.compaction(),
        begun_mb=None if begun is None else size_of(begun) >> 20,
        other_sentences=deep is not None and not deep.table.is_own,
        deepened=deepened,
    )
