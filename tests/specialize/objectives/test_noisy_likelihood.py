import numpy as np
import pytest

from metier.specialize.objectives.noisy_likelihood import noisy_likelihood
from metier.specialize.objectives.sft import sft
from tests.specialize.objectives.slopes import log_chances, slope


def test_by_hand() -> None:
    assert noisy_likelihood(np.log([0.5]), 0.1).value == pytest.approx(np.log(2))
    assert noisy_likelihood(np.log([0.8]), 0.1).value == pytest.approx(-np.log(0.9 * 0.8 + 0.1 * 0.2))
    own = log_chances(4)
    assert noisy_likelihood(own).value == pytest.approx(sft(own).value)
    assert noisy_likelihood(own).gradient == pytest.approx(sft(own).gradient)


def test_a_label_that_cannot_be_true_costs_a_bounded_amount_and_pulls_no_more() -> None:
    found = noisy_likelihood(np.array([-800.0]), 0.1)
    assert found.value == pytest.approx(-np.log(0.1))
    assert found.gradient == pytest.approx([0.0])


def test_the_slope_is_the_slope() -> None:
    own, noise = log_chances(5), np.array([0.0, 0.1, 0.2, 0.3, 0.4])
    found = noisy_likelihood(own, noise, np.arange(1.0, 6.0))
    assert found.gradient == pytest.approx(
        slope(lambda at: noisy_likelihood(at, noise, np.arange(1.0, 6.0)).value, own), abs=1e-8
    )


@pytest.mark.parametrize("noise", [-0.1, 0.5])
def test_noise_that_leaves_nothing_is_refused(noise: float) -> None:
    with pytest.raises(ValueError, match="noise of a label"):
        noisy_likelihood(np.array([-1.0]), noise)
