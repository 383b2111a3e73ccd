"""Passages by their nearest sentence: meaning across wordings and languages, for documents that are deepened."""

from collections.abc import Callable

from metier.retrieve.visible import Live
from metier.stages import Embedder, PassageSearch, Vectors
from metier.store.sentences import LanceSentences, SentenceHit
from metier.types import Access, Hit, Query

_PER_PASSAGE = 4  # sentences asked for per passage wanted; one passage often holds several near ones


class SentenceRetriever:
    """Implements stages.Retriever; a passage scores as its best sentence."""

    name = "sentence"

    def __init__(
        self,
        sentences: LanceSentences,
        passages: PassageSearch,
        embedder: Embedder,
        live: Live,
        is_ready: Callable[[], bool],
    ) -> None:
        """While `is_ready` says no (too few passages have vectors) nothing is found."""
        self.sentences = sentences
        self._passages = passages
        self.embedder = embedder
        self._live = live
        self._is_ready = is_ready

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        """At most k visible passages the asker may see, best first; with rewrites, each by its best one."""
        if not self._is_ready():
            return []
        best: dict[str, float] = {}
        for vector in self.embedder.embed_queries([query.text, *query.rewrites]):
            for hit in self._visible(vector, access, k):
                best[hit.passage] = max(best.get(hit.passage, -1.0), hit.score)
        passages = self._passages.by_ids(list(best), access.groups, access.documents)
        hits = [Hit(passages[identity], score) for identity, score in best.items() if identity in passages]
        return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))[:k]

    def _visible(self, vector: Vectors, access: Access, k: int) -> list[SentenceHit]:
        """The sentences of the k first visible passages; asks for more until there are so many or no more."""
        live, wide = self._live(), k * _PER_PASSAGE
        while True:
            found = self.sentences.search(vector, access.groups, wide, access.documents)
            kept = [hit for hit in found if hit.document in live]
            if len({hit.passage for hit in kept}) >= k or len(found) < wide:
                return kept
            wide *= 4
