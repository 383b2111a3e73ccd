"""No document, conversation or question is on both sides, and the gate is later than what was learnt."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from metier.specialize.splits import documents_of, leaks, split
from metier.types import Turn
from tests.specialize.made import example, quote


def test_examples_are_dealt_out_in_time() -> None:
    items = [example(f"a{n:02d}", evidence=(quote("x", f"{n}.txt"),)) for n in range(20)]
    found = split(items)
    assert [len(part) for part in (found.fit, found.tune, found.gate)] == [10, 4, 6]
    assert max(item.at for item in found.fit) < min(item.at for item in found.gate)
    sealed = split(items, has_gate=True)
    assert [len(part) for part in (sealed.fit, sealed.tune, sealed.gate)] == [14, 6, 0]


def test_the_gate_gets_what_it_needs_once_there_is_enough_to_learn_from() -> None:
    def sizes(count: int) -> list[int]:
        found = split([example(f"a{n:04d}", evidence=(quote("x", f"{n}.txt"),)) for n in range(count)])
        return [len(part) for part in (found.fit, found.tune, found.gate)]

    assert sizes(100) == [49, 21, 30]
    assert sizes(240) == [77, 33, 130]
    assert sizes(1000) == [490, 210, 300]
    assert split([]).gate == ()


def test_nearly_the_same_questions_are_found_as_if_all_were_compared() -> None:
    dice = random.Random(7)
    words = [f"word{n}" for n in range(30)]
    for _ in range(30):
        items = [
            example(f"a{n:03d}", question=" ".join(dice.sample(words, dice.randrange(1, 12))))
            for n in range(40)
        ]
        own = {item.id: set(item.question.split()) for item in items}
        near = {
            (one, other) for one in own for other in own
            if one < other and len(own[one] & own[other]) >= 0.8 * len(own[one] | own[other])
        }  # fmt: skip
        groups = split(items).groups
        assert all(groups[one] == groups[other] for one, other in near)
        assert len(set(groups.values())) >= len(items) - len(near)


def test_what_belongs_together_stays_together() -> None:
    one = example("a1", question="What does the pump cost?")
    same = example("a2", question="what does the pump cost")
    later = example("a3", question="And in blue?", history=(Turn("What does the pump cost?", "5"),))
    shared = example("a4", question="Who sells it?", evidence=(quote("x"),))
    document = example("a5", question="When was it founded?", shown=(quote("y"),))
    alone = example("a6", question="How warm is the hall?")
    groups = split([one, same, later, shared, document, alone]).groups
    assert groups["a1"] == groups["a2"] == groups["a3"]
    assert groups["a4"] == groups["a5"]
    assert len(set(groups.values())) == 3


def test_a_group_with_most_of_all_is_only_learnt_from() -> None:
    big = [example(f"b{n}", evidence=(quote("x", "handbook.txt"),), at="9") for n in range(8)]
    small = [example(f"s{n}", evidence=(quote("x", f"{n}.txt"),), at="1") for n in range(4)]
    found = split(big + small)
    assert set(found.fit) >= set(big)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 20))
def test_nothing_is_lost_and_nothing_leaks(seed: int, count: int, documents: int) -> None:
    dice = random.Random(seed)
    items = [
        example(
            f"a{n:03d}", evidence=(quote("x", f"{dice.randrange(documents)}.txt"),), at=f"{dice.random():.6f}"
        )
        for n in range(count)
    ]
    found = split(items)
    parts = (found.fit, found.tune, found.gate)
    assert sorted(item.id for part in parts for item in part) == sorted(item.id for item in items)
    assert leaks([*found.fit, *found.tune], found.gate) == []
    assert leaks(found.fit, found.tune) == []


def test_a_leak_is_seen() -> None:
    one = example("a1", evidence=(quote("x"),))
    assert leaks([one], [example("a2", shown=(quote("z"),))]) == ["a2"]
    assert leaks([one], [example("a3", question="WHAT is the price of item a1")]) == ["a3"]
    assert leaks([one], [example("a4", feedback=("fa1",))]) == ["a4"]
    assert leaks([one], [example("a5")]) == []
    assert documents_of(example("a6", rejected=(quote("x"),))) == {"leave.txt"}
