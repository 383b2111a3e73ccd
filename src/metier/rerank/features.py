"""Orders evidence by a few features that need no model: how much of the question stands in the passage, how close
together, under which heading, and whether the document is in force. Weights come from the release's reranker.json.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence, Set
from functools import lru_cache

from metier.rerank.versions import Versions
from metier.settings import glob_matches
from metier.text.analyze import terms
from metier.text.sentences import split_sentences
from metier.text.vocabulary import Vocabulary
from metier.types import Evidence, Query

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")  # who asks for 2024 wants the version of 2024

FEATURES = ("mixture", "coverage", "best_sentence", "heading", "superseded", "preferred")


class FeatureReranker:
    """Implements stages.Reranker: a weighted sum of FEATURES."""

    def __init__(
        self,
        weights: Mapping[str, float],
        vocabulary: Callable[[], Vocabulary],
        versions: Versions,
        prefer: Sequence[str] = (),
    ) -> None:
        """`prefer` holds globs of uris to rank higher, strongest first."""
        self._weights = {name: weights.get(name, 0.0) for name in FEATURES}
        self._vocabulary = vocabulary
        self._versions = versions
        self._prefer = tuple(prefer)

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        """At most k evidence, best first, ties by passage id; the features are kept in `scores`."""
        vocabulary = self._vocabulary()
        superseded = self._versions.superseded()
        judged = [
            self._judge(query, item, vocabulary, superseded.get(item.passage.document, ""))
            for item in evidence
        ]
        return sorted(judged, key=lambda item: (-item.score, item.passage.id))[:k]

    def _judge(self, query: Query, item: Evidence, vocabulary: Vocabulary, superseded_by: str) -> Evidence:
        passage = item.passage
        wanted = _terms(" ".join((query.text, *query.rewrites)), passage.language)
        parts = _sentence_terms(passage.text, passage.language)
        heading = _terms(" ".join((passage.title, *passage.heading_path)), passage.language)
        everything = heading.union(*parts)
        features = {
            "mixture": item.score,
            "coverage": coverage(wanted, everything, vocabulary),
            "best_sentence": max(
                (coverage(wanted, part | heading, vocabulary) for part in parts), default=0.0
            ),
            "heading": coverage(wanted, heading, vocabulary),
            "superseded": float(
                bool(superseded_by) and passage.version_date[:4] not in _YEAR.findall(query.text)
            ),
            "preferred": self._preferred(passage.uri),
        }
        score = sum(self._weights[name] * value for name, value in features.items())
        return dataclasses.replace(
            item, score=score, scores={**item.scores, **features}, superseded_by=superseded_by
        )

    def _preferred(self, uri: str) -> float:
        for place, glob in enumerate(self._prefer):
            if glob_matches(uri, glob):
                return 1.0 - place / len(self._prefer)
        return 0.0


_KEPT = 4096  # analysed passages kept in memory, about 20 MB: the same few hundred come up again and again


@lru_cache(maxsize=_KEPT)
def _sentence_terms(text: str, language: str) -> tuple[frozenset[str], ...]:
    spans = split_sentences(text, language)
    return tuple(frozenset(terms(text[start:end], language)) for start, end in spans)


@lru_cache(maxsize=_KEPT)
def _terms(text: str, language: str) -> frozenset[str]:
    return frozenset(terms(text, language))


def coverage(wanted: Set[str], found: Set[str], vocabulary: Vocabulary) -> float:
    """Share, 0-1, of the wanted terms that are found, rare terms counting more."""
    total = sum(vocabulary.idf(term) for term in wanted)
    return sum(vocabulary.idf(term) for term in wanted & found) / total if total else 0.0
