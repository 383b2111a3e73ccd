import numpy as np
import pytest

from metier.specialize.objectives.apo_choice import choose_apo


def test_better_answers_that_beat_the_policy_are_learnt_others_only_told_apart() -> None:
    assert choose_apo(np.array([1.0, 1.0, 0.0]), np.array([0.0, 1.0, 0.5])) == "apo_zero"
    assert choose_apo(np.array([0.2, 0.4]), np.array([0.9, 0.4])) == "apo_down"
    assert choose_apo(np.array([0.5]), np.array([0.5])) == "apo_down"


def test_without_pairs_nothing_is_known() -> None:
    with pytest.raises(ValueError, match="as many answers"):
        choose_apo(np.array([]), np.array([]))
    with pytest.raises(ValueError, match="as many answers"):
        choose_apo(np.array([1.0]), np.array([1.0, 0.0]))
