"""Group-relative policy optimisation (Shao et al. 2024, equations 3 and 4), over whole answers.

    A_i = (R_i - mean R) / (std R + 1e-4) within a question
    L = mean of [clipped surrogate of A + beta (ref/pi - log ref/pi - 1)]

Dividing by the spread makes a question that is nearly always right (or wrong) count as much as an open one; where all answers
earn the same it learns nothing. rloo.py does not divide.
"""

import numpy as np
from numpy.typing import NDArray

from metier.specialize.objectives.clipped import clipped_surrogate
from metier.specialize.objectives.loss import Floats, Loss, floats

_FLOOR = 1e-4  # as in TRL: rewards that differ by less are one reward


def grpo(
    policy: Floats, sampled: Floats, reference: Floats, reward: Floats, beta: float = 0.0, clip: float = 0.2
) -> Loss:
    """The loss of answers (questions, k), drawn when their log-probabilities were `sampled`; beta weighs the distance to the
    reference. Raises ValueError for fewer than two answers per question."""
    own = floats(policy)
    each, slope = clipped_surrogate(own, floats(sampled), group_advantage(floats(reward)), clip)
    away = floats(reference) - own
    each = each + beta * (np.exp(away) - away - 1)
    return Loss(float(each.mean()), (slope + beta * (1 - np.exp(away))) / own.size)


def group_advantage(reward: Floats) -> Floats:
    """Each reward in standard deviations (n - 1) from the mean of its row."""
    if reward.ndim != 2 or reward.shape[1] < 2:
        raise ValueError(f"two answers or more per question are needed, not shape {reward.shape}")
    centred = reward - reward.mean(axis=1, keepdims=True)
    advantage: Floats = centred / (reward.std(axis=1, ddof=1, keepdims=True) + _FLOOR)
    return advantage


def grpo_scale(policy: Floats, reward: Floats, starts: NDArray[np.intp]) -> Floats:
    """The standard deviation of the reward of each question under a policy over all its answers (N,), floor included: what
    `group_advantage` divides by, of all answers instead of k samples."""
    chance = np.exp(policy)
    lengths = np.diff(np.append(starts, len(policy)))
    middle = np.repeat(np.add.reduceat(chance * reward, starts), lengths)
    found: Floats = np.sqrt(np.add.reduceat(chance * (reward - middle) ** 2, starts)) + _FLOOR
    return found
