"""The gate passes true gains, and nothing else."""

import math
from collections.abc import Sequence

import pytest

from metier.specialize.gate import (
    ALPHA,
    FEWEST_TOLD,
    Kept,
    Pair,
    Verdict,
    alpha_of,
    gate,
    one_sided,
    unlooked,
)
from tests.specialize.made import graded


def pairs(gained: int, lost: int, same: int, slices: Sequence[str] = ()) -> list[Pair]:
    """Questions of which the candidate wins some, loses some; every one a group of its own."""
    kinds = [(False, True)] * gained + [(True, False)] * lost + [(True, True)] * same
    return [
        Pair(str(n), f"g{n}", graded(base), graded(ours), tuple(slices))
        for n, (base, ours) in enumerate(kinds)
    ]


def test_alpha_is_spent_over_the_looks() -> None:
    assert alpha_of(1) == ALPHA / 2
    assert sum(alpha_of(look) for look in range(1, 50)) <= ALPHA


def test_p_values_by_hand() -> None:
    # 9 gained, 1 lost: P(at least 9 of 10) = 11/1024
    better, worse = one_sided([True] * 9 + [False], [False] * 9 + [True], [str(n) for n in range(10)])
    assert math.isclose(better, 11 / 1024)
    assert worse > 0.9
    assert one_sided([True], [True], ["a"]) == (1.0, 1.0)


def test_groups_that_move_together_count_less() -> None:
    ours, theirs = [True] * 12 + [False] * 2, [False] * 12 + [True] * 2
    alone, _ = one_sided(ours, theirs, [str(n) for n in range(14)])
    together, _ = one_sided(ours, theirs, ["a"] * 4 + ["b"] * 4 + ["c"] * 4 + ["d"] * 2)
    assert together > alone


def test_a_clear_gain_passes() -> None:
    found = gate(pairs(40, 2, 100), 1)
    assert found.verdict == "pass", found.reason
    assert found.difference.low > 0
    assert math.isclose(found.candidate - found.base, found.difference.value)


CASES: list[tuple[str, str, Verdict]] = [
    ("inconclusive", "the least", gate(pairs(5, 0, 0), 1)),
    ("inconclusive", "the level of this look", gate(pairs(12, 8, 100), 1)),
    ("fail", "fewer right", gate(pairs(2, 20, 100), 1)),
    ("fail", "leak: x", gate(pairs(40, 2, 100), 1, leaks=["x"])),
    ("fail", "leak: x and 1 more", gate(pairs(40, 2, 100), 1, leaks=["x", "y"])),
    ("inconclusive", "0 questions", gate([], 1)),
]


@pytest.mark.parametrize(("verdict", "words", "found"), CASES)
def test_what_does_not_pass(verdict: str, words: str, found: Verdict) -> None:
    assert found.verdict == verdict
    assert words in found.reason


def test_a_later_look_must_convince_more() -> None:
    made = pairs(11, 1, 60)  # p = 13/4096 = .0032
    assert gate(made, 1).verdict == "pass"
    assert gate(made, 2).verdict == "inconclusive"


def test_a_slice_that_is_worse_blocks() -> None:
    good = pairs(60, 0, 100, ["user ann"])
    bad = [Pair(f"b{n}", f"b{n}", graded(True), graded(False), ("user bob",)) for n in range(12)]
    found = gate([*good, *bad], 1)
    assert found.verdict == "fail"
    assert list(found.harmed) == ["user bob"]


def test_what_people_liked_must_stay() -> None:
    liked = [Kept(str(n), str(n), True, n >= 12) for n in range(40)]
    found = gate(pairs(40, 2, 100), 1, kept=liked)
    assert (found.verdict, found.reason) == ("fail", "worse on answers people liked")
    few = [Kept(str(n), str(n), True, n >= 2) for n in range(15)]  # 2 of 15 lost: not shown either way
    unsure = gate(pairs(40, 2, 100), 1, kept=few)
    assert unsure.verdict == "inconclusive"
    assert "answers people liked" in unsure.reason


def test_wrong_answers_in_place_of_silence_are_seen() -> None:
    made = pairs(40, 2, 60) + [
        Pair(f"w{n}", f"w{n}", graded(False, shown=False), graded(False, shown=True)) for n in range(60)
    ]
    assert gate(made, 1).reason == "worse on wrong answers shown"


def test_an_inconclusive_verdict_says_what_would_help() -> None:
    found = gate(pairs(12, 8, 100), 1, to_label=[f"a{n}" for n in range(90)])
    assert len(found.label_next) == 60
    assert "needs" in found.plan
    assert gate(pairs(0, 0, 20), 1).plan == "no question of the gate is answered differently"
    told = found.as_json()
    assert (told["verdict"], told["questions"], told["look"]) == ("inconclusive", 120, 1)


def test_bounded_pairs_can_only_take_a_pass_away() -> None:
    lost = [Pair(f"b{n}", f"b{n}", graded(True), graded(False)) for n in range(40)]
    found = gate(pairs(40, 2, 100), 1, bounded=lost)
    assert found.verdict == "inconclusive", "they are no proof of a loss"
    assert found.difference.n == 182
    same = [Pair(f"b{n}", f"b{n}", graded(True), graded(True)) for n in range(40)]
    assert gate(pairs(40, 2, 100), 1, bounded=same).verdict == "pass"


def test_a_liked_answer_that_is_gone_decides_nothing_while_somebody_can_be_asked() -> None:
    liked = [Kept(str(n), str(n), True, n >= 12) for n in range(40)]
    assert gate(pairs(40, 2, 100), 1, kept=liked, to_label=["x"]).verdict == "inconclusive"


def test_a_look_that_cannot_pass_is_not_spent() -> None:
    assert 0.5**FEWEST_TOLD <= alpha_of(1) < 0.5 ** (FEWEST_TOLD - 1)
    found = unlooked(3, ["a", "b"])
    assert (found.verdict, found.label_next) == ("inconclusive", ("a", "b"))
    assert "of 5 answers" in found.reason
    assert "Correct more answers" in found.plan
    assert unlooked(3, ["a"] * FEWEST_TOLD).plan == ""  # saying what is right for those decides
    assert math.isnan(found.candidate)
