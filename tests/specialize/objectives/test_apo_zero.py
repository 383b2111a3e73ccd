import numpy as np
import pytest

from metier.specialize.objectives.apo_zero import apo_zero


def test_by_hand() -> None:
    found = apo_zero(*(np.array([value]) for value in (-1.0, -3.0, -2.0, -2.0)), beta=1.0)
    up = 1 / (1 + np.exp(-1))
    assert found.value == pytest.approx(2 * (1 - up))  # 0.5379
    assert found.chosen == pytest.approx([-up * (1 - up)])
    assert found.rejected == pytest.approx([up * (1 - up)])
