import math

import numpy as np
import pytest
from scipy import stats

from metier.evaluate.latency import quantile


def test_the_ranks_are_those_of_the_binomial() -> None:
    found = quantile([float(i) for i in range(1, 101)], 0.5)
    # P(Binomial(100, .5) <= 39) = .0176 and <= 59 = .9716, <= 60 = .9824: ranks 40 and 61, the textbook's
    assert (found.value, found.low, found.high, found.n) == (51.0, 40.0, 61.0, 100)
    assert stats.binom.cdf(39, 100, 0.5) <= 0.025 <= stats.binom.cdf(40, 100, 0.5)


def test_it_covers_the_true_quantile() -> None:
    rng = np.random.default_rng(3)
    truth = float(stats.lognorm(0.8).ppf(0.95))
    held = 0
    for _ in range(400):
        found = quantile(list(rng.lognormal(0, 0.8, 200)), 0.95)
        held += found.low <= truth <= found.high
    assert held / 400 > 0.93


def test_too_few_values_have_no_upper_end_and_none_are_unknown() -> None:
    assert quantile([1.0, 2.0, 3.0], 0.95).high == math.inf
    assert math.isnan(quantile([], 0.5).value)
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile([1.0], 1.0)
