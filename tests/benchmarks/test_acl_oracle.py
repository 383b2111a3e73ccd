"""The oracle itself: it agrees with the product on a few worlds, and sees bugs planted in it."""

import json

import numpy as np
import pytest

from benchmarks.acl_bugs import BUGS
from benchmarks.acl_oracle import check_world, find_bug, main
from benchmarks.acl_world import Doc, World, expected, may_see, random_world
from metier.types import Access, Query

ME = Access("me", frozenset({"hr", "all"}))


def doc(identity: str, words: str, *groups: str, is_live: bool = True) -> Doc:
    return Doc(identity, f"files/marker{identity}end.txt", tuple(words.split()), groups, is_live)


def test_the_law() -> None:
    assert may_see(ME, doc("a", "anchor", "hr"))
    assert not may_see(ME, doc("a", "anchor", "HR", "hr-board"))
    assert not may_see(ME, doc("a", "anchor"))
    assert not may_see(ME, doc("a", "anchor", "hr", is_live=False))
    assert not may_see(Access("nobody", frozenset()), doc("a", "anchor", "hr"))


def test_what_a_leg_must_return() -> None:
    docs = (doc("a", "anchor basket", "hr"), doc("b", "candle", "all"), doc("c", "anchor", "it"))
    world = World(docs, (ME,), (Query("anchor"),))
    assert expected(world, "keyword", Query("anchor"), ME) == {"a"}
    assert expected(world, "keyword", Query("basket", rewrites=("candle",)), ME) == {"a", "b"}
    assert expected(world, "static", Query("anchor"), ME) == {"a", "b"}


def test_the_same_dice_give_the_same_world() -> None:
    one, other = (random_world(np.random.default_rng(5)) for _ in range(2))
    assert one == other
    assert one.changed(np.random.default_rng(1)) != one
    markers = [item.marker for item in one.docs]
    assert all(marker not in other for marker in markers for other in markers if other != marker)


def test_the_product_keeps_to_the_law_in_a_few_worlds() -> None:
    for seed in range(3):
        count = check_world(seed)
        assert (count.leaks, count.missing, count.first) == (0, 0, "")
        assert count.checks > 500


@pytest.mark.parametrize(
    "name", ["no filter in keyword search", "results cached by question", "names of newer versions",
             "citations are not checked again", "filter after the search", "weights tell of closed documents"]
)  # fmt: skip
def test_planted_bugs_are_found(name: str) -> None:
    assert find_bug(name)


def test_a_bug_is_gone_after_its_world() -> None:
    bug = next(bug for bug in BUGS if bug.name == "citations are not checked again")
    assert check_world(1, bug).leaks
    assert check_world(1).leaks == 0


def test_there_are_bugs_enough_and_they_have_names_of_their_own() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 30


def test_the_whole_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--worlds", "2", "--doors", "1", "--bugs", "1", "--jobs", "1"]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    assert metrics["leaks"]["value"] == 0
    assert metrics["leaks"]["high"] < 5
    assert metrics["door_leaks"]["value"] == 0
    assert 1000 < metrics["door_checks"]["value"] < metrics["checks"]["value"]
    assert (metrics["bugs_planted"]["value"], metrics["bugs_found"]["value"]) == (2, 1)
