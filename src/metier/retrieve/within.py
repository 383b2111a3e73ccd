"""The same legs over the passages of one document, held in memory: for questions that are put to each document alone.

An index finds the best of a million passages; one document has a few hundred, and every one of them is scored here, so
that nothing depends on what an index returns first. The legs are named as those over the whole corpus, since weights and
features of a release go by their names.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np

from metier.retrieve.expansion import Expansion, weights_of
from metier.retrieve.keyword import query_terms
from metier.stages import Embedder, Retriever, SentenceVectors, Vectors
from metier.text.analyze import terms
from metier.text.conditions import read_conditions
from metier.text.context import context_text
from metier.text.rows_meant import rows_meant
from metier.text.vocabulary import BM25_B, BM25_K1, Vocabulary
from metier.types import Access, Hit, Passage, Query

Score = Callable[[Query, Access], Mapping[int, float]]  # place of a passage -> how well it fits


class WithinDocument:
    """Implements stages.Retriever over the passages it is given."""

    def __init__(self, name: str, passages: Sequence[Passage], score: Score) -> None:
        self._name = name
        self._passages = passages
        self._score = score

    @property
    def name(self) -> str:
        return self._name

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        """At most k of the passages that the asker may see, best first, ties by id."""
        hits = [
            Hit(self._passages[place], value)
            for place, value in self._score(query, access).items()
            if access.allows(self._passages[place].groups) and access.reads(self._passages[place].document)
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))[:k]


def legs_within(
    passages: Sequence[Passage], vocabulary: Vocabulary, embedder: Embedder, deep: SentenceVectors | None,
    expansion: Expansion | None = None,
) -> list[Retriever]:  # fmt: skip
    """The legs keyword, static, structured and, where there are sentence vectors, sentence."""
    index = _Index(passages, vocabulary, embedder, deep, expansion or Expansion())
    legs = [
        WithinDocument("keyword", passages, index.by_words),
        WithinDocument("static", passages, index.by_vectors),
        WithinDocument("structured", passages, index.by_values),
    ]
    return [*legs, WithinDocument("sentence", passages, index.by_sentences)] if deep else [*legs]


class _Index:
    """What the legs share; made when it is first needed."""

    def __init__(
        self,
        passages: Sequence[Passage],
        vocabulary: Vocabulary,
        embedder: Embedder,
        deep: SentenceVectors | None,
        expansion: Expansion,
    ) -> None:
        self._expansion = expansion
        self._passages = passages
        self._vocabulary = vocabulary
        self._embedder = embedder
        self._deep = deep

    @cached_property
    def _counts(self) -> list[Counter[str]]:
        return [Counter(terms(context_text(item), item.language)) for item in self._passages]

    @cached_property
    def _vectors(self) -> Vectors:
        return self._embedder.embed_passages([context_text(item) for item in self._passages])

    @cached_property
    def _sentences(self) -> tuple[Vectors, list[int]]:
        """The vectors of all sentences, and the place of the passage of each."""
        found = self._deep.of_passages([item.id for item in self._passages]) if self._deep else {}
        rows = [
            (vector, place)
            for (_, start, end), vector in sorted(found.items(), key=lambda item: item[0])
            for place, item in enumerate(self._passages)
            if item.start <= start and end <= item.end
        ]
        vectors = np.array([vector for vector, _ in rows], dtype=np.float32)
        return vectors, [place for _, place in rows]

    def by_words(self, query: Query, access: Access) -> Mapping[int, float]:
        """BM25 with the rarity of words in the whole corpus, of the passages that share a word."""
        asked = query_terms(query)
        weight = dict.fromkeys(asked, 1.0) | weights_of(self._expansion.added(asked, access.groups))
        mean = sum(counts.total() for counts in self._counts) / max(1, len(self._counts))
        found: dict[int, float] = {}
        for place, counts in enumerate(self._counts):
            norm = BM25_K1 * (1 - BM25_B + BM25_B * counts.total() / max(mean, 1.0))
            shared = [(word, counts[word]) for word in weight if counts[word]]
            if shared:
                found[place] = math.fsum(
                    weight[word] * self._vocabulary.idf(word) * number * (BM25_K1 + 1) / (number + norm)
                    for word, number in shared
                )
        return found

    def by_vectors(self, query: Query, _: Access) -> Mapping[int, float]:
        """Cosine of the passage; with rewrites, of the best one."""
        if not self._passages:
            return {}
        asked = self._embedder.embed_queries([query.text, *query.rewrites])
        return dict(enumerate((self._vectors @ asked.T).max(axis=1).tolist()))

    def by_values(self, query: Query, _: Access) -> Mapping[int, float]:
        """How well the best row meets what the question asks of values."""
        if (asked := read_conditions(query.text, query.language)) is None:
            return {}
        found = ((place, rows_meant(asked, item)) for place, item in enumerate(self._passages))
        return {place: max(worth for _, worth in rows) for place, rows in found if rows}

    def by_sentences(self, query: Query, _: Access) -> Mapping[int, float]:
        """Cosine of the passage's best sentence."""
        vectors, places = self._sentences
        if self._deep is None or not len(vectors):
            return {}
        near = (vectors @ self._deep.embed_queries([query.text, *query.rewrites]).T).max(axis=1)
        found: dict[int, float] = {}
        for place, value in zip(places, near.tolist(), strict=True):
            found[place] = max(value, found.get(place, -1.0))
        return found
