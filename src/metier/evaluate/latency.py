"""How long answers take: a quantile with the interval that order statistics give, whatever the distribution."""

from collections.abc import Sequence

from metier.evaluate.quantiles import beta_cdf
from metier.types import Estimate


def quantile(values: Sequence[float], share: float, confidence: float = 0.95) -> Estimate:
    """The value that `share` of the values do not exceed (0.5 = the median), with an interval of at least `confidence`.

    How many of n values lie below the true quantile is Binomial(n, share), so two ranks hold it between them (David and
    Nagaraja, Order Statistics, 7.1). Where n is too small for an upper rank, `high` is infinite. Values count as independent.
    """
    n = len(values)
    if n == 0:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    if not 0 < share < 1:
        raise ValueError(f"a quantile is asked for by a share between 0 and 1, not {share}")
    ordered = sorted(values)
    tail = (1 - confidence) / 2
    below = [
        _at_most(count, n, share) for count in range(n)
    ]  # P(at most `count` values lie below the quantile)
    low = max((rank for rank in range(n) if below[rank] <= tail), default=-1)
    high = next((rank for rank in range(n) if below[rank] >= 1 - tail), n)
    return Estimate(
        ordered[min(n - 1, int(share * n))],
        ordered[low] if low >= 0 else 0.0,
        ordered[high] if high < n else float("inf"),
        n,
    )


def _at_most(count: int, n: int, share: float) -> float:
    return 1.0 if count >= n else 1 - beta_cdf(share, count + 1, n - count)
