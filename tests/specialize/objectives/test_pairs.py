"""The laws that hold for every objective over pairs; what each is by hand stands in its own file."""

from collections.abc import Callable

import numpy as np
import pytest

from metier.specialize.objectives.apo_down import apo_down
from metier.specialize.objectives.apo_zero import apo_zero
from metier.specialize.objectives.dpo import dpo
from metier.specialize.objectives.loss import PairLoss
from metier.specialize.objectives.robust_dpo import robust_dpo
from tests.specialize.objectives.slopes import log_chances, slope

ALL: list[Callable[..., PairLoss]] = [dpo, robust_dpo, apo_zero, apo_down]
SIDES = [log_chances(6, seed=n) for n in range(4)]
WEIGHT = np.array([1.0, 2.0, 0.0, 1.0, 0.5, 1.0])


@pytest.mark.parametrize("objective", ALL)
def test_the_slopes_are_the_slopes(objective: Callable[..., PairLoss]) -> None:
    chosen, rejected, *reference = SIDES
    found = objective(chosen, rejected, *reference, beta=0.7, weight=WEIGHT)
    up = slope(lambda at: objective(at, rejected, *reference, beta=0.7, weight=WEIGHT).value, chosen)
    down = slope(lambda at: objective(chosen, at, *reference, beta=0.7, weight=WEIGHT).value, rejected)
    assert found.chosen == pytest.approx(up, abs=1e-8)
    assert found.rejected == pytest.approx(down, abs=1e-8)
    assert found.chosen[2] == found.rejected[2] == 0.0


@pytest.mark.parametrize("objective", ALL)
def test_the_worse_answer_becomes_less_likely(objective: Callable[..., PairLoss]) -> None:
    found = objective(*SIDES, beta=0.7)
    assert (found.rejected > 0).all()
    if objective is not apo_down:  # which pulls the better one down, too, once they are apart
        assert (found.chosen < 0).all()


@pytest.mark.parametrize("objective", ALL)
def test_no_pairs_no_loss(objective: Callable[..., PairLoss]) -> None:
    nothing = np.array([])
    found = objective(nothing, nothing, nothing, nothing)
    assert (found.value, found.chosen.size, found.rejected.size) == (0.0, 0, 0)
