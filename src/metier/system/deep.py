"""Sentence vectors: the model that this machine has for them, their table, and how much of the corpus has any."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from metier.errors import UserError
from metier.flow.deepen import share_of_passages
from metier.models.e5 import OpenE5, find_e5
from metier.models.sentence_embedder import LatestVectors, sentence_embedder
from metier.retrieve.mixture import Begun
from metier.settings import Settings
from metier.stages import Embedder, Vectors
from metier.store.ledger import SqlLedger
from metier.store.sentences import LanceSentences
from metier.store.workspace import Workspace
from metier.text.statements import pieces
from metier.types import Entry, Passage

# Shares of all live passages. Documents differ in length, and the shortest are deepened first: 95% of the documents of 60
# manuals held three quarters of their passages. From _BEGUN on the vectors count: they help to find passages, weighed by how much
# of the corpus has them (retrieve/mixture.py), and candidates without one get it on the spot (generate/scoring.py). What learns
# from what is found waits for _NEARLY_ALL.
_BEGUN, _NEARLY_ALL = 0.25, 0.95
_FEW = 8  # documents without vectors that are looked at for having no sentence, each once: a look takes some 20 ms
_MADE = 4_096  # vectors made on the spot that are remembered, 6 MB; forgotten all at once


@dataclass(frozen=True, slots=True)
class Deep:
    """Sentence vectors and what makes them; implements stages.SentenceVectors."""

    table: LanceSentences
    embedder: Embedder
    known: Callable[[], "Deepened"]  # how much of the corpus has them
    made: Callable[[Sequence[str]], Vectors]  # those of sentences that were not deepened yet, remembered

    def is_ready(self) -> bool:
        """Whether nearly all passages have them."""
        return self.known().share >= _NEARLY_ALL

    def is_begun(self) -> bool:
        """Whether enough passages have them to count."""
        return self.known().share >= _BEGUN

    def begun(self) -> Begun | None:
        """What the leg knows while some passages have none."""
        known = self.known()
        return Begun("sentence", known.documents, known.share) if known.share < 1 else None

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embedder.embed_queries(texts)

    def of_passages(self, passages: Sequence[str]) -> Mapping[tuple[str, int, int], Vectors]:
        """Vectors by place; nothing until enough passages have them."""
        return self.table.of_passages(passages) if self.is_begun() else {}

    def of_texts(self, texts: Sequence[str]) -> Vectors:
        return self.made(texts)


def open_e5() -> OpenE5 | None:
    """The model of sentence vectors and reader; None where this machine has no weights for it (`doctor` says so)."""
    try:
        return find_e5()
    except UserError:
        return None


def open_sentences(
    workspace: Workspace,
    settings: Settings,
    ledger: SqlLedger,
    model: OpenE5,
    passages_of: Callable[[Entry], Sequence[Passage]],
) -> Deep | None:
    """None if sentence vectors are switched off."""
    if "sentence" not in settings.retrieve.legs or not settings.retrieve.deepen_s:
        return None
    embedder = sentence_embedder(model)
    table = LanceSentences(workspace.sentences, embedder)
    return Deep(
        table,
        embedder,
        _Known(table, ledger, passages_of).look,
        LatestVectors(embedder.embed_passages, _MADE).of,
    )


def sentences_of(workspace: Workspace, model: OpenE5) -> LanceSentences:
    """The table of sentence vectors. Raises UserError if it is damaged."""
    return LanceSentences(workspace.sentences, sentence_embedder(model))


@dataclass(frozen=True, slots=True)
class Deepened:
    """The live documents with sentence vectors, or without any sentence, and the share of all live passages that they hold."""

    documents: Set[str]
    share: float


class _Known:
    """How much is deepened, asked again when the ledger or the table has changed."""

    def __init__(
        self, table: LanceSentences, ledger: SqlLedger, passages_of: Callable[[Entry], Sequence[Passage]]
    ) -> None:
        self._table = table
        self._ledger = ledger
        self._passages_of = passages_of
        # by document and who may see it: whether there is nothing in it to embed
        self._silent: dict[tuple[str, tuple[str, ...]], bool] = {}
        self._known: tuple[tuple[int, int], Deepened] = ((-1, -1), Deepened(frozenset(), 0.0))

    def look(self) -> Deepened:
        versions = (self._ledger.version(), self._table.version())
        if self._known[0] != versions:
            live = self._ledger.live()
            deep = self._table.documents() & set(live)
            waiting = live.keys() - deep
            if len(waiting) <= _FEW:
                deep |= {identity for identity in waiting if self._is_silent(live[identity])}
            self._known = (versions, Deepened(frozenset(deep), share_of_passages(deep, live, 0.0)))
        return self._known[1]

    def _is_silent(self, entry: Entry) -> bool:
        """True for what nobody may see, and where nothing is a sentence or row: no run of deepening gives it vectors."""
        key = entry.id, entry.groups
        if key not in self._silent:
            found = self._passages_of(entry)
            self._silent[key] = not entry.groups or (
                bool(found) and not any(pieces(passage) for passage in found)
            )
        return self._silent[key]
