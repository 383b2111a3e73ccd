"""Orders evidence by features that need no model: how much of the question stands in the passage, under which heading,
whether the document is in force, whether the job prefers its source. Weights come from the release's reranker.json, set
by hand in release 0, or fitted to the job's judged questions over many more signals (rerank/signals.py). Those set by hand follow
how far the documents echo the question (text/echo.py), as the mixer found it.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from metier.rerank.signals import Pool, signals
from metier.rerank.versions import Versions
from metier.settings import glob_matches
from metier.text.echo import echo_of
from metier.text.neighbours import smoothed, vouching
from metier.text.passage_terms import asked_terms, covered, passage_terms
from metier.text.vocabulary import Vocabulary
from metier.types import Evidence, Query

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")  # who asks for 2024 wants the version of 2024

FEATURES = ("mixture", "coverage", "best_sentence", "heading", "superseded", "preferred")
# The larger the corpus, the more passages hold the question's words by chance. Among 100,000 a quarter of the weights of these
# orders better than all of them or none on SciFact, Cranfield and NPL, both halves; up to 11,000 all of them do.
_BY_CHANCE = ("coverage", "best_sentence")
_TELLING = 10_000  # passages of a corpus whose words tell in full
DECIDED = ("superseded", "preferred")  # what the job decides rather than its questions: never fitted
_OF_WORDS = tuple(name for name in FEATURES if name not in ("mixture", *DECIDED))


@dataclass(frozen=True, slots=True)
class Echoing:
    """What changes as far as the documents echo a question; by these numbers where they do in full."""

    words: float = 1.0  # share that the weights of words keep
    neighbours: float = 0.0  # how much candidates vouch for one another, 0-1 (text/neighbours.py)


class FeatureReranker:
    """Implements stages.Reranker: a weighted sum of FEATURES or, if `learned` is given, the mixture's score in the pool
    plus a weighted sum of signals and of what is DECIDED."""

    def __init__(
        self,
        weights: Mapping[str, float],
        vocabulary: Callable[[], Vocabulary],
        versions: Versions,
        prefer: Sequence[str] = (),
        learned: Mapping[str, float] | None = None,
        echoing: Echoing | None = None,
    ) -> None:
        """`prefer` holds globs of uris to rank higher, strongest first; `learned` weights of signals by name (none at all:
        the mixture's order stays); `echoing` is for weights set by hand alone."""
        self._weights = {name: weights.get(name, 0.0) for name in FEATURES}
        self._vocabulary = vocabulary
        self._versions = versions
        self._prefer = tuple(prefer)
        self._learned = None if learned is None else dict(learned)
        self._echoing = echoing if echoing is not None and learned is None else Echoing()

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        """At most k evidence, best first, ties by passage id; the features are kept in `scores`."""
        vocabulary = self._vocabulary()
        superseded = self._versions.superseded(query.filter.as_of if query.filter else "")
        echo = echo_of(evidence)
        weights = self._weights_for(vocabulary.passages, echo)
        mixed = _vouched(evidence, echo * self._echoing.neighbours)
        covers = {
            language: covered(frozenset(asked_terms(query, language)), vocabulary)
            for language in {item.passage.language for item in evidence}
        }
        judged = [
            self._judge(query, item, covers, superseded.get(item.passage.document, ""), weights)
            for item in mixed
        ]
        if self._learned is not None:
            return self._as_learned(query, evidence, judged, vocabulary)[:k]
        return sorted(judged, key=lambda item: (-item.score, item.passage.id))[:k]

    def _weights_for(self, passages: int, echo: float) -> Mapping[str, float]:
        """The weights in a corpus of so many passages (as far as they are counted: metier counts 20,000) that echoes the
        question so far, made larger by one factor for all, so that scores keep the range that the generator was fitted on."""
        by_chance = min(1.0, _TELLING / max(1, passages)) ** 2
        of_words = 1 - echo * (1 - self._echoing.words)
        factor = {name: of_words * (by_chance if name in _BY_CHANCE else 1.0) for name in _OF_WORDS}
        weights = {name: value * factor.get(name, 1.0) for name, value in self._weights.items()}
        before, after = (
            sum(some[name] for name in FEATURES if name not in DECIDED) for some in (self._weights, weights)
        )
        scale = before / after if after > 0 else 1.0
        return {name: scale * value for name, value in weights.items()}

    def _judge(
        self,
        query: Query,
        item: Evidence,
        covers: Mapping[str, Callable[[Set[str]], float]],
        superseded_by: str,
        weights: Mapping[str, float],
    ) -> Evidence:
        passage = item.passage
        share, held = covers[passage.language], passage_terms(passage)
        features = {
            "mixture": item.score,
            "coverage": share(held.everything()),
            "best_sentence": max((share(part | held.heading) for part in held.sentences), default=0.0),
            "heading": share(held.heading),
            "superseded": float(
                bool(superseded_by) and passage.version_date[:4] not in _YEAR.findall(query.text)
            ),
            "preferred": self._preferred(passage.uri),
        }
        score = sum(weights[name] * value for name, value in features.items())
        return dataclasses.replace(
            item, score=score, scores={**item.scores, **features}, superseded_by=superseded_by
        )

    def _as_learned(
        self, query: Query, evidence: Sequence[Evidence], judged: Sequence[Evidence], vocabulary: Vocabulary
    ) -> list[Evidence]:
        """The candidates in the learned order. Their scores are those of the hand-set weights, handed out anew from the
        highest down: the generator weighs `score`, and was fitted where it had this range."""
        learned = self._learned or {}
        pool = Pool(query, sorted(evidence, key=lambda item: (-item.score, item.passage.id)), vocabulary)
        table = signals(pool, tuple(learned))
        values = (pool.mixture + table @ list(learned.values())).tolist()
        by_id = {item.passage.id: item for item in judged}
        told = []
        for item, value, row in zip(pool.evidence, values, table.tolist(), strict=True):
            own = by_id[item.passage.id]
            value += sum(self._weights[name] * own.scores[name] for name in DECIDED)
            scores = {**own.scores, **dict(zip(learned, row, strict=True)), "learned": value}
            told.append(dataclasses.replace(own, scores=scores))
        told.sort(key=lambda item: (-item.scores["learned"], item.passage.id))
        ranges = sorted((item.score for item in judged), reverse=True)
        return [dataclasses.replace(item, score=score) for item, score in zip(told, ranges, strict=True)]

    def _preferred(self, uri: str) -> float:
        for place, glob in enumerate(self._prefer):
            if glob_matches(uri, glob):
                return 1.0 - place / len(self._prefer)
        return 0.0


def _vouched(evidence: Sequence[Evidence], strength: float) -> Sequence[Evidence]:
    """The evidence in its order, each score moved towards what the candidates nearest to it have."""
    if not strength:
        return evidence
    vouch = vouching([item.passage for item in evidence])
    moved = smoothed(np.array([item.score for item in evidence]), vouch, strength)
    return [
        dataclasses.replace(item, score=score) for item, score in zip(evidence, moved.tolist(), strict=True)
    ]


def reranker_of(
    release: Mapping[str, Any],
    vocabulary: Callable[[], Vocabulary],
    versions: Versions,
    prefer: Sequence[str] = (),
) -> FeatureReranker:
    """The reranker that a release's reranker.json describes.

    Weights set by hand gain over release 0's mixture; over one that was fitted to the job they can lose, so who fits the
    mixture should fit the reranker with it (docs/design/retrieval.md).
    """
    echoing = Echoing(**release["echoing"]) if "echoing" in release else None
    return FeatureReranker(release["weights"], vocabulary, versions, prefer, release.get("signals"), echoing)
