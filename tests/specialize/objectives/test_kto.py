import numpy as np
import pytest

from metier.specialize.objectives.kto import kto, kto_weights
from tests.specialize.objectives.slopes import log_chances, slope

GOOD = np.array([True, False])


def test_by_hand() -> None:
    # log-ratios 1 and 0 around z0 = 1/2: both answers are half a nat on the right side of it
    policy, reference = np.array([-1.0, -2.0]), np.array([-2.0, -2.0])
    half = 1 / (1 + np.exp(0.5))
    assert kto(policy, reference, GOOD, 0.5, 1.0).value == pytest.approx(half)
    assert kto(policy, reference, GOOD, 0.5, 1.0, (1.0, 2.0)).value == pytest.approx(1.5 * half)
    below_zero = kto(policy, reference, GOOD, -3.0, 1.0).value
    assert below_zero == kto(policy, reference, GOOD, 0.0, 1.0).value


def test_the_slope_is_the_slope() -> None:
    policy, reference = log_chances(7), log_chances(7, seed=4)
    good, weight = np.arange(7) % 3 == 0, np.arange(1.0, 8.0)

    def value(at: np.ndarray) -> float:
        return kto(at, reference, good, 0.3, 0.6, (1.0, 1.2), weight).value

    found = kto(policy, reference, good, 0.3, 0.6, (1.0, 1.2), weight)
    assert found.gradient == pytest.approx(slope(value, policy), abs=1e-8)
    assert (found.gradient[good] < 0).all()
    assert (found.gradient[~good] > 0).all()


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [(10, 10, (1, 1)), (12, 10, (1, 1)), (10, 40, (4, 1)), (40, 10, (1, 3)), (0, 5, (1, 1)), (5, 0, (1, 1))],
)
def test_the_rarer_kind_is_weighed_up_into_the_papers_range(
    good: int, bad: int, expected: tuple[float, float]
) -> None:
    desirable, undesirable = kto_weights(good, bad)
    assert (desirable, undesirable) == pytest.approx(expected)
    if good and bad:
        assert 1 - 1e-9 <= desirable * good / (undesirable * bad) <= 4 / 3 + 1e-9


def test_no_marks_no_loss() -> None:
    found = kto(np.array([]), np.array([]), np.array([], dtype=bool))
    assert (found.value, found.gradient.size) == (0.0, 0)
