"""BM25 over search terms: exact words, codes, names and numbers. Knows no synonyms but those that a release learnt (expansion.py)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from metier.retrieve.expansion import Added, Expansion, weights_of
from metier.retrieve.visible import Live, visible_hits
from metier.stages import PassageSearch
from metier.text.analyze import terms, without_stop_words
from metier.types import Access, Entry, Hit, Query

# A question is searched with the stems of both where the corpus mixes them, or does not tell.
_LANGUAGES = ("en", "de")
# Share of the documents below which a language is not searched for. German stems in English questions meet rare words by
# chance: on English collections they cost .012 (SciFact), .002 (Cranfield) and .027 nDCG@10 (NPL, 8 of 11,429 documents
# taken for French, Italian or German).
_LEAST_SHARE = 0.02


class KeywordRetriever:
    """Implements stages.Retriever."""

    name = "keyword"

    def __init__(self, table: PassageSearch, live: Live, expansion: Expansion | None = None) -> None:
        self._table = table
        self._live = live
        self._expansion = expansion or Expansion()
        self._counted: tuple[Mapping[str, Entry] | None, tuple[str, ...]] = (None, _LANGUAGES)

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        """At most k visible passages the asker may see, by BM25."""
        words = query_terms(query, self.languages())
        added = weights_of(self._expansion.added(words, access.groups))
        searched = [*words, *added]
        return visible_hits(
            lambda wide: self._table.search_terms(
                searched, access.groups, wide, access.documents, weights=added
            ),
            self._live,
            k,
        )

    def added(self, query: Query, groups: Iterable[str]) -> Added:
        """What is searched besides the words of the question for a member of the groups, by the word it is added for."""
        return self._expansion.added(query_terms(query, self.languages()), groups)

    def languages(self) -> tuple[str, ...]:
        """Those of _LANGUAGES that the live documents are written in; all of them if no document tells. Counted again
        when the visible set has changed."""
        live = self._live()
        if self._counted[0] is not live:
            counts = Counter(entry.language for entry in live.values() if entry.language)
            least = _LEAST_SHARE * counts.total()
            spoken = tuple(language for language in _LANGUAGES if counts[language] > least)
            self._counted = (live, spoken if counts else _LANGUAGES)
        return self._counted[1]


def query_terms(query: Query, languages: Sequence[str] = _LANGUAGES) -> list[str]:
    """The distinct search terms of the question and its rewrites, in order: in the question's language and in these. "What" and
    "is" are searched in no language: German passages that quote English would lead."""
    searched = dict.fromkeys((query.language, *languages) if query.language else languages or _LANGUAGES)
    found: dict[str, None] = {}
    for text in (query.text, *query.rewrites):
        told = without_stop_words(text, query.language)
        for language in searched:
            found |= dict.fromkeys(terms(text if language == query.language else told, language))
    return list(found)
