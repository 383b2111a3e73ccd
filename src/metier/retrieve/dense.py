"""Nearest passages by embedding: other words, same meaning. Weak on codes, names and numbers."""

from metier.retrieve.visible import Live, visible_hits
from metier.stages import Embedder, PassageSearch
from metier.types import Access, Hit, Query


class DenseRetriever:
    """Implements stages.Retriever over one vector column."""

    def __init__(self, name: str, table: PassageSearch, embedder: Embedder, live: Live) -> None:
        self._name = name
        self._table = table
        self._embedder = embedder
        self._live = live

    @property
    def name(self) -> str:
        return self._name

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        """At most k visible passages the asker may see, by cosine; with rewrites, each passage by its best one."""
        vectors = self._embedder.embed_queries([query.text, *query.rewrites])
        best: dict[str, Hit] = {}
        for vector in vectors:
            hits = visible_hits(
                lambda wide, vector=vector: self._table.search_vector(
                    self._name, vector, access.groups, wide, access.documents
                ),  # type: ignore[misc]
                self._live,
                k,
            )
            if len(vectors) == 1:
                return hits
            for hit in hits:
                if (known := best.get(hit.passage.id)) is None or known.score < hit.score:
                    best[hit.passage.id] = hit
        return sorted(best.values(), key=lambda hit: (-hit.score, hit.passage.id))[:k]
