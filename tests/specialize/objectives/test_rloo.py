import itertools

import numpy as np
import pytest

from metier.specialize.objectives.expected_reward import expected_reward
from metier.specialize.objectives.rloo import leave_one_out, rloo
from tests.specialize.objectives.slopes import log_chances, slope


def test_by_hand() -> None:
    assert leave_one_out(np.array([[1.0, 0.0, 0.0]])).tolist() == [[1.0, -0.5, -0.5]]
    fresh = np.log([[0.5, 0.25, 0.25]])
    found = rloo(fresh, fresh, fresh, np.array([[1.0, 0.0, 0.0]]))
    assert found.value == pytest.approx(0.0)
    assert found.gradient == pytest.approx(np.array([[-1.0, 0.5, 0.5]]) / 3)
    with pytest.raises(ValueError, match="two answers or more"):
        rloo(fresh[:, :1], fresh[:, :1], fresh[:, :1], np.array([[1.0]]))


def test_the_slope_is_the_slope() -> None:
    own, sampled, reference = (log_chances(3, 4, seed=n) for n in (1, 2, 3))
    reward = np.random.default_rng(5).choice([1.0, 0.0, -2.0], (3, 4))
    found = rloo(own, sampled, reference, reward)
    assert found.gradient == pytest.approx(
        slope(lambda at: rloo(at, sampled, reference, reward).value, own), abs=1e-7
    )


def test_over_all_samples_it_is_the_slope_of_the_exact_reward() -> None:
    own, reference, reward = np.log([0.5, 0.3, 0.2]), np.log([0.2, 0.4, 0.4]), np.array([1.0, 0.0, -2.0])
    chance = np.exp(own)

    def through_softmax(free: np.ndarray) -> np.ndarray:
        return free - chance * free.sum()

    sampled = np.zeros(3)
    for drawn in itertools.product(range(3), repeat=2):
        place = list(drawn)
        found = rloo(own[[place]], own[[place]], reference[[place]], reward[[place]], beta=0.1)
        free = np.zeros(3)
        np.add.at(free, place, found.gradient[0])
        sampled += chance[place].prod() * through_softmax(free)
    exact = expected_reward(own, reference, reward, np.array([0]), beta=0.1).gradient
    assert sampled == pytest.approx(through_softmax(exact))
