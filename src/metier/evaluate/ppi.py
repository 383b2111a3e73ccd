"""Few human labels beside many labels of a judge: an estimate that the judge's errors cannot bias.

Prediction-powered inference with power tuning, PPI++ (Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453): the judge
only narrows the interval, and a useless judge does no harm beyond rounding. It does not know whether people and judge
saw rows of the same kind: the rows people labelled must be drawn at random from all of them.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from metier.errors import UserError
from metier.evaluate.estimates import Floats
from metier.types import Estimate

FEWEST = 20  # human labels: below, the normal interval is off by more than it could gain from a judge
SURE = 100  # below, a warning: the tuning weight is itself noisy (coverage 93% rather than 95% in our simulations)


@dataclass(frozen=True, slots=True)
class Powered:
    """A mean from human and judge labels together, beside what the human labels say alone."""

    estimate: Estimate  # n counts the human labels
    human_only: Estimate
    weight: float  # of the judge; 0 = the judge says nothing about the people's labels
    effective_n: float  # as many human labels alone would give this interval
    warnings: tuple[str, ...] = ()


def ppi_mean(human: ArrayLike, judged: ArrayLike, unlabelled: ArrayLike, confidence: float = 0.95) -> Powered:
    """The mean of what people would say about all rows.

    `human` and `judged` are people's and judge's labels of the same rows, `unlabelled` the judge's of the other rows.
    Raises UserError under 20 human labels, or if the judge labelled nothing else.
    """
    y, f, g = (np.asarray(values, dtype=np.float64).reshape(-1) for values in (human, judged, unlabelled))
    _check(y, f, g)
    n, m = y.size, g.size
    weight = _weight(y, f, g)
    value = float(weight * g.mean() + (y - weight * f).mean())
    variance = weight**2 * _variance(g) / m + _variance(y - weight * f) / n
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    alone = math.sqrt(_variance(y) / n)
    half = z * math.sqrt(variance)
    warnings = []
    if n < SURE:
        warnings.append(f"{n} human labels: under {SURE} the interval is a little too narrow; label more")
    if weight < 0:
        warnings.append("the judge disagrees with people more often than not; do not use it by itself")
    return Powered(
        Estimate(value, value - half, value + half, n),
        Estimate(float(y.mean()), float(y.mean()) - z * alone, float(y.mean()) + z * alone, n),
        weight,
        _variance(y) / variance if variance > 0 else math.inf,
        tuple(warnings),
    )


def _weight(y: Floats, f: Floats, g: Floats) -> float:
    """The weight of the judge with the least variance: cov(y, f) / ((1 + n/N) var(f)), over all judged rows."""
    spread = _variance(np.concatenate([f, g]))
    if spread == 0:
        return 0.0
    covariance = float(np.cov(y, f, ddof=1)[0, 1])
    return covariance / ((1 + y.size / g.size) * spread)


def _variance(values: Floats) -> float:
    return float(values.var(ddof=1)) if values.size > 1 else 0.0


def _check(y: Floats, f: Floats, g: Floats) -> None:
    if y.size != f.size:
        raise UserError(f"{y.size} human labels, but {f.size} labels of the judge for the same rows")
    if y.size < FEWEST:
        raise UserError(f"{y.size} human labels are too few to correct a judge by; label at least {FEWEST}")
    if not g.size:
        raise UserError("the judge labelled no other rows; use the human labels alone")
    if not all(np.isfinite(values).all() for values in (y, f, g)):
        raise UserError("a label is not a number; leave out rows that were not labelled")
