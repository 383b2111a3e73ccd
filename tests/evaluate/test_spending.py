import pytest
from hypothesis import given
from hypothesis import strategies as st

from metier.evaluate.spending import judge, level_of_next


def test_every_look_has_its_share_and_a_pass_hands_its_level_on() -> None:
    assert level_of_next(0.05, 5, []) == pytest.approx(0.01)
    assert level_of_next(0.05, 5, ["cannot tell"]) == pytest.approx(0.01)
    assert level_of_next(0.05, 5, ["pass", "pass"]) == pytest.approx(0.03)
    assert level_of_next(0.05, 5, ["pass", "worse"]) == pytest.approx(0.01)
    assert level_of_next(0.05, 2, ["worse", "worse"]) == 0


@given(st.lists(st.sampled_from(["pass", "worse", "cannot tell"]), max_size=20))
def test_levels_of_looks_that_did_not_pass_never_sum_above_alpha(words: list) -> None:  # type: ignore[type-arg]
    spent = [level_of_next(0.05, 20, words[:number]) for number in range(len(words))]
    assert sum(x for x, word in zip(spent, words, strict=True) if word != "pass") <= 0.05 + 1e-12


def test_one_word_for_better_worse_and_neither() -> None:
    good, bad = [True] * 180 + [False] * 20, [True] * 100 + [False] * 100
    groups = range(200)
    assert judge(good, bad, groups, 0.001)[0] == "pass"
    assert judge(bad, good, groups, 0.001)[0] == "worse"
    assert judge(bad, bad, groups, 0.001)[0] == "cannot tell"
    assert judge(bad, bad, groups, 0.001, margin=0.1)[0] == "pass"
    few = [number // 50 for number in groups]  # four documents prove nothing
    assert judge(good, bad, few, 0.001)[0] == "cannot tell"
