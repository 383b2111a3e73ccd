"""Metrics of rankings, confidences, abstentions and citations: pure functions of labels and scores.

They know nothing of doubt: intervals come from `estimates`. A metric of nothing (no relevant item, one class only, no
rows) is nan, never 0 or 1, so that it cannot pass for a result.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# --- rankings -------------------------------------------------------------------------------------------------------


def ndcg(ranked: Sequence[str], relevance: Mapping[str, float], k: int) -> float:
    """nDCG@k in 0..1 with linear gain and log2(rank + 1) discount; nan if nothing is relevant.

    As trec_eval and scikit-learn (Järvelin and Kekäläinen 2002); a repeated id counts at its first rank only.
    """
    ideal = _dcg(sorted((grade for grade in relevance.values() if grade > 0), reverse=True)[:k])
    if ideal == 0:
        return math.nan
    return _dcg([max(relevance.get(item, 0.0), 0.0) for item in _distinct(ranked)[:k]]) / ideal


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def recall_at(ranked: Sequence[str], relevant: Iterable[str], k: int) -> float:
    """Share of the relevant ids among the first k distinct ones; nan if nothing is relevant."""
    wanted = set(relevant)
    return len(wanted.intersection(_distinct(ranked)[:k])) / len(wanted) if wanted else math.nan


def _distinct(items: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(items))


# --- scores that separate two classes -------------------------------------------------------------------------------


def auroc(labels: ArrayLike, scores: ArrayLike) -> float:
    """P(a random positive scores above a random negative), ties counting half; nan if a class is missing.

    By midranks: the Mann-Whitney U statistic over n_pos * n_neg.
    """
    positive, values = _labels_and_scores(labels, scores)
    n_pos = int(positive.sum())
    n_neg = positive.size - n_pos
    if n_pos == 0 or n_neg == 0:
        return math.nan
    rank_sum = float(midranks(values)[positive].sum())
    return (rank_sum - n_pos * (n_pos + 1) / 2) / (n_pos * n_neg)


def midranks(values: ArrayLike) -> Floats:
    """1-based ranks, smallest first; equal values share the mean of their ranks."""
    array = np.asarray(values, dtype=np.float64)
    _, inverse, counts = np.unique(array, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Floats = (last - (counts - 1) / 2)[inverse.reshape(-1)]
    return ranks


def _labels_and_scores(labels: ArrayLike, scores: ArrayLike) -> tuple[NDArray[np.bool_], Floats]:
    positive = np.asarray(labels).astype(bool)
    values = np.asarray(scores, dtype=np.float64)
    if positive.shape != values.shape or positive.ndim != 1:
        raise ValueError(f"labels {positive.shape} and scores {values.shape} must be two lists of one length")
    if np.isnan(values).any():
        raise ValueError("a score is nan; decide what an unscored row means before measuring")
    return positive, values


def _group_ends(ordered: Floats) -> NDArray[np.intp]:
    """Last index of every run of equal values."""
    return np.append(np.flatnonzero(np.diff(ordered)), ordered.size - 1)


# --- confidence: who is shown, how much of it is wrong, are the probabilities honest --------------------------------


def coverage_risk(confidence: ArrayLike, wrong: ArrayLike) -> tuple[Floats, Floats]:
    """Coverage (share shown) and risk (share wrong among the shown) at every distinct threshold, strictest first."""
    bad, values = _labels_and_scores(wrong, confidence)
    if not values.size:
        return np.empty(0), np.empty(0)
    order = np.argsort(-values, kind="stable")
    ends = _group_ends(values[order])
    shown = ends + 1
    return shown / values.size, np.cumsum(bad[order])[ends] / shown
