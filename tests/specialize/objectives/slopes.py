"""Finite differences: the slope a loss should have."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def slope(function: Callable[[Floats], float], at: Floats, step: float = 1e-6) -> Floats:
    """Central differences of a function of an array, of the same shape."""
    out = np.zeros_like(at, dtype=np.float64)
    for index in np.ndindex(at.shape):
        up, down = at.astype(float).copy(), at.astype(float).copy()
        up[index] += step
        down[index] -= step
        out[index] = (function(up) - function(down)) / (2 * step)
    return out


def log_chances(*shape: int, seed: int = 3) -> Floats:
    """Made-up log-probabilities."""
    return -np.random.default_rng(seed).uniform(0.1, 4.0, shape)
