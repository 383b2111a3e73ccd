"""What every objective returns, and the few functions they share: all of them are pure functions of log-probabilities.

An objective never asks where log-probabilities come from: an exact policy over candidate answers (loglinear.py) and a
language model that sums over tokens use the same function. The slope is with respect to the policy's log-probabilities
alone; those of the reference are constants, and so is whatever the paper says is not differentiated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Loss:
    """A weighted mean, and its slope with respect to each of the policy's log-probabilities (same shape)."""

    value: float
    gradient: Floats


@dataclass(frozen=True, slots=True)
class PairLoss:
    """A weighted mean over pairs, and its slopes with respect to the log-probabilities of the better and worse answers."""

    value: float
    chosen: Floats
    rejected: Floats


def floats(values: ArrayLike) -> Floats:
    """The values as an array of 64-bit floats."""
    return np.asarray(values, dtype=np.float64)


def shares(count: int, weight: Sequence[float] | Floats | None) -> Floats:
    """Each row's share of the mean: equal unless weights are given; all 0 where there is nothing to weigh."""
    weights = np.ones(count) if weight is None else floats(weight)
    if weights.shape != (count,):
        raise ValueError(f"{count} rows need {count} weights, not {weights.shape}")
    total = float(weights.sum())
    return weights / total if total > 0 else np.zeros(count)


def sigmoid(values: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    found: Floats = np.exp(log_sigmoid(values))
    return found


def log_sigmoid(values: Floats) -> Floats:
    """log(1 / (1 + exp(-x))), without overflow."""
    found: Floats = -np.logaddexp(0.0, -values)
    return found
