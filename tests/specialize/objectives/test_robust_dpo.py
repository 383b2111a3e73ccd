import numpy as np
import pytest

from metier.specialize.objectives.dpo import dpo
from metier.specialize.objectives.robust_dpo import robust_dpo
from tests.specialize.objectives.slopes import log_chances

PAIR = [np.array([value]) for value in (-1.0, -3.0, -2.0, -2.0)]


def test_by_hand() -> None:
    found = robust_dpo(*PAIR, beta=0.5, swapped=0.1)
    low = np.log(1 + np.exp(-1))
    assert found.value == pytest.approx((0.9 * low - 0.1 * (1 + low)) / 0.8)  # 0.1883
    assert found.chosen == pytest.approx([-0.196970], abs=1e-6)
    assert robust_dpo(*PAIR, swapped=0.0).value == pytest.approx(dpo(*PAIR).value)


def test_swapping_at_random_leaves_the_loss_of_the_true_labels() -> None:
    chosen, rejected, first, second = (log_chances(8, seed=n) for n in range(4))
    right = robust_dpo(chosen, rejected, first, second, swapped=0.2).value
    wrong = robust_dpo(rejected, chosen, second, first, swapped=0.2).value
    assert 0.8 * right + 0.2 * wrong == pytest.approx(dpo(chosen, rejected, first, second).value)


@pytest.mark.parametrize("swapped", [-0.1, 0.5, 0.9])
def test_labels_that_say_nothing_are_refused(swapped: float) -> None:
    with pytest.raises(ValueError, match=r"below 0\.5"):
        robust_dpo(*PAIR, swapped=swapped)
