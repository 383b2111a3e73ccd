"""Lessons -> weights of the log-linear policy over whole candidate answers, anchored to the weights there are.

    minimise  - sum_i v_i log((1 - e_i) P_w(good_i) + e_i (1 - P_w(good_i))) / sum_i v_i  +  strength |s (w - w0)|^2 / 2

P_w(good) is the chance that the policy chooses one of the candidates that people called right: maximum likelihood of a set
with label noise e (Natarajan et al. 2013 in its likelihood form). For two candidates of which one is right this is
robust DPO's sigmoid with the base policy as prior mean instead of reference. s holds the spread of each feature, so
that the anchor does not depend on units. No clock and no dice: the same lessons give the same weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metier.specialize.descend import descend
from metier.specialize.labels import Lesson

Floats = NDArray[np.float64]

# Pull to the base weights per lesson, in units of spread: from "a dozen lessons may move a weight" to "hundreds are
# needed". What to take is chosen on groups left out.
STRENGTHS = (0.3, 0.1, 0.03, 0.01)
_FOLDS = 4
_STEPS = 80


@dataclass(frozen=True, slots=True)
class Stack:
    """Lessons as one long table: rows of all candidates, abstaining as a row of zeros at the end of each."""

    table: Floats
    good: Floats
    starts: NDArray[np.intp]
    lengths: NDArray[np.intp]
    weight: Floats
    noise: Floats


def stacked(lessons: Sequence[Lesson]) -> Stack:
    """The lessons, one after another."""
    width = lessons[0].features.shape[1]
    blocks = [np.vstack([item.features, np.zeros((1, width))]) for item in lessons]
    lengths = np.array([len(block) for block in blocks], dtype=np.intp)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.intp)
    return Stack(
        np.vstack(blocks),
        np.concatenate([item.good for item in lessons]).astype(np.float64),
        starts,
        lengths,
        np.array([item.weight for item in lessons]),
        np.array([item.noise for item in lessons]),
    )


def chances(stack: Stack, weights: Floats) -> Floats:
    """P of each row of the table, summing to 1 within each lesson."""
    utility = stack.table @ weights
    highest = np.maximum.reduceat(utility, stack.starts)
    raised = np.exp(utility - np.repeat(highest, stack.lengths))
    found: Floats = raised / np.repeat(np.add.reduceat(raised, stack.starts), stack.lengths)
    return found


def log_likelihoods(stack: Stack, weights: Floats) -> Floats:
    """Of each lesson, unweighted."""
    hit = np.add.reduceat(chances(stack, weights) * stack.good, stack.starts)
    found: Floats = np.log((1 - 2 * stack.noise) * hit + stack.noise + 1e-12)
    return found


def fit_policy(
    lessons: Sequence[Lesson], base: Floats, strength: float, spread: Floats | None = None
) -> Floats:
    """The weights; `spread` is that of the features of all lessons unless given. Returns `base` without lessons."""
    if not lessons:
        return base
    stack = stacked(lessons)
    scale = spread_of(lessons) if spread is None else spread
    total = float(stack.weight.sum())

    def loss(moved: Floats) -> tuple[float, Floats]:
        weights = base + moved / scale
        chance = chances(stack, weights)
        hit = np.add.reduceat(chance * stack.good, stack.starts)
        slope = 1 - 2 * stack.noise
        likely = slope * hit + stack.noise + 1e-12
        value = -float(stack.weight @ np.log(likely)) / total + 0.5 * strength * float(moved @ moved)
        per_lesson = stack.weight * slope / likely / total
        pull = chance * (stack.good - np.repeat(hit, stack.lengths)) * np.repeat(per_lesson, stack.lengths)
        gradient: Floats = -(stack.table.T @ pull) / scale + strength * moved
        return value, gradient

    start = np.zeros_like(base)
    weights: Floats = base + descend(loss, start, _STEPS) / scale
    return weights


def spread_of(lessons: Sequence[Lesson]) -> Floats:
    """Standard deviation of each feature over all candidates; 1 where it does not vary."""
    spread = np.vstack([item.features for item in lessons]).std(axis=0)
    fixed: Floats = np.where(spread < 1e-9, 1.0, spread)
    return fixed


def choose_strength(lessons: Sequence[Lesson], base: Floats) -> float | None:
    """The strongest anchor that is within one standard error of the best on groups left out; None if none beats the base."""
    if not lessons:
        return None
    fold = _folds(lessons)
    spread = spread_of(lessons)
    gains = np.zeros((len(STRENGTHS), len(lessons)))
    for number in range(_FOLDS):
        inside = np.flatnonzero(fold == number)
        rest = [item for item, own in zip(lessons, fold, strict=True) if own != number]
        if not len(inside) or not rest:
            continue
        left_out = stacked([item for item, own in zip(lessons, fold, strict=True) if own == number])
        before = log_likelihoods(left_out, base)
        for row, strength in enumerate(STRENGTHS):
            weights = fit_policy(rest, base, strength, spread)
            gains[row, inside] = (log_likelihoods(left_out, weights) - before) * left_out.weight
    means = gains.mean(axis=1)
    best = int(np.argmax(means))
    if means[best] <= 0:
        return None
    doubt = float(gains[best].std() / np.sqrt(len(lessons)))
    near = [index for index, value in enumerate(means) if value > 0 and value >= means[best] - doubt]
    return STRENGTHS[near[0]]


def _folds(lessons: Sequence[Lesson]) -> NDArray[np.intp]:
    """Groups dealt out in order of size, so that no fold is empty where there are enough groups."""
    names = [item.group or str(place) for place, item in enumerate(lessons)]
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    place = {name: number % _FOLDS for number, name in enumerate(ordered)}
    return np.array([place[name] for name in names], dtype=np.intp)
