"""Colleagues' wording is learnt where it helps others' questions, from several people, and stays among those who may know."""

from dataclasses import replace
from typing import Any

from metier.retrieve.expansion import Expansion, weights_of
from metier.specialize.components import expansion
from metier.specialize.components.expansion import dictionary
from metier.specialize.sought import LEAST, sought
from metier.types import Release
from tests.specialize.offices import BASE, Tried, replays, rules

RULES = rules(60)


def fit(fitting: Any, tuning: Any, passages: Any = RULES) -> Any:
    return expansion.fit(BASE, fitting, tuning, lambda release: Tried(passages, release))  # type: ignore[arg-type, return-value]


def test_a_wording_that_helps_in_other_towns_is_kept() -> None:
    found = fit(replays(RULES, range(30)), replays(RULES, range(30, 50)))
    assert found.kept, found.reason
    assert found.gain.low > 0.1
    assert found.examples == 50
    part = found.changes["expansion",]
    assert set(part["groups"]["all"]["pinkslip"]) == {"travel", "expens", "claim"}
    assert all(0 < weight <= 0.5 for weight in part["groups"]["all"]["pinkslip"].values())
    after = Tried(RULES, Release("n", (), "", {}, {**BASE.parts, "expansion": part}))
    (new,) = sought(after, replays(RULES, [55]))  # type: ignore[arg-type]
    first = after.mix(new.query, after.search(new.query, new.access), 1)
    assert first[0].passage.id == new.right[0].id
    assert fit(replays(RULES, range(30)), replays(RULES, range(30, 50))).changes == found.changes


def test_what_holds_for_nobody_else_or_was_marked_by_one_person_is_dropped() -> None:
    assert not fit(replays(RULES, range(30)), replays(RULES, range(30, 50), right=1)).kept
    assert not fit(
        replays(RULES, range(30), by_chance=True), replays(RULES, range(30, 50), by_chance=True)
    ).kept
    alone = fit(replays(RULES, range(30), people=["ann"]), replays(RULES, range(30, 50)))
    assert not alone.kept
    assert "two people" in alone.reason
    few = fit(replays(RULES, range(LEAST - 1)), replays(RULES, range(30, 50)))
    assert f"{LEAST} are needed" in few.reason


def test_no_word_of_closed_documents_reaches_others() -> None:
    """HR asks about its own rules in words that all use; others who use them are told nothing of it."""
    everything = [*rules(20), *rules(20, ("hr",), 20)]
    tried = Tried(everything, BASE)
    closed = sought(tried, replays(everything, range(20, 40), people=["hal", "hix"]))  # type: ignore[arg-type]
    opened = sought(tried, replays(everything, range(20), right=2))  # type: ignore[arg-type]
    part = dictionary([*closed, *opened])
    known = Expansion(part)
    assert set(weights_of(known.added(["pinkslip"], ["all"]))) == {"park", "permit", "garag"}
    assert {"travel", "expens", "claim"} <= set(weights_of(known.added(["pinkslip"], ["all", "hr"])))
    assert "all" not in dictionary(closed)["groups"]
    staff = tried.access("ann")
    query = closed[0].query
    shown = Tried(everything, Release("n", (), "", {}, {**BASE.parts, "expansion": part})).search(
        query, staff
    )
    assert all("all" in hit.passage.groups for hits in shown.values() for hit in hits)


def test_feedback_of_one_group_teaches_its_members_alone() -> None:
    """The documents are open to all; what HR's people call them stays with HR where their feedback does."""
    asked = sought(Tried(RULES, BASE), replays(RULES, range(20), people=["hal", "hix"]))  # type: ignore[arg-type]
    closed = [replace(item, example=replace(item.example, access=("hr",))) for item in asked]
    assert set(dictionary(asked)["groups"]) == {"all"}
    assert dictionary(closed)["groups"] == {}, "no passage is HR's alone, so there is nobody to apply it to"
