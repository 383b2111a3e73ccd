"""Judged questions -> the reranker's weights: reranker.json of a candidate release.

Listwise: the softmax of a candidate's score over its pool is to meet the share of its grade (ListNet, Cao et al. 2007; top
one), the score being the mixture's plus a weighted sum of signals (rerank/signals.py). Weights are drawn to 0, that is to
the mixture's order: few questions hardly move it. How strongly, cross-validation decides by nDCG@10, and what does not
gain there leaves the order as it is. Convex, by Newton's method: deterministic. It knows judged passages only, as the
mixture's fit does, and nothing of versions and preferences, whose weights stay.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metier.evaluate.estimates import mean, paired_difference
from metier.rerank.signals import Pool, signal_names, signals
from metier.specialize.folds import fold_of, with_answers
from metier.specialize.mixture import LEAST, Judged
from metier.stages import Mixer
from metier.text.vocabulary import Vocabulary
from metier.types import Estimate

Floats = NDArray[np.float64]

# How strongly weights are drawn to 0. Weaker ones (1, 3) gained as much on Cranfield and NPL at twice the variance.
_STRENGTHS = (10.0, 30.0, 100.0)
_SHARPNESS = 5.0  # where Newton's method starts; the fit moves it freely
_STEPS, _HALVINGS = 30, 20  # never reached on the three collections, where 4 to 7 steps do
_CLOSE = 1e-6  # of the loss that a step may still save when it is left


@dataclass(frozen=True, slots=True)
class RerankerFit:
    """What was fitted and how well it holds."""

    release: Mapping[str, Any]  # reranker.json
    note: str
    n: int  # judged questions that have a relevant passage
    mixture: Estimate | None  # nDCG@k of the mixture's order; None if n is too small
    gain: Estimate | None  # paired difference to it on questions left out of the fit, of what was chosen


def fit_reranker(
    judged: Sequence[Judged],
    mixer: Mixer,
    vocabulary: Vocabulary,
    released: Mapping[str, float],
    wide: int = 60,
    k: int = 10,
) -> RerankerFit:
    """The fitted reranker for what `mixer` returns; with fewer than LEAST questions that have a relevant passage, and
    where nothing gains, no signal has a weight and the mixture's order stays. `released` are release 0's weights.

    The mixer should be the one that the release will have: its weights may come from the same questions."""
    rows = with_answers(judged)
    if len(rows) < LEAST:
        note = f"{len(rows)} judged questions are too few to fit a reranker on ({LEAST} are needed): the mixture's order stays"
        return RerankerFit(
            {"weights": dict(released), "signals": {}, "origin": note}, note, len(rows), None, None
        )
    names = signal_names(sorted({leg for row in rows for leg in row.rankings}))
    pools = _pools(rows, mixer, vocabulary, names, wide, k)
    folds = np.array([fold_of(row.id) for row in rows])
    before = pools.ndcg(np.zeros(len(names)))
    tried = {strength: _held_out(pools, folds, strength) for strength in _STRENGTHS}
    strength = max(tried, key=lambda one: (float(tried[one].mean()), one))
    gain = paired_difference(tried[strength], before, rng=np.random.default_rng(7))
    if gain.value <= 0:
        note = f"{len(rows)} judged questions: nothing gains on questions left out, the mixture's order stays"
        return RerankerFit(_release(released, {}, note, len(rows)), note, len(rows), mean(before), gain)
    weights = dict(zip(names, _weights(pools, strength).tolist(), strict=True))
    note = (
        f"fitted on {len(rows)} judged questions (strength {strength:g}), nDCG@{k} {gain.value:+.3f} "
        f"[{gain.low:+.3f}, {gain.high:+.3f}] on questions left out"
    )
    return RerankerFit(_release(released, weights, note, len(rows)), note, len(rows), mean(before), gain)


def _release(
    released: Mapping[str, float], learned: Mapping[str, float], origin: str, fitted: int = 0
) -> dict[str, Any]:
    """reranker.json; release 0's weights stay in it for what is decided by the job, and for the range of `score`."""
    rounded = {name: value for name, raw in learned.items() if (value := round(raw, 4))}
    out: dict[str, Any] = {"weights": dict(released), "signals": rounded, "origin": origin}
    return out | {"fitted": fitted} if fitted else out


# --- the pools of all questions, side by side -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pools:
    """Candidates of every question, padded to the largest pool."""

    mixture: Floats  # (questions, candidates)
    table: Floats  # (questions, candidates, signals)
    gains: Floats  # (questions, candidates): grades
    there: NDArray[np.bool_]  # (questions, candidates): no padding
    ideal: Floats  # (questions,)
    k: int

    def of(self, rows: NDArray[np.bool_]) -> "_Pools":
        return _Pools(
            self.mixture[rows], self.table[rows], self.gains[rows], self.there[rows], self.ideal[rows], self.k
        )

    def ndcg(self, weights: Floats) -> Floats:
        """nDCG@k of every question in the order of these weights; ties keep the mixture's order."""
        scores = np.where(self.there, self.mixture + self.table @ weights, -np.inf)
        first = np.argsort(-scores, axis=1, kind="stable")[:, : self.k]
        discount = 1 / np.log2(np.arange(first.shape[1]) + 2)
        out: Floats = (np.take_along_axis(self.gains, first, axis=1) * discount).sum(axis=1) / self.ideal
        return out


