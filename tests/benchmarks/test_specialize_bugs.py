"""The laws hold in the product as it is, and planted mistakes break them."""

import pytest

from benchmarks.specialize_bugs import BUGS
from benchmarks.specialize_laws import LAWS, Bug, broken, planted
from metier.specialize import cleaning, gate


@pytest.mark.parametrize("room", LAWS)
def test_the_product_keeps_the_laws(room: str) -> None:
    assert broken(room, 11, worlds=1) == ""


@pytest.mark.parametrize("bug", BUGS, ids=[f"{one.room}: {one.name}" for one in BUGS])
def test_every_planted_bug_is_found(bug: Bug) -> None:
    assert bug.found(11)


def test_there_are_thirty_and_more_and_each_has_its_own_name() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 30
    assert {bug.room for bug in BUGS} == set(LAWS)


def test_a_bug_is_gone_afterwards() -> None:
    before = gate.alpha_of, cleaning.clean
    with planted({(gate, "alpha_of"): None, (cleaning, "clean"): None}):
        assert gate.alpha_of is None
    assert (gate.alpha_of, cleaning.clean) == before
