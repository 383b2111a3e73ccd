import numpy as np
import pytest

from metier.specialize.objectives.dpo import dpo

# log-ratios 1 and -1, so h = 2
PAIR = [np.array([value]) for value in (-1.0, -3.0, -2.0, -2.0)]


def test_by_hand() -> None:
    found = dpo(*PAIR, beta=0.5)
    assert found.value == pytest.approx(np.log(1 + np.exp(-1)))  # 0.3133
    assert found.chosen == pytest.approx([-0.5 / (1 + np.e)])
    assert found.rejected == -found.chosen
    assert dpo(*PAIR, beta=0.0).value == pytest.approx(np.log(2))
