"""Lessons -> weights of the log-linear policy over whole candidate answers, anchored to the weights there are, and how
strong the anchor is to be.

A lesson is a choice whose right answers are known, so the fit is that of `loglinear.py` with its objective `likelihood`:

    minimise  - sum_i v_i log((1 - e_i) P_w(good_i) + e_i (1 - P_w(good_i))) / sum_i v_i  +  strength |s (w - w0)|^2 / 2

For two candidates of which one is right this is robust DPO's sigmoid with the base policy as prior mean instead of
reference. s holds the spread of each feature among candidates that say something, abstaining left out. No clock and no
dice: the same lessons give the same weights.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from metier.specialize import loglinear
from metier.specialize.labels import Lesson
from metier.specialize.loglinear import Choice
from metier.specialize.propensity import Weighting, choose_weighting, inverse
from metier.specialize.teaching import Objective, Stack, log_right

Floats = NDArray[np.float64]

# Pull to the base weights per lesson, in units of spread: from "a dozen lessons may move a weight" to "hundreds are
# needed". What to take is chosen on groups left out.
STRENGTHS = (0.3, 0.1, 0.03, 0.01)
_FOLDS = 4
_LEAST_WRITTEN = 20  # lessons, as for a fit: fewer cannot tell two weightings apart
_LIKELIHOOD = Objective("likelihood")
# lessons, base weights, strength of the anchor, spread of the features -> weights
Fit = Callable[[Sequence[Lesson], Floats, float, Floats], Floats]


def choice_of(lesson: Lesson) -> Choice:
    """The lesson's candidates and abstaining, last, with those that are right. No reference: the likelihood reads none."""
    table = np.zeros((len(lesson.features) + 1, lesson.features.shape[1]))
    table[:-1] = lesson.features
    unread = np.zeros(len(table))
    return Choice(table, unread, right=lesson.good, noise=lesson.noise, weight=lesson.weight)


def stacked(lessons: Sequence[Lesson]) -> Stack:
    """The lessons, one after another. Raises ValueError if there are none, or if one has no weight."""
    stack = loglinear.stacked([choice_of(item) for item in lessons])
    if stack is None or len(stack.weight) != len(lessons):
        raise ValueError("a lesson must have a weight above 0, and there must be one")
    return stack


def log_likelihoods(stack: Stack, weights: Floats) -> Floats:
    """Of each lesson, unweighted."""
    together = log_right(stack, loglinear.log_chances(stack, weights))
    with np.errstate(divide="ignore"):  # no noise: log 0 is -inf, which logaddexp knows
        found: Floats = np.logaddexp(np.log1p(-2 * stack.noise) + together, np.log(stack.noise))
    return found


def fit_policy(
    lessons: Sequence[Lesson], base: Floats, strength: float, spread: Floats | None = None
) -> Floats:
    """The weights; `spread` is that of the features of all lessons unless given. Returns `base` without lessons."""
    if not lessons:
        return base
    scale = spread_of(lessons) if spread is None else spread
    return loglinear.fit([choice_of(item) for item in lessons], _LIKELIHOOD, base, strength, scale)


def spread_of(lessons: Sequence[Lesson], least: float = 0.0) -> Floats:
    """Standard deviation of each feature over all candidates, at least `least`; 1 where it does not vary."""
    spread = np.vstack([item.features for item in lessons]).std(axis=0)
    fixed: Floats = np.where(spread < 1e-9, 1.0, np.maximum(spread, least))
    return fixed


def choose_strength(
    lessons: Sequence[Lesson], base: Floats, spread: Floats | None = None, fit: Fit = fit_policy
) -> float | None:
    """The strongest anchor that is within one standard error of the best on groups left out; None if none beats the base."""
    if not lessons:
        return None
    spread = spread_of(lessons) if spread is None else spread
    gains = np.array([left_out_gains(lessons, base, strength, spread, fit) for strength in STRENGTHS])
    means = gains.mean(axis=1)
    best = int(np.argmax(means))
    if means[best] <= 0:
        return None
    doubt = float(gains[best].std() / np.sqrt(len(lessons)))
    near = [index for index, value in enumerate(means) if value > 0 and value >= means[best] - doubt]
    return STRENGTHS[near[0]]


def left_out_gains(
    lessons: Sequence[Lesson], base: Floats, strength: float, spread: Floats, fit: Fit = fit_policy
) -> Floats:
    """What each lesson gains in log likelihood, times its weight, from a fit on the groups of other folds; 0 where there are none."""
    gains = np.zeros(len(lessons))
    for inside, weights in _fitted_apart(lessons, base, strength, spread, fit):
        left_out = stacked([lessons[index] for index in inside])
        before, after = (log_likelihoods(left_out, one) for one in (base, weights))
        gains[inside] = (after - before) * left_out.weight
    return gains


def apart(lessons: Sequence[Lesson], base: Floats, strength: float, spread: Floats) -> dict[str, Floats]:
    """For each group the weights of a fit without it (and the rest of its fold): what new questions would be answered with. The
    weights of all lessons are surer of these very lessons than of any other question."""
    found = {}
    for inside, weights in _fitted_apart(lessons, base, strength, spread):
        found.update({lessons[index].group: weights for index in inside})
    return found


def _fitted_apart(
    lessons: Sequence[Lesson], base: Floats, strength: float, spread: Floats, fit: Fit = fit_policy
) -> Iterator[tuple[NDArray[np.intp], Floats]]:
    """Of each fold the numbers of its lessons, and the weights of a fit on the other folds."""
    fold = _folds(lessons)
    for number in range(_FOLDS):
        inside = np.flatnonzero(fold == number)
        rest = [item for item, own in zip(lessons, fold, strict=True) if own != number]
        if len(inside) and rest:
            yield inside, fit(rest, base, strength, spread)


def weigh(lessons: Sequence[Lesson], base: Floats, strength: float, spread: Floats) -> Weighting:
    """Whether lessons count by how rarely what they speak of was shown. The utility of a weighting is what a fit with it gains
    on groups left out, per lesson: on those whose answer was written, which says what is right whatever was shown, where there are enough
    of them; else on all, as inverse propensities count them."""
    chances = [item.propensity for item in lessons]
    unbiased = np.array([item.propensity is None for item in lessons], dtype=bool)
    judged = unbiased.astype(float) if unbiased.sum() >= _LEAST_WRITTEN else inverse(chances)

    def utility(weights: Floats) -> float:
        gains = left_out_gains(reweighed(lessons, weights), base, strength, spread) / weights
        return float(gains @ judged / judged.sum())

    return choose_weighting(chances, utility)


def reweighed(lessons: Sequence[Lesson], weights: Floats) -> list[Lesson]:
    """The lessons, each counted so often."""
    return [
        replace(item, weight=item.weight * float(weight))
        for item, weight in zip(lessons, weights, strict=True)
    ]


def _folds(lessons: Sequence[Lesson]) -> NDArray[np.intp]:
    """Groups dealt out in order of size, so that no fold is empty where there are enough groups."""
    names = [item.group or str(place) for place, item in enumerate(lessons)]
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    place = {name: number % _FOLDS for number, name in enumerate(ordered)}
    return np.array([place[name] for name in names], dtype=np.intp)
