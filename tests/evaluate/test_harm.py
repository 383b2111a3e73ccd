"""The harm test: against an independent law, the same evidence however it is looked at, and one person is no proof."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import hypergeom, nchypergeom_fisher

from metier.evaluate.harm import (
    ALPHA,
    ENOUGH_BEFORE,
    LEAST,
    RATIOS,
    Mark,
    against_own,
    are_enough,
    evidence,
    growth,
    is_harm_shown,
    most_harm,
)


def marks(*told: tuple[str, bool, str]) -> list[Mark]:
    """(person, gets the canary, one letter a mark: x = harm)."""
    return [Mark(person, is_canary, one == "x") for person, is_canary, letters in told for one in letters]


def test_a_block_counts_by_fishers_noncentral_hypergeometric_law() -> None:
    block = marks(("a", False, "x....."), ("b", True, "x."))
    assert len(block) == 6 + LEAST
    ratios = [nchypergeom_fisher.pmf(1, 8, 2, LEAST, r) / hypergeom.pmf(1, 8, 2, LEAST) for r in RATIOS]
    assert evidence(block) == pytest.approx(sum(ratios) / len(ratios))
    assert list(growth([*block, *block]))[1][1] == pytest.approx(sum(r**2 for r in ratios) / len(ratios))


@pytest.mark.parametrize("harmed", range(6))
def test_where_harm_is_a_draw_the_stake_stays_what_it_was_on_average(harmed: int) -> None:
    told = []
    for drawn in product(".x", repeat=5):
        if drawn.count("x") == harmed:
            told.append(evidence(marks(("a", False, "".join(drawn[:3])), ("b", True, "".join(drawn[3:])))))
    assert sum(told) / math.comb(5, harmed) == pytest.approx(1)


def test_nothing_is_known_before_both_have_spoken() -> None:
    assert evidence([]) == 1
    assert evidence(marks(("a", True, "xxxxxxxxxxxxxxx"))) == 1
    assert most_harm([]) == 1
    assert most_harm(marks(("a", True, "xx"))) == pytest.approx(1)


def test_harm_is_shown_by_several_people_not_by_one() -> None:
    live = ("l", False, ".....")
    one = marks(*[part for _ in range(20) for part in (live, ("a", True, "xx"))])
    assert evidence(one) >= 1 / ALPHA
    assert not is_harm_shown(one)
    assert is_harm_shown(one, alone=True), "where nobody else gets it"
    two = marks(*[part for _ in range(20) for part in (live, ("a", True, "xx"), live, ("b", True, "xx"))])
    assert is_harm_shown(two)
    better = marks(
        *[part for _ in range(40) for part in (("l", False, "xx"), ("a", True, ".."), ("b", True, ".."))]
    )
    assert not is_harm_shown(better)
    assert most_harm(better) < 0


def test_most_harm_holds_the_true_difference() -> None:
    rng = np.random.default_rng(3)
    told = [Mark("p", bool(side), bool(rng.random() < 0.2)) for side in rng.random(600) < 0.5]
    assert 0 < most_harm(told) < 0.3


def test_a_mark_is_put_beside_an_earlier_one_of_the_same_person() -> None:
    before = marks(("a", False, "x.."), ("b", True, "xx"))
    now = marks(("a", False, ".x.x"), ("b", True, "x.x"), ("c", True, "xx"))
    assert against_own(now, before) == marks(("a", False, ".x"), ("b", True, "."))


def course(
    grumblers: str, ratio: float, people: str = "abcdef", drift: float = 1.0
) -> tuple[list[Mark], list[Mark]]:
    """300 marks of each of the people, of whom a, b and c get the canary, and 300 from before. A fifth is harm, of grumblers three fifths;
    of the canary's `ratio` times as much, of everybody's `drift` times as much as before."""
    rng = np.random.default_rng(5)

    def said(person: str, times: float) -> bool:
        return bool(rng.random() < min(0.95, times * (0.6 if person in grumblers else 0.2)))

    rounds = [(who, who in "abc") for _ in range(300) for who in people]
    before = [Mark(who, side, said(who, 1.0)) for who, side in rounds]
    return [Mark(who, side, said(who, drift * (ratio if side else 1.0))) for who, side in rounds], before


def test_people_who_complained_before_show_no_harm_and_people_who_did_not_do() -> None:
    marked, before = course("ab", 1.0)
    assert are_enough(before)
    assert is_harm_shown(marked), "two of three complain of most answers"
    assert not is_harm_shown(marked, before=before), "as they did of the live release"
    marked, before = course("de", 2.0)
    assert is_harm_shown(marked, before=before)
    marked, before = course("", 1.0, drift=2.0)
    assert not is_harm_shown(marked, before=before), "all answers harm more than before"


def test_one_person_who_turns_is_no_harm() -> None:
    marked, before = course("", 3.0, "adef")
    assert evidence(against_own(marked, before)) >= 1 / ALPHA
    assert not is_harm_shown(marked, before=before)
    assert is_harm_shown(marked, alone=True, before=before), "where nobody else gets it"


def test_few_earlier_marks_change_nothing() -> None:
    marked, before = course("ab", 1.0)
    few = [mark for mark in before if not mark.is_canary]
    few += [mark for mark in before if mark.is_canary][: ENOUGH_BEFORE - 1]
    assert not are_enough(few)
    assert is_harm_shown(marked, before=few)
