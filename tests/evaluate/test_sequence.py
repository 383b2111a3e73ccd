import math

import numpy as np
import pytest

from metier.errors import UserError
from metier.evaluate.sequence import confidence_sequence, monitored_mean


def test_it_holds_at_all_times_at_once() -> None:
    rng = np.random.default_rng(4)
    for mean in (0.5, 0.95):
        missed = 0
        for _ in range(60):
            low, high = confidence_sequence(rng.random(150) < mean, 0.9)
            missed += bool(((low > mean) | (high < mean)).any())
        assert missed <= 12  # 10% promised at most; 6 + 2.6 standard errors


def test_it_narrows_and_never_widens() -> None:
    rng = np.random.default_rng(5)
    low, high = confidence_sequence(rng.beta(8, 2, 1000))
    assert (np.diff(low) >= 0).all()
    assert (np.diff(high) <= 0).all()
    assert high[-1] - low[-1] < 0.08  # a fixed-n interval has about 0.015; Hoeffding's sequence over 0.12
    assert low[-1] < 0.8 < high[-1]


def test_extremes_and_nothing() -> None:
    assert monitored_mean([1.0] * 300).low > 0.95
    assert monitored_mean([0.0] * 300).high < 0.05
    nothing = monitored_mean([])
    assert math.isnan(nothing.value)
    assert (nothing.low, nothing.high, nothing.n) == (0, 1, 0)
    for bad in ([0.5, 1.2], [math.nan]):
        with pytest.raises(UserError, match=r"0\.\.1"):
            monitored_mean(bad)
