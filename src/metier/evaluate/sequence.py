"""Intervals one may look at after every row: for monitoring, where stopping early must not be a way to win.

A usual 95% interval is right at one n fixed before; watched all the time, it misses sooner or later. A confidence
sequence contains the mean at all times at once, with the promised probability, and is wider for it.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metier.errors import UserError
from metier.evaluate.estimates import Floats
from metier.types import Estimate

_GRID = (
    1000  # candidate means; the interval is widened by one step, so that the grid costs width, never coverage
)
_MOST_BET = (
    0.75  # of the capital, as far as no outcome ruins the bettor (Waudby-Smith and Ramdas 2024, section 4.2)
)


def confidence_sequence(values: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Lower and upper bounds after each row: the mean is between all of them with this probability, whenever one stops.

    Values are in 0..1 in the order they came. The hedged capital process (Waudby-Smith and Ramdas, "Estimating means of
    bounded random variables by betting", JRSSB 2024): for every candidate mean two bettors, one for more and one for
    less, wager on each next value; a candidate against which a bettor gets rich is out, for good.
    """
    rows = np.asarray(values, dtype=np.float64).reshape(-1)
    if rows.size and not (np.isfinite(rows).all() and rows.min() >= 0 and rows.max() <= 1):
        raise UserError(
            "a confidence sequence needs values in 0..1; rescale them by what they can be at most"
        )
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be in (0, 1), not {confidence}")
    candidates = np.linspace(0, 1, _GRID + 1)
    # Capital 1/2 each way, so their sum starts at 1 and reaches 1/(1 - confidence) with at most 1 - confidence (Ville).
    limit = math.log(2 / (1 - confidence))
    up, down = np.zeros(_GRID + 1), np.zeros(_GRID + 1)
    alive = np.ones(_GRID + 1, dtype=bool)
    low, high = np.zeros(rows.size), np.ones(rows.size)
    for t, bet in enumerate(_bets(rows, limit)):
        with np.errstate(divide="ignore"):
            long = np.minimum(bet, _MOST_BET / candidates)
            short = np.minimum(bet, _MOST_BET / (1 - candidates))
        up += np.log1p(long * (rows[t] - candidates))
        down += np.log1p(-short * (rows[t] - candidates))
        alive &= np.maximum(up, down) < limit
        low[t], high[t] = _ends(alive, candidates, low[t - 1] if t else 0.0, high[t - 1] if t else 1.0)
    return low, high


def monitored_mean(values: ArrayLike, confidence: float = 0.95) -> Estimate:
    """The mean of the rows so far with an interval that holds however often one looked. n = 0: 0..1."""
    rows = np.asarray(values, dtype=np.float64).reshape(-1)
    if not rows.size:
        return Estimate(math.nan, 0.0, 1.0, 0)
    low, high = confidence_sequence(rows, confidence)
    value = float(rows.mean())
    return Estimate(value, min(value, float(low[-1])), max(value, float(high[-1])), rows.size)


def _bets(rows: Floats, limit: float) -> NDArray[np.float64]:
    """How much to wager on row t, from the rows before it alone (predictable plug-in, eq. 26 of the paper)."""
    t = np.arange(1, rows.size + 1)
    means = (0.5 + np.cumsum(rows)) / (t + 1)
    variances = (0.25 + np.cumsum((rows - means) ** 2)) / (t + 1)
    before = np.concatenate([[0.25], variances[:-1]])
    bets: NDArray[np.float64] = np.sqrt(2 * limit / (before * t * np.log1p(t)))
    return bets


def _ends(alive: NDArray[np.bool_], candidates: Floats, low: float, high: float) -> tuple[float, float]:
    left = np.flatnonzero(alive)
    if (
        not left.size
    ):  # the mean moved: nothing fits all rows; the last interval stays and collapses to its middle
        return low, high
    step = 1 / _GRID
    return max(low, float(candidates[left[0]]) - step), min(high, float(candidates[left[-1]]) + step)
