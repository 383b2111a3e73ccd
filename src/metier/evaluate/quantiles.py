"""Quantiles of the beta and Student distributions without scipy, which is a test-only oracle here."""

import math
from functools import lru_cache


def beta_cdf(x: float, a: float, b: float) -> float:
    """P(Beta(a, b) <= x): the regularised incomplete beta function, to about 1e-13.

    Continued fraction by Lentz's method (Numerical Recipes, 3rd ed., 6.4).
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    front = math.exp(log_front)
    if x < (a + 1) / (a + b + 2):  # where the fraction converges fast; else by symmetry
        return front * _beta_fraction(x, a, b) / a
    return 1 - front * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    tiny = 1e-300  # keeps Lentz's denominators off zero
    c, d = 1.0, _away(1 - (a + b) * x / (a + 1), tiny)
    d = 1 / d
    result = d
    # Converges in O(sqrt(max(a, b))) terms; 10,000 covers n up to about 10^7.
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / _away(1 + even * d, tiny)
        c = _away(1 + even / c, tiny)
        result *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / _away(1 + odd * d, tiny)
        c = _away(1 + odd / c, tiny)
        step = d * c
        result *= step
        if abs(step - 1) < 1e-15:
            break
    return result


def _away(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny


def beta_quantile(p: float, a: float, b: float) -> float:
    """x with P(Beta(a, b) <= x) = p, by bisection to the last bit."""
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if beta_cdf(middle, a, b) < p:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@lru_cache(maxsize=4096)  # asked again and again for the same degrees of freedom; each is 3 ms of bisection
def t_quantile(p: float, df: float) -> float:
    """x with P(t_df <= x) = p (Student), through the beta distribution."""
    if p < 0.5:
        return -t_quantile(1 - p, df)
    if p == 0.5:
        return 0.0
    if p < 0.75:  # from the other end: near the middle 1 - x would have no digits left, and be 0
        y = beta_quantile(2 * p - 1, 0.5, df / 2)
        return math.sqrt(df * y / (1 - y))
    x = beta_quantile(2 * (1 - p), df / 2, 0.5)
    return math.sqrt(df * (1 - x) / x)
