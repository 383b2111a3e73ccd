"""Tables as relations: rows whose values meet what a question asks ("contracts above EUR 100,000", "which end in 2026").

A table's passage is read as rows of (head, value, unit, day) under its header; a row is meant if it meets every condition and its table
speaks of the thing that is asked for. Tables that share a word with the question are read, the nearest _READ by BM25, so that the cost
does not grow with the corpus. Silent for every question that asks nothing of values: there rows are found by their words, as sentences are.
"""

from metier.retrieve.keyword import query_terms
from metier.retrieve.visible import Live, visible_hits
from metier.stages import PassageSearch
from metier.text.conditions import read_conditions
from metier.text.rows_meant import rows_meant
from metier.types import Access, Hit, Query

_READ = 300  # passages of tables that are read for one question: 6,000 rows


class StructuredRetriever:
    """Implements stages.Retriever; a passage scores as its best row."""

    name = "structured"

    def __init__(self, table: PassageSearch, live: Live) -> None:
        self._table = table
        self._live = live

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        """At most k visible passages of tables that the asker may see and that hold a row which is meant, best first."""
        asked = read_conditions(query.text, query.language)
        if asked is None or k <= 0:
            return []
        words = query_terms(query)
        tables = visible_hits(
            lambda wide: self._table.search_terms(words, access.groups, wide, access.documents, "table"),
            self._live,
            _READ,
        )
        # by the rows alone: one part of a table is as good as another, and a mixture gives nothing to what scores least
        meant = ((hit.passage, rows_meant(asked, hit.passage)) for hit in tables)
        hits = [Hit(passage, max(worth for _, worth in rows)) for passage, rows in meant if rows]
        return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))[:k]
