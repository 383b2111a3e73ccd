import numpy as np
import pytest

from metier.text.neighbours import smoothed, vouching
from tests.builders import passage

WINGS = [
    passage("the lift of a swept wing at high speed", "w1", title=""),
    passage("wing lift and drag at high speed", "w2", title=""),
    passage("drag of the swept wing", "w3", title=""),
]
COOKING = passage("boil potatoes with salt", "c1", title="")


def test_rows_sum_to_one_or_to_nothing() -> None:
    vouch = vouching([*WINGS, COOKING])
    assert vouch.shape == (4, 4)
    assert vouch.sum(axis=1) == pytest.approx([1, 1, 1, 0])
    assert np.diag(vouch) == pytest.approx([0, 0, 0, 0])


def test_only_the_nearest_vouch() -> None:
    assert (vouching([*WINGS, COOKING], nearest=1) > 0).sum(axis=1).tolist() == [1, 1, 1, 0]


def test_none_and_one_are_alone() -> None:
    assert vouching([]).shape == (0, 0)
    assert vouching([COOKING]).tolist() == [[0.0]]


def test_a_candidate_among_good_ones_rises() -> None:
    vouch = vouching([*WINGS, COOKING])
    moved = smoothed(np.array([1.0, 0.9, 0.2, 0.3]), vouch, 0.5)
    assert moved[2] > moved[3]
    assert smoothed(np.array([1.0, 0.9, 0.2, 0.3]), vouch, 0.0) == pytest.approx([1.0, 0.9, 0.2, 0.3])
