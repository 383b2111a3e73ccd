import numpy as np
import pytest

from metier.specialize.objectives.ternary_reward import ternary_reward


def test_right_and_grounded_is_worth_one_silence_nothing_anything_else_costs() -> None:
    correct = np.array([True, True, False, False, True])
    grounded = np.array([True, False, True, False, True])
    abstained = np.array([False, False, False, True, True])
    assert ternary_reward(correct, grounded, abstained, 2.0).tolist() == [1.0, -2.0, -2.0, 0.0, 0.0]


def test_a_free_mistake_is_refused() -> None:
    nothing = np.zeros(1, dtype=bool)
    with pytest.raises(ValueError, match="must cost something"):
        ternary_reward(nothing, nothing, nothing, 0.0)
