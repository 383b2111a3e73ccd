"""How many cases a comparison needs before it can say anything: asked before running, not after.

Two systems answer the same cases. What matters is in how many of them exactly one is right (the discordance): systems
that mostly agree need fewer cases for the same difference than systems that are right at random.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

from metier.errors import UserError

# Share of cases in which exactly one of two systems is right, when nothing is known yet: two releases of one system on
# questions of the example company differ on 10-20%; the larger asks for more cases rather than for too few.
DISCORDANCE = 0.2


@dataclass(frozen=True, slots=True)
class Plan:
    """What a paired comparison needs, and what can be seen with the cases there are. Differences are shares, 0-1."""

    effect: float  # the difference one wants to see
    needed: int  # paired cases for it
    have: int  # 0 = not said
    detectable: float  # the difference that `have` cases show with this power; nan without cases
    spread: float  # standard deviation of one paired difference
    power: float
    confidence: float
    sentence: str

    @property
    def enough(self) -> bool:
        """True if there are as many cases as needed."""
        return self.have >= self.needed


def plan_comparison(
    effect: float = 0.05,
    have: int = 0,
    *,
    discordance: float | None = None,
    spread: float | None = None,
    cluster_size: float = 1.0,
    correlation: float = 0.0,
    power: float = 0.8,
    confidence: float = 0.95,
) -> Plan:
    """The plan for a two-sided paired comparison: n = (z_confidence + z_power)^2 * spread^2 / effect^2.

    The spread of a paired difference is given, or follows from the discordance (its root; 0.2 if nothing is said).
    Cases that come `cluster_size` to a document with this intra-cluster `correlation` need 1 + (size - 1) * correlation
    times as many (Kish 1965). Miller 2024, arXiv 2411.00640, eq. 9. Raises UserError for what cannot be.
    """
    _check(effect, have, discordance, spread, cluster_size, correlation, power, confidence)
    if spread is None:
        spread = math.sqrt(DISCORDANCE if discordance is None else discordance)
        if effect > spread**2:  # systems that differ on 3% of cases cannot differ by 5 points
            raise UserError(
                f"a difference of {points(effect)} cannot be where the systems differ on "
                f"{points(spread**2)} of the cases; give a smaller effect or a larger discordance"
            )
    z = NormalDist().inv_cdf((1 + confidence) / 2) + NormalDist().inv_cdf(power)
    inflated = z * z * spread**2 * (1 + (cluster_size - 1) * correlation)
    needed = max(2, math.ceil(inflated / effect**2 - 1e-9))  # 1e-9: rounding must not add a case
    detectable = math.sqrt(inflated / have) if have else math.nan
    return Plan(
        effect,
        needed,
        have,
        detectable,
        spread,
        power,
        confidence,
        _sentence(effect, needed, have, detectable),
    )


def detectable_difference(n: int, spread: float, power: float = 0.8, confidence: float = 0.95) -> float:
    """The true difference that n independent paired cases show with this power."""
    z = NormalDist().inv_cdf((1 + confidence) / 2) + NormalDist().inv_cdf(power)
    return z * spread / math.sqrt(n)


def points(share: float) -> str:
    """A share in percentage points: "5.1 points"."""
    return f"{100 * share:.1f} points"


def _sentence(effect: float, needed: int, have: int, detectable: float) -> str:
    ask = f"To see a difference of {points(effect)}: needs {needed:,} paired cases"
    if not have:
        return f"{ask}."
    if have >= needed:
        return f"{ask}; you have {have:,}, enough: detects {points(detectable)}."
    told = points(detectable) if detectable < 1 else "nothing"
    return f"{ask}; you have {have:,}: detects {told}."


def _check(
    effect: float,
    have: int,
    discordance: float | None,
    spread: float | None,
    cluster_size: float,
    correlation: float,
    power: float,
    confidence: float,
) -> None:
    rules = (
        (0 < effect <= 1, f"the effect is a share above 0 and at most 1 (0.05 = 5 points), not {effect}"),
        (have >= 0, f"the number of cases is 0 or more, not {have}"),
        (discordance is None or spread is None, "give the discordance or the spread, not both"),
        (
            discordance is None or 0 < discordance <= 1,
            f"the discordance is above 0 and at most 1, not {discordance}",
        ),
        (spread is None or 0 < spread < math.inf, f"the spread is a number above 0, not {spread}"),
        (1 <= cluster_size < math.inf, f"the cluster size is 1 or more, not {cluster_size}"),
        (0 <= correlation <= 1, f"the correlation is in 0..1, not {correlation}"),
        (0.5 <= power < 1, f"the power is at least 0.5 and below 1, not {power}"),
        (0.5 <= confidence < 1, f"the confidence is at least 0.5 and below 1, not {confidence}"),
    )
    for holds, message in rules:
        if not holds:
            raise UserError(f"plan: {message}")
