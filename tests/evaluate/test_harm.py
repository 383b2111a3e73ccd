"""The harm test: against an independent law, the same evidence however it is looked at, and one person is no proof."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import hypergeom, nchypergeom_fisher

from metier.evaluate.harm import ALPHA, LEAST, RATIOS, Mark, evidence, growth, is_harm_shown, most_harm


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
