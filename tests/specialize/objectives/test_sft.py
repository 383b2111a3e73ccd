import numpy as np
import pytest

from metier.specialize.objectives.sft import sft
from tests.specialize.objectives.slopes import log_chances, slope


def test_by_hand() -> None:
    found = sft(np.log([0.5, 0.25]))
    assert found.value == pytest.approx((np.log(2) + np.log(4)) / 2)
    assert found.gradient.tolist() == [-0.5, -0.5]
    assert sft(np.log([0.5, 0.25]), np.array([1.0, 0.0])).value == pytest.approx(np.log(2))
    assert sft(np.array([])).value == 0.0


def test_the_slope_is_the_slope() -> None:
    own, weight = log_chances(5), np.arange(5.0)
    assert sft(own, weight).gradient == pytest.approx(slope(lambda at: sft(at, weight).value, own), abs=1e-8)
