import numpy as np
import pytest

from metier.specialize.objectives.apo_unpaired import apo_unpaired
from metier.specialize.objectives.apo_zero import apo_zero
from tests.specialize.objectives.slopes import log_chances


def test_a_pair_taken_apart_is_half_of_apo_zero() -> None:
    chosen, rejected, first, second = (log_chances(5, seed=n) for n in range(4))
    together = apo_zero(chosen, rejected, first, second, beta=0.4)
    apart = apo_unpaired(
        np.append(chosen, rejected), np.append(first, second), np.repeat([True, False], 5), beta=0.4
    )
    assert apart.value == pytest.approx(together.value / 2)
    assert apart.gradient == pytest.approx(np.append(together.chosen, together.rejected) / 2)
