import numpy as np
import pytest

from metier.specialize.objectives.expected_reward import expected_reward
from tests.specialize.objectives.slopes import log_chances, slope


def test_by_hand() -> None:
    own = np.log([0.5, 0.5, 0.9, 0.1])
    reward, starts = np.array([1.0, 0.0, -1.0, 0.0]), np.array([0, 2])
    assert expected_reward(own, own, reward, starts).value == pytest.approx(-(0.5 - 0.9) / 2)
    assert expected_reward(own, own, reward, starts, weight=np.array([1.0, 0.0])).value == pytest.approx(-0.5)


def test_leaving_the_reference_costs_the_divergence() -> None:
    own, reference = np.log([0.9, 0.1]), np.log([0.5, 0.5])
    kl = 0.9 * np.log(1.8) + 0.1 * np.log(0.2)
    assert expected_reward(own, reference, np.zeros(2), np.array([0]), beta=0.3).value == pytest.approx(
        0.3 * kl
    )


def test_the_slope_is_the_slope() -> None:
    own, reference, reward = (log_chances(7, seed=n) for n in (1, 2, 3))
    starts = np.array([0, 3])
    found = expected_reward(own, reference, reward, starts, 0.2)
    assert found.gradient == pytest.approx(
        slope(lambda at: expected_reward(at, reference, reward, starts, 0.2).value, own), abs=1e-7
    )
