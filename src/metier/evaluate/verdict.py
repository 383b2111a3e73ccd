"""Better, worse, or cannot tell: what an interval of a difference says, in one word and one sentence."""

import math
from typing import Literal

from metier.types import Estimate

Verdict = Literal["better", "worse", "cannot tell"]


def verdict(difference: Estimate, margin: float = 0.0) -> Verdict:
    """ "better" if the whole interval is above the margin, "worse" if it is below minus the margin.

    No rows, or an interval of everything, is "cannot tell": no data is not "no difference".
    """
    if difference.n == 0 or math.isnan(difference.low) or math.isnan(difference.high):
        return "cannot tell"
    if difference.low > margin:
        return "better"
    return "worse" if difference.high < -margin else "cannot tell"


def percent(share: float) -> str:
    """ "81.2%"; "unknown" for what was not measured."""
    return "unknown" if math.isnan(share) else f"{100 * share:.1f}%"


def interval(estimate: Estimate) -> str:
    """ "77.1% to 84.7%", or that it is not known."""
    if estimate.n == 0:
        return "not measured"
    if estimate.low <= 0 and estimate.high >= 1:
        return "too few to say"
    return f"{percent(estimate.low)} to {percent(estimate.high)}"


def share_in_words(what: str, estimate: Estimate) -> str:
    """ "right: 81.2% of 400 (95% interval 77.1% to 84.7%)", or that nothing was measured."""
    if estimate.n == 0:
        return f"{what}: no cases, so nothing is known"
    if estimate.low <= 0 and estimate.high >= 1:
        return (
            f"{what}: {percent(estimate.value)} of {estimate.n:,} (too few independent cases for an interval)"
        )
    return f"{what}: {percent(estimate.value)} of {estimate.n:,} (95% interval {percent(estimate.low)} to {percent(estimate.high)})"


def signed(share: float) -> str:
    """ "+2.4" points."""
    return f"{100 * share:+.1f}"
