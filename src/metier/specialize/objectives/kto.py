"""Kahneman-Tversky optimisation (Ethayarajh et al. 2024, equation 7): single answers marked good or bad, no pairs.

    r = log pi(y)/ref(y),   z0 = max(0, KL(pi || ref)) of the batch, not differentiated
    L = mean  lambda_D (1 - sigma(beta (r - z0)))  for a good answer
              lambda_U (1 - sigma(beta (z0 - r)))  for a bad one

The sigmoid saturates: an answer that contradicts all others (a wrong mark) stops pulling.
"""

import numpy as np
from numpy.typing import NDArray

from metier.specialize.objectives.loss import Floats, Loss, floats, sigmoid

# The paper's rule, outside of which TRL warns: lambda_D n_D / (lambda_U n_U) within [1, 4/3].
_LEAST, _MOST = 1.0, 4 / 3


def kto(
    policy: Floats,
    reference: Floats,
    good: NDArray[np.bool_],
    divergence: float = 0.0,
    beta: float = 0.1,
    weights: tuple[float, float] = (1.0, 1.0),
    weight: Floats | None = None,
) -> Loss:
    """The loss of marked answers (n,); `divergence` is KL(policy || reference), `weights` are (lambda_D, lambda_U).

    Divided by the number of rows (or the sum of `weight`), not by the lambdas, as in the paper.
    """
    ratio = floats(policy) - floats(reference)
    sign = np.where(good, 1.0, -1.0)
    row = np.ones(len(ratio)) if weight is None else floats(weight)
    total = float(row.sum())
    share = row * np.where(good, weights[0], weights[1]) / total if total > 0 else np.zeros(len(ratio))
    kept = sigmoid(sign * beta * (ratio - max(0.0, divergence)))
    return Loss(float(share @ (1 - kept)), -share * sign * beta * kept * (1 - kept))


def kto_weights(good: float, bad: float) -> tuple[float, float]:
    """(lambda_D, lambda_U) for so many good and bad answers (or so much weight of them): the smallest change from (1, 1)
    that brings lambda_D n_D / (lambda_U n_U) into [1, 4/3]; (1, 1) where one kind is missing."""
    if good <= 0 or bad <= 0:
        return 1.0, 1.0
    ratio = good / bad
    if ratio < _LEAST:
        return _LEAST / ratio, 1.0
    if ratio > _MOST:
        return 1.0, ratio / _MOST
    return 1.0, 1.0