def _pools(
    rows: Sequence[Judged], mixer: Mixer, vocabulary: Vocabulary, names: Sequence[str], wide: int, k: int
) -> _Pools:
    n = len(rows)
    mixture, gains = np.zeros((n, wide)), np.zeros((n, wide))
    table, there, ideal = np.zeros((n, wide, len(names))), np.zeros((n, wide), dtype=bool), np.ones(n)
    for place, row in enumerate(rows):
        pool = Pool(row.query, mixer.mix(row.query, row.rankings, wide), vocabulary)
        size = len(pool.evidence)
        mixture[place, :size], there[place, :size] = pool.mixture, True
        table[place, :size] = signals(pool, names)
        gains[place, :size] = [max(0.0, row.relevance.get(item.passage.id, 0.0)) for item in pool.evidence]
        grades = sorted((grade for grade in row.relevance.values() if grade > 0), reverse=True)[:k]
        ideal[place] = sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))
    return _Pools(mixture, table, gains, there, ideal, k)


# --- the fit --------------------------------------------------------------------------------------------------------


def _held_out(pools: _Pools, folds: NDArray[np.int64], strength: float) -> Floats:
    """Each question's nDCG under weights that were fitted without its fold."""
    out = np.zeros(len(folds))
    for fold in np.unique(folds):
        inside = folds == fold
        rest = ~inside if not inside.all() else inside
        out[inside] = pools.of(inside).ndcg(_weights(pools.of(rest), strength))
    return out


def _weights(pools: _Pools, strength: float) -> Floats:
    """The weights of the signals beside a weight of 1 for the mixture.

    Minimises sum over questions of -sum(share * log softmax(a * mixture + v . signals)) + strength / 2 * |v|^2 in the
    sharpness a and in v; the weights are v / a."""
    pools = pools.of(pools.gains.sum(axis=1) > 0)  # a pool without a relevant candidate teaches nothing
    if not len(pools.ideal):
        return np.zeros(pools.table.shape[2])
    inputs = np.concatenate([pools.mixture[:, :, None], pools.table], axis=2)
    share = pools.gains / pools.gains.sum(axis=1, keepdims=True)
    penalty = np.full(inputs.shape[2], strength)
    penalty[0] = 1e-3  # keeps the sharpness finite where the mixture is never wrong
    theta = np.zeros(inputs.shape[2])
    theta[0] = _SHARPNESS
    loss, chance = _loss(theta, inputs, share, pools.there, penalty)
    for _ in range(_STEPS):
        step, saves = _newton(theta, inputs, share, chance, penalty)
        if saves < _CLOSE * loss:
            break
        for halving in range(_HALVINGS):  # convex: a step that is short enough goes down
            moved = theta - step / 2**halving
            after, softmax = _loss(moved, inputs, share, pools.there, penalty)
            if after < loss:
                break
        theta, loss, chance = moved, after, softmax
    # Where the mixture's own score tells next to nothing, a small sharpness would make the rest enormous.
    weights: Floats = theta[1:] / max(float(theta[0]), 1.0)
    return weights


def _loss(
    theta: Floats, inputs: Floats, share: Floats, there: NDArray[np.bool_], penalty: Floats
) -> tuple[float, Floats]:
    """The loss, and the softmax of every candidate."""
    scores = np.where(there, inputs @ theta, -np.inf)
    high = scores.max(axis=1, keepdims=True)
    raised = np.exp(scores - high)
    total = raised.sum(axis=1, keepdims=True)
    logs = np.where(there, scores - high - np.log(total), 0.0)
    return float(-(share * logs).sum() + 0.5 * (penalty * theta**2).sum()), raised / total


def _newton(
    theta: Floats, inputs: Floats, share: Floats, chance: Floats, penalty: Floats
) -> tuple[Floats, float]:
    """Newton's step, (Hessian of the loss)^-1 times its gradient, and what it would save if the loss were a parabola."""
    width = inputs.shape[2]
    flat = inputs.reshape(-1, width)
    gradient = penalty * theta + flat.T @ (chance - share).reshape(-1)
    expected = np.einsum("qc,qcs->qs", chance, inputs)
    hessian = (flat * chance.reshape(-1, 1)).T @ flat - expected.T @ expected + np.diag(penalty)
    step: Floats = np.linalg.solve(hessian, gradient)
    return step, float(gradient @ step) / 2
