"""Sentence vectors: the model that this machine has for them, their table, and whether enough documents have any."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from metier.errors import UserError
from metier.models.e5 import OpenE5, find_e5
from metier.models.sentence_embedder import sentence_embedder
from metier.settings import Settings
from metier.stages import Embedder, Vectors
from metier.store.ledger import SqlLedger
from metier.store.sentences import LanceSentences
from metier.store.workspace import Workspace

# Share of live documents with sentence vectors from which they are used: with fewer, the deepened half of a corpus would
# outrank the other half whatever it says.
_READY = 0.95


@dataclass(frozen=True, slots=True)
class Deep:
    """Sentence vectors and what makes them; implements stages.SentenceVectors."""

    table: LanceSentences
    embedder: Embedder
    is_ready: Callable[[], bool]  # whether nearly all documents have them

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embedder.embed_queries(texts)

    def of_passages(self, passages: Sequence[str]) -> Mapping[tuple[str, int, int], Vectors]:
        """Vectors by place; nothing until nearly all documents have them, or those that have would win unfairly."""
        return self.table.of_passages(passages) if self.is_ready() else {}


def open_e5() -> OpenE5 | None:
    """The model of sentence vectors and reader; None where this machine has no weights for it (`doctor` says so)."""
    try:
        return find_e5()
    except UserError:
        return None


def open_sentences(workspace: Workspace, settings: Settings, ledger: SqlLedger, model: OpenE5) -> Deep | None:
    """None if sentence vectors are switched off."""
    if "sentence" not in settings.retrieve.legs or not settings.retrieve.deepen_s:
        return None
    embedder = sentence_embedder(model)
    table = LanceSentences(workspace.sentences, embedder)
    return Deep(table, embedder, _Readiness(table, ledger).is_ready)


def sentences_of(workspace: Workspace, model: OpenE5) -> LanceSentences:
    """The table of sentence vectors. Raises UserError if it is damaged."""
    return LanceSentences(workspace.sentences, sentence_embedder(model))


class _Readiness:
    """Whether enough documents are deepened, asked again when the ledger or the table has changed."""

    def __init__(self, table: LanceSentences, ledger: SqlLedger) -> None:
        self._table = table
        self._ledger = ledger
        self._known: tuple[tuple[int, int], bool] = ((-1, -1), False)

    def is_ready(self) -> bool:
        versions = (self._ledger.version(), self._table.version())
        if self._known[0] != versions:
            live = self._ledger.live()
            deep = len(self._table.documents() & set(live))
            self._known = (versions, bool(live) and deep >= _READY * len(live))
        return self._known[1]
