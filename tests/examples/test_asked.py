"""The choice of cases: fixed numbers per kind, the rare ones always, the rest by seed."""

from collections import Counter
from dataclasses import replace

import pytest

from examples.company.asked import ASKED, asked, by_hand
from examples.company.model import GoldCase

BLANK = GoldCase("", "?", "u", "answerable", (), "span", "", 0.0, (), "g", "tuning", ())


def _declared(answerable: int = 260) -> list[GoldCase]:
    numbers = {**ASKED, "answerable": answerable}
    cases = [
        replace(BLANK, id=f"{kind}{i}", kind=kind, tags=("de",) if i % 2 else ())
        for kind, n in numbers.items()
        for i in range(n)
    ]
    return [*cases, *(replace(BLANK, id=f"rare{i}", tags=("two_hop",)) for i in range(30))]


def test_every_seed_asks_the_numbers_wanted_and_all_rare_cases() -> None:
    cases = _declared()
    for seed in range(10):
        kept = [case for case in cases if case.id in asked(cases, seed)]
        assert Counter(case.kind for case in kept) == ASKED
        assert sum("two_hop" in case.tags for case in kept) == 30
        german = sum("de" in case.tags for case in kept if case.kind == "answerable")
        assert german == 80  # half of the 160 that are not rare, as declared


def test_the_seed_decides_and_nothing_else() -> None:
    cases = _declared()
    assert asked(cases, 1) == asked(cases, 1)
    assert asked(cases, 1) != asked(cases, 2)


def test_too_few_cases_are_an_error() -> None:
    with pytest.raises(ValueError, match="answerable: 190 cases wanted"):
        asked(_declared(answerable=100), 1)


def test_by_hand_are_only_cases_that_have_such_a_wording() -> None:
    cases = _declared()
    able = {case.id for case in cases if case.kind != "superseded"}
    chosen = by_hand(cases, able, 1)
    kinds = Counter(case.kind for case in cases if case.id in chosen)
    assert kinds == {"answerable": 80, "unanswerable": 12, "permission": 12, "out_of_scope": 15}
    assert chosen != by_hand(cases, able, 2)
