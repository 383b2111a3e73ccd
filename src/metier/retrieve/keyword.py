"""BM25 over search terms: exact words, codes, names and numbers. Knows no synonyms."""

from metier.retrieve.visible import Live, visible_hits
from metier.store.passages import LancePassages
from metier.text.analyze import terms
from metier.types import Access, Hit, Query

_LANGUAGES = ("en", "de")  # a question is searched with the stems of both, since a corpus mixes them


class KeywordRetriever:
    """Implements stages.Retriever."""

    name = "keyword"

    def __init__(self, table: LancePassages, live: Live) -> None:
        self._table = table
        self._live = live

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        """At most k visible passages the asker may see, by BM25."""
        words = query_terms(query)
        return visible_hits(lambda wide: self._table.search_terms(words, access.groups, wide), self._live, k)


def query_terms(query: Query) -> list[str]:
    """The distinct search terms of the question and its rewrites, in order."""
    languages = dict.fromkeys((query.language, *_LANGUAGES)) if query.language else dict.fromkeys(_LANGUAGES)
    texts = (query.text, *query.rewrites)
    return list(
        dict.fromkeys(
            term for text in texts for language in languages if language for term in terms(text, language)
        )
    )
