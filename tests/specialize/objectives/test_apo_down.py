import numpy as np
import pytest

from metier.specialize.objectives.apo_down import apo_down


def test_by_hand() -> None:
    found = apo_down(*(np.array([value]) for value in (-1.0, -3.0, -2.0, -2.0)), beta=1.0)
    assert found.value == pytest.approx(1 / (1 + np.exp(-1)) + 1 - 1 / (1 + np.exp(-2)))  # 0.8503


def test_once_they_are_apart_both_fall() -> None:
    found = apo_down(*(np.array([value]) for value in (0.0, -9.0, -2.0, -2.0)), beta=1.0)
    assert found.chosen[0] > 0
    assert found.rejected[0] > 0
