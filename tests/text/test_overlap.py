import pytest

from metier.text.overlap import containment, token_f1


def test_token_f1_by_hand() -> None:
    assert token_f1(["a", "b", "b"], ["b", "c"]) == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
    assert token_f1([], []) == 1
    assert token_f1([], ["a"]) == 0


def test_containment_by_hand() -> None:
    assert containment(["a", "b", "b", "x"], ["b", "a"]) == 0.75
    assert containment([], ["a"]) == 1
