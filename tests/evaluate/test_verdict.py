import math

import pytest

from metier.evaluate.verdict import percent, share_in_words, signed, verdict
from metier.types import Estimate


@pytest.mark.parametrize(
    ("low", "high", "margin", "word"),
    [
        (0.01, 0.1, 0.0, "better"), (-0.1, -0.01, 0.0, "worse"), (-0.01, 0.1, 0.0, "cannot tell"), (0.0, 0.1, 0.0, "cannot tell"),
        (0.01, 0.1, 0.02, "cannot tell"), (-0.1, -0.03, 0.02, "worse"), (math.nan, math.nan, 0.0, "cannot tell"),
    ],
)  # fmt: skip
def test_an_interval_says_one_of_three_things(low: float, high: float, margin: float, word: str) -> None:
    assert verdict(Estimate((low + high) / 2, low, high, 50), margin) == word


def test_no_data_is_no_difference_known() -> None:
    assert verdict(Estimate(math.nan, 0.1, 0.2, 0)) == "cannot tell"
    assert share_in_words("right", Estimate(math.nan, 0, 1, 0)) == "right: no cases, so nothing is known"
    assert percent(math.nan) == "unknown"


def test_words() -> None:
    found = Estimate(0.8125, 0.771, 0.847, 1400)
    assert share_in_words("right", found) == "right: 81.2% of 1,400 (95% interval 77.1% to 84.7%)"
    assert (signed(0.024), signed(-0.1)) == ("+2.4", "-10.0")
