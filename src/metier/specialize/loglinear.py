"""A policy over whole candidate answers, taught by any objective: P(answer) is proportional to exp(w . features).

    minimise  objective(log P_w)  +  strength |s (w - w0)|^2 / 2

All candidates of a question are known, abstaining among them (a row of zeros in the layout of release 0's generator.json), so
probabilities, divergences and expected rewards are exact, and no dice are thrown: the same questions give the same weights.
w0 are the weights there are, s the spread of each feature, so that the pull to w0 does not depend on units. It knows only
the candidates it is given: an answer that is not among them cannot be learnt.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from metier.specialize.descend import descend
from metier.specialize.objectives.loss import Floats
from metier.specialize.teaching import OBJECTIVES, Objective, Stack

Mask = NDArray[np.bool_]

# One question's worth of pull to the old weights, in units of spread. 0.03: a weight moves freely once some thirty questions
# agree on it. To be chosen on groups left out wherever there are enough of them.
STRENGTH = 0.03
_ROUNDS = 20  # of re-measuring what an objective holds fixed (KTO's divergence) before giving up on agreement
_AGREED = 1e-4  # nats between two rounds
# A policy that is sure earns the same wherever it moves: started at a weak pull to the reference, a fit may stop at "always
# silent". So the pull falls to its value in steps, each starting where the last one ended.
_DRIFTS = (1.0, 0.3, 0.1)


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidate answers of one question, and what is known of them; each objective reads the part it needs."""

    features: Floats  # (m, d), abstaining included
    reference: Floats  # (m,) log-probabilities under the policy whose answers were judged
    pairs: tuple[tuple[int, int], ...] = ()  # (better, worse), as places
    marks: tuple[tuple[int, bool], ...] = ()  # (place, whether people called it good)
    right: Mask | None = None  # (m,) one of these should be given
    reward: Floats | None = None  # (m,)
    noise: float = 0.0  # P(what was said is not so)
    weight: float = 1.0


def fit(
    choices: Sequence[Choice],
    objective: Objective,
    anchor: Floats,
    strength: float = STRENGTH,
    spread: Floats | None = None,
) -> Floats:
    """The weights; `anchor` itself where no choice says what the objective learns from.

    `spread` is that of the features of these choices unless given. Raises ValueError for features that are not as many as
    the anchor's weights.
    """
    stack = stacked(choices)
    term = OBJECTIVES[objective.name]
    if stack is None or not term.reads(stack):
        return anchor
    if stack.table.shape[1] != len(anchor):
        raise ValueError(f"{stack.table.shape[1]} features, but the anchor has {len(anchor)} weights")
    scale = spread_of(stack.table) if spread is None else spread
    moved = np.zeros_like(anchor)
    fixed = _divergence(stack, anchor)
    for settings in _rounds(objective):

        def loss(at: Floats, settings: Objective = settings, fixed: float = fixed) -> tuple[float, Floats]:
            value, slope = _loss(stack, settings, anchor + at / scale, fixed)
            return value + 0.5 * strength * float(at @ at), slope / scale + strength * at

        moved = descend(loss, moved)
        before, fixed = fixed, _divergence(stack, anchor + moved / scale)
        if term.needs_divergence and abs(fixed - before) < _AGREED:
            break
    weights: Floats = anchor + moved / scale
    return weights


def _rounds(objective: Objective) -> list[Objective]:
    """The settings of one descent after the other."""
    term = OBJECTIVES[objective.name]
    if term.needs_divergence:
        return [objective] * _ROUNDS
    drifts = [value for value in _DRIFTS if value > objective.drift] if term.anneals else []
    return [*(replace(objective, drift=value) for value in drifts), objective]


def loss_of(choices: Sequence[Choice], objective: Objective, weights: Floats) -> tuple[float, Floats]:
    """The objective of these choices and its slope with respect to the weights, without the pull to any anchor."""
    stack = stacked(choices)
    if stack is None or not OBJECTIVES[objective.name].reads(stack):
        return 0.0, np.zeros_like(weights)
    return _loss(stack, objective, weights, _divergence(stack, weights))


