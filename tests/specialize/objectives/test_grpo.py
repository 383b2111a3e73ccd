import numpy as np
import pytest

from metier.specialize.objectives.grpo import group_advantage, grpo, grpo_scale
from tests.specialize.objectives.slopes import log_chances, slope


def test_by_hand() -> None:
    advantage = group_advantage(np.array([[1.0, 0.0, 0.0, -1.0]]))
    assert advantage == pytest.approx(np.array([[1.0, 0.0, 0.0, -1.0]]) / (np.sqrt(2 / 3) + 1e-4))
    assert group_advantage(np.ones((1, 4))).tolist() == [[0.0] * 4]
    with pytest.raises(ValueError, match="two answers or more"):
        group_advantage(np.ones(4))


def test_the_slope_is_the_slope() -> None:
    own, sampled, reference = (log_chances(3, 4, seed=n) for n in (1, 2, 3))
    reward = np.random.default_rng(5).choice([1.0, 0.0, -2.0], (3, 4))
    found = grpo(own, sampled, reference, reward, beta=0.04)
    assert found.gradient == pytest.approx(
        slope(lambda at: grpo(at, sampled, reference, reward, beta=0.04).value, own), abs=1e-6
    )


def test_the_scale_of_a_whole_policy_is_its_standard_deviation() -> None:
    policy, reward = np.log([0.5, 0.5, 0.75, 0.25]), np.array([1.0, -1.0, 1.0, 1.0])
    assert grpo_scale(policy, reward, np.array([0, 2])) == pytest.approx([1.0001, 0.0001])
