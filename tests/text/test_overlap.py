import pytest

from metier.text.overlap import bigram_containment, containment, longest_run, text_overlap, token_f1


def test_token_f1_by_hand() -> None:
    assert token_f1(["a", "b", "b"], ["b", "c"]) == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
    assert token_f1([], []) == 1
    assert token_f1([], ["a"]) == 0


def test_containment_by_hand() -> None:
    assert containment(["a", "b", "b", "x"], ["b", "a"]) == 0.75
    assert bigram_containment(["a", "b", "c"], ["z", "a", "b", "d", "c"]) == 0.5
    assert containment([], ["a"]) == bigram_containment(["a"], []) == 1


def test_longest_run_by_hand() -> None:
    assert longest_run(list("abcde"), list("xbcdy")) == 3
    assert longest_run([], list("a")) == 0


def test_overlap_of_texts_ignores_form_and_order() -> None:
    assert text_overlap("Die Kündigungen der Mieter", "Der Mieter hat die Kuendigung", "de") == 1
