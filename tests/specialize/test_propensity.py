import math

import numpy as np
import pytest

from metier.specialize.propensity import choose_weighting, effective_rows, inverse, worth


def test_rare_answers_count_more_up_to_a_bound() -> None:
    weights = inverse([0.5, 0.25, 0.001], most=8.0)
    assert weights == pytest.approx(np.array([2, 4, 8]) * 3 / 14)
    assert inverse([0.5, None, 0.25]) == pytest.approx([2 / 3, 1.0, 4 / 3])
    assert inverse([None, None]).tolist() == [1.0, 1.0]
    for wrong in (0.0, -0.1, 1.5):
        with pytest.raises(ValueError, match="above 0"):
            inverse([wrong])


def test_effective_rows_by_hand() -> None:
    assert effective_rows(np.ones(5)) == pytest.approx(5)
    assert effective_rows(np.array([3.0, 1.0])) == pytest.approx(16 / 10)
    assert effective_rows(np.zeros(3)) == 0.0


def test_it_is_used_only_where_enough_rows_still_count() -> None:
    even = choose_weighting([0.5] * 30 + [0.25] * 30)
    assert even.kind == "ips"
    assert even.weights.mean() == pytest.approx(1.0)
    assert 50 < even.effective < 60
    uneven = choose_weighting([0.99] * 95 + [0.01] * 5)
    assert uneven.kind == "plain"
    assert uneven.weights.tolist() == [1.0] * 100
    assert "would leave" in uneven.note
    assert choose_weighting([0.5, 0.4]).kind == "plain"
    assert choose_weighting([None] * 50).note == "no propensities were logged"
    assert choose_weighting([]).weights.size == 0


def test_a_weighting_that_costs_on_rows_left_out_is_not_used() -> None:
    chances = [0.5] * 30 + [0.25] * 30
    assert choose_weighting(chances, lambda weights: float(weights.std())).kind == "ips"
    worse = choose_weighting(chances, lambda weights: -float(weights.std()))
    assert worse.kind == "plain"
    assert "cost" in worse.note


def test_what_another_policy_would_have_earned() -> None:
    rng = np.random.default_rng(3)
    good = rng.random(1000) < 0.2  # the old policy gives the good answer every fifth time
    logged = np.where(good, 0.2, 0.8)
    found = worth(good.astype(float), logged, np.where(good, 0.7, 0.3), rng)
    assert found.low < 0.7 < found.high
    assert found.n == 1000
    assert math.isnan(worth(np.ones(3), np.ones(3), np.zeros(3), rng).value)
