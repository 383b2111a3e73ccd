"""A second order of evidence by a model that reads question and passage together, within a budget of milliseconds.

The best candidates of the first order are read first, batch by batch. When the next batch would not fit the budget, or the
model fails, what is scored stands in the order of its scores and the rest keeps its order behind. What the job decides (versions
that are replaced, preferred sources) counts as it does in the first order.
"""

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from metier.errors import ModelUnavailable
from metier.rerank.features import DECIDED
from metier.stages import PairScorer
from metier.text.context import context_text
from metier.types import Evidence, PairScores, Query, Reordered, Usage

PAIR = "pair"  # the model's score among Evidence.scores


class PairOrder:
    """Implements stages.Reorder."""

    def __init__(
        self,
        model: PairScorer,
        budget_ms: float,
        weights: Mapping[str, float],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`weights` of the release's reranker: those of DECIDED count here, too, on scores from 0 to 1."""
        self._model = model
        self._budget_ms = budget_ms
        self._weights = {name: weights.get(name, 0.0) for name in DECIDED}
        self._clock = clock

    def reorder(self, query: Query, evidence: Sequence[Evidence]) -> Reordered:
        """All of the evidence; its scores are those it had, handed out anew from the highest down: the generator weighs `score`,
        and was fitted where it had this range."""
        started = self._clock()
        found, problem = self._scored(asked(query), evidence, started)
        values = [value for part in found for value in part.values]
        usage = Usage(
            sum(part.usage.prompt_tokens for part in found), 0, sum(part.usage.cost for part in found)
        )
        ordered = self._ordered(evidence, values)
        return Reordered(ordered, len(values), round(1000 * (self._clock() - started), 2), usage, problem)

    def _scored(
        self, question: str, evidence: Sequence[Evidence], started: float
    ) -> tuple[list[PairScores], str]:
        """What the model says of the first of the evidence, as far as the budget goes, and why no further but for that."""
        found: list[PairScores] = []
        last_ms = 0.0
        for start in range(0, len(evidence), self._model.batch):
            before = self._clock()
            left_ms = self._budget_ms - 1000 * (before - started)
            if left_ms <= 0 or last_ms > left_ms:
                break
            texts = [context_text(item.passage) for item in evidence[start : start + self._model.batch]]
            try:
                found.append(self._model.score(question, texts, left_ms / 1000))
            except ModelUnavailable as error:
                return found, str(error)
            last_ms = 1000 * (self._clock() - before)
        return found, ""

    def _ordered(self, evidence: Sequence[Evidence], values: Sequence[float]) -> tuple[Evidence, ...]:
        judged, rest = evidence[: len(values)], evidence[len(values) :]
        told = [
            (share + sum(self._weights[name] * item.scores.get(name, 0.0) for name in DECIDED), item, value)
            for share, item, value in zip(_shares(values), judged, values, strict=True)
        ]
        told.sort(key=lambda row: -row[0])  # of equal ones the first stays first
        ranges = sorted((item.score for item in judged), reverse=True)
        placed = [
            dataclasses.replace(item, score=score, scores={**item.scores, PAIR: value})
            for score, (_, item, value) in zip(ranges, told, strict=True)
        ]
        return (*placed, *rest)


def asked(query: Query) -> str:
    """What is asked, as one question: a follow-up completed."""
    is_completed = query.rewrites and not query.compares and not query.parts
    return query.rewrites[0] if is_completed else query.text


def _shares(values: Sequence[float]) -> list[float]:
    """The values from 0 to 1."""
    if not values:
        return []
    found = np.asarray(values, dtype=np.float64)
    span = float(np.ptp(found))
    shares: list[float] = ((found - found.min()) / (span if span > 0 else 1.0)).tolist()
    return shares
