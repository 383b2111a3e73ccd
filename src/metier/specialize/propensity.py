"""How much each logged answer counts, so that what was shown often does not drown what was shown rarely.

Feedback exists only for answers that were shown. Weighing each by 1 / P(shown) (inverse propensity) undoes that, at the
price of variance: a few rare rows may outweigh all others. So weights are clipped and normalised to a mean of 1
(self-normalised: Swaminathan and Joachims 2015), and used only where enough rows still count; else all rows count alike.
It knows propensities as they were logged: an answer that was never shown stays unknown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from metier.evaluate.estimates import bootstrap
from metier.specialize.objectives.loss import Floats, floats
from metier.types import Estimate

# A row counts at most this often: beyond, the bias that clipping adds is below the noise of a thousand rows
# (1/sqrt(1000) = 3%, a row of weight 10 moves their mean by 1%).
MOST = 10.0
# Of the rows, that must still count: below a half, the interval of what is learnt widens by more than 1.4, as if half of the
# feedback had never been given.
LEAST_SHARE = 0.5
_FEWEST = 20.0  # effective rows; with fewer one row decides


@dataclass(frozen=True, slots=True)
class Weighting:
    """Weights of mean 1, in the order of the rows, and how they came about."""

    weights: Floats
    kind: Literal["ips", "plain"]
    effective: float  # rows that count alike and say as much
    note: str


def inverse(propensities: Sequence[float | None], most: float = MOST) -> Floats:
    """Clipped 1/p of mean 1; a row whose propensity was not logged counts as the mean of the others.

    Raises ValueError for a propensity that is not above 0 and at most 1.
    """
    known = np.array([value is not None for value in propensities], dtype=bool)
    chance = floats([1.0 if value is None else value for value in propensities])
    if ((chance <= 0) | (chance > 1)).any():
        raise ValueError("a propensity must be above 0 and at most 1")
    weights = np.minimum(1 / chance, most)
    middle = float(weights[known].mean()) if known.any() else 1.0
    found: Floats = np.where(known, weights / middle, 1.0)
    return found


def effective_rows(weights: Floats) -> float:
    """(sum w)^2 / sum w^2 (Kish 1965): between 1 and n; 0 where nothing has a weight."""
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def choose_weighting(
    propensities: Sequence[float | None],
    utility: Callable[[Floats], float] | None = None,
    most: float = MOST,
    least_share: float = LEAST_SHARE,
) -> Weighting:
    """Inverse propensities where enough rows still count and, if a tuning utility is given (weights -> how good what is
    fitted with them is on rows left out), where that does not fall by them; else plain."""
    count = len(propensities)
    plain, weighted = np.ones(count), inverse(propensities, most)
    if not any(value is not None for value in propensities):
        return Weighting(plain, "plain", float(count), "no propensities were logged")
    effective = effective_rows(weighted)
    if effective < max(_FEWEST, least_share * count):
        note = f"inverse propensities would leave {effective:.0f} of {count} rows that count: all count alike"
        return Weighting(plain, "plain", float(count), note)
    if utility is not None and (lost := utility(plain) - utility(weighted)) > 0:
        note = f"inverse propensities cost {lost:.4f} on rows left out: all count alike"
        return Weighting(plain, "plain", float(count), note)
    return Weighting(
        weighted, "ips", effective, f"inverse propensities, {effective:.0f} of {count} rows count"
    )


def worth(
    reward: Floats, logged: Floats, chance: Floats, rng: np.random.Generator, most: float = MOST
) -> Estimate:
    """What a policy would have earned that gives the logged answers with probability `chance`, from what they earned when
    they were given with probability `logged`: clipped, self-normalised, with a bootstrap interval over rows; nan where it
    gives none of them."""
    weights = np.minimum(floats(chance) / floats(logged), most)

    def statistic(rows: Floats) -> float:
        total = float(rows[:, 1].sum())
        return float(rows[:, 0] @ rows[:, 1]) / total if total > 0 else float("nan")

    return bootstrap(np.column_stack([floats(reward), weights]), rng=rng, statistic=statistic, resamples=1000)
