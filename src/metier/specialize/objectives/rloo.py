"""REINFORCE with a leave-one-out baseline (Kool et al. 2019; Ahmadian et al. 2024).

    R'_i = R_i - beta log pi_sampled(y_i)/ref(y_i),   A_i = R'_i - mean of R'_j, j != i
    L = mean of the clipped surrogate of A

k answers sampled per question are each other's baseline, so no value model is needed, and the estimate has no bias.
"""

from metier.specialize.objectives.clipped import clipped_surrogate
from metier.specialize.objectives.loss import Floats, Loss, floats


def rloo(
    policy: Floats, sampled: Floats, reference: Floats, reward: Floats, beta: float = 0.05, clip: float = 0.2
) -> Loss:
    """The loss of answers (questions, k), drawn when their log-probabilities were `sampled`.

    Raises ValueError for fewer than two answers per question.
    """
    own, before = floats(policy), floats(sampled)
    each, slope = clipped_surrogate(
        own, before, leave_one_out(floats(reward) - beta * (before - floats(reference))), clip
    )
    return Loss(float(each.mean()), slope / own.size)


def leave_one_out(reward: Floats) -> Floats:
    """Each reward less the mean of the others of its row."""
    if reward.ndim != 2 or reward.shape[1] < 2:
        raise ValueError(f"two answers or more per question are needed, not shape {reward.shape}")
    count = reward.shape[1]
    advantage: Floats = (reward - reward.mean(axis=1, keepdims=True)) * count / (count - 1)
    return advantage