def spread_of(table: Floats) -> Floats:
    """Standard deviation of each feature; 1 where it does not vary."""
    spread = table.std(axis=0)
    found: Floats = np.where(spread < 1e-9, 1.0, spread)
    return found


def stacked(choices: Sequence[Choice]) -> Stack | None:
    """The choices as one long table; None if there are none. Raises ValueError for a place that is no candidate."""
    kept = [item for item in choices if item.weight > 0 and len(item.features)]
    if not kept:
        return None
    lengths = np.array([len(item.features) for item in kept], dtype=np.intp)
    starts = (np.cumsum(lengths) - lengths).astype(np.intp)
    better: list[int] = []
    worse: list[int] = []
    pair_of: list[int] = []
    marked: list[int] = []
    good: list[bool] = []
    mark_of: list[int] = []
    for number, item in enumerate(kept):
        places = [place for pair in item.pairs for place in pair] + [place for place, _ in item.marks]
        if any(not 0 <= place < lengths[number] for place in places):
            raise ValueError(f"choice {number} has {lengths[number]} candidates, but speaks of others")
        for first, second in item.pairs:
            better.append(int(starts[number]) + first)
            worse.append(int(starts[number]) + second)
            pair_of.append(number)
        for place, liked in item.marks:
            marked.append(int(starts[number]) + place)
            good.append(liked)
            mark_of.append(number)
    known = np.array([item.right is not None and bool(item.right.any()) for item in kept])
    empty = [np.zeros(len(item.features)) for item in kept]
    return Stack(
        table=np.vstack([item.features for item in kept]),
        reference=np.concatenate([item.reference for item in kept]),
        starts=starts,
        lengths=lengths,
        weight=np.array([item.weight for item in kept]),
        noise=np.array([item.noise for item in kept]),
        better=np.array(better, dtype=np.intp),
        worse=np.array(worse, dtype=np.intp),
        pair_of=np.array(pair_of, dtype=np.intp),
        marked=np.array(marked, dtype=np.intp),
        good=np.array(good, dtype=bool),
        mark_of=np.array(mark_of, dtype=np.intp),
        known=known,
        right=np.concatenate(
            [none if item.right is None else item.right for item, none in zip(kept, empty, strict=True)]
        ).astype(bool),
        rewarded=np.array([item.reward is not None for item in kept]),
        reward=np.concatenate(
            [none if item.reward is None else item.reward for item, none in zip(kept, empty, strict=True)]
        ),
    )


def log_chances(stack: Stack, weights: Floats) -> Floats:
    """log P of every candidate of the stack (N,), summing to 1 within each question."""
    utility = stack.table @ weights
    highest = np.maximum.reduceat(utility, stack.starts)
    shifted = utility - np.repeat(highest, stack.lengths)
    found: Floats = shifted - np.repeat(np.log(np.add.reduceat(np.exp(shifted), stack.starts)), stack.lengths)
    return found


def _divergence(stack: Stack, weights: Floats) -> float:
    """KL(policy || reference), the weighted mean over questions."""
    own = log_chances(stack, weights)
    each = np.add.reduceat(np.exp(own) * (own - stack.reference), stack.starts)
    return float(stack.weight @ each / stack.weight.sum())


def _loss(stack: Stack, objective: Objective, weights: Floats, fixed: float) -> tuple[float, Floats]:
    """Value and slope with respect to the weights: the objective's slope, through the softmax of each question."""
    own = log_chances(stack, weights)
    value, slope = OBJECTIVES[objective.name].loss(stack, own, objective, fixed)
    total = np.repeat(np.add.reduceat(slope, stack.starts), stack.lengths)
    gradient: Floats = stack.table.T @ (slope - np.exp(own) * total)
    return value, gradient
