import numpy as np
import pytest

from metier.specialize.objectives.clipped import clipped_surrogate


def test_an_answer_that_has_moved_far_enough_stops_pulling() -> None:
    sampled = np.log([0.2, 0.2, 0.2])
    policy = np.log([0.2, 0.3, 0.1])  # ratios 1, 1.5, 0.5
    loss, slope = clipped_surrogate(policy, sampled, np.ones(3), 0.2)
    assert loss == pytest.approx([-1.0, -1.2, -0.5])
    assert slope == pytest.approx([-1.0, 0.0, -0.5])
    loss, slope = clipped_surrogate(policy, sampled, -np.ones(3), 0.2)
    assert loss == pytest.approx([1.0, 1.5, 0.8])
    assert slope == pytest.approx([1.0, 1.5, 0.0])
