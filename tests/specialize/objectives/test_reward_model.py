import numpy as np
import pytest

from metier.specialize.objectives.reward_model import reward_model
from tests.specialize.objectives.slopes import log_chances, slope


def test_by_hand() -> None:
    found = reward_model(np.array([2.0]), np.array([1.0]))
    assert found.value == pytest.approx(np.log(1 + np.exp(-1)))
    assert reward_model(np.array([2.0]), np.array([1.0]), 0.1).value == pytest.approx(found.value + 0.9)


def test_the_slopes_are_the_slopes() -> None:
    better, worse = log_chances(5), log_chances(5, seed=4)
    found = reward_model(better, worse, 0.05)
    assert found.chosen == pytest.approx(
        slope(lambda at: reward_model(at, worse, 0.05).value, better), abs=1e-8
    )
    assert found.rejected == pytest.approx(
        slope(lambda at: reward_model(better, at, 0.05).value, worse), abs=1e-8
    )
