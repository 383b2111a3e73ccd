"""The doors' oracle: it finds nothing in a tiny world, and the mistakes that are planted there."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.acl_door_bugs import DOOR_BUGS
from benchmarks.acl_door_world import Doors, later_world, open_doors, small_world
from benchmarks.acl_doors import check_doors
from benchmarks.acl_oracle import find_door_bug
from benchmarks.acl_world import Doc, World, random_world
from metier.serve import asking
from metier.types import Access, Query

ME = Access("me", frozenset({"hr"}))
YOU = Access("you", frozenset({"board"}))


def doc(identity: str, *groups: str, is_live: bool = True) -> Doc:
    return Doc(identity, f"files/marker{identity}end.txt", ("anchor",), groups, is_live)


TINY = World(
    (doc("a", "hr"), doc("b", "board"), doc("c", "hr", is_live=False)), (ME, YOU), (Query("anchor"),) * 2
)


def uris(doors: Doors, access: Access) -> set[str]:
    return {row["uri"] for row in doors.ask(access, "GET", "/api/v1/documents").json()["documents"]}


def test_the_doors_follow_the_world(tmp_path: Path) -> None:
    a, b, c = (item.uri for item in TINY.docs)
    with open_doors(TINY, tmp_path) as doors:
        assert (uris(doors, ME), uris(doors, YOU)) == ({a}, {b})
        assert doors.there == {a, b}
        docs = (replace(TINY.docs[0], groups=("board",)), TINY.docs[1], replace(TINY.docs[2], is_live=True))
        doors.rule(replace(TINY, docs=docs))
        assert (uris(doors, ME), uris(doors, YOU)) == (set(), {a, b})
        doors.follow()
        assert (uris(doors, ME), uris(doors, YOU)) == ({c}, {a, b})
        assert doors.may_read(ME, docs[2])
        assert not doors.may_read(ME, docs[0])


def test_the_generator_is_mad_and_only_what_is_open_comes_out(tmp_path: Path) -> None:
    question = {"question": "anchor"}
    with open_doors(TINY, tmp_path) as doors:
        text = doors.ask(ME, "POST", "/api/v1/ask", question).text
        assert TINY.docs[0].marker in text
        assert TINY.docs[1].marker not in text
        answer = doors.ask(YOU, "POST", "/api/v1/ask", question).json()
        trace = doors.system.stored_trace(answer["id"])
        assert trace is not None
        assert trace.draft is not None
        assert TINY.docs[0].marker in repr(trace.draft)
        explained = doors.ask(YOU, "GET", f"/api/v1/answers/{answer['id']}?explain=true").text
        assert TINY.docs[1].marker in explained
        assert TINY.docs[0].marker not in explained


def test_a_rerank_service_is_sent_what_the_asker_may_see(tmp_path: Path) -> None:
    with open_doors(TINY, tmp_path) as doors:
        doors.ask(ME, "POST", "/api/v1/ask", {"question": "anchor"})
        sent = doors.service.take()
        assert (doors.service.requests, TINY.docs[0].marker in sent) == (1, True)
        assert TINY.docs[1].marker not in sent
        doors.rule(replace(TINY, docs=(replace(TINY.docs[0], groups=("board",)), *TINY.docs[1:])))
        doors.ask(ME, "POST", "/api/v1/ask", {"question": "anchor"})
        assert doors.service.take() == "", "the rights of now, not those of the index"


def test_somebody_loses_a_group_and_rights_change() -> None:
    world = small_world(random_world(np.random.default_rng(0)))
    later = later_world(world, np.random.default_rng(1))
    assert [item.uri for item in later.docs] == [item.uri for item in world.docs]
    assert later.docs != world.docs
    assert all(
        after.groups <= before.groups for before, after in zip(world.people, later.people, strict=True)
    )


def test_nothing_leaves_a_door_that_should_not() -> None:
    count = check_doors(1)
    assert (count.leaks, count.missing, count.first) == (0, 0, "")
    assert count.checks > 3000


SLOW = {
    "old answers are judged by citations alone",
    "the status names what was read last",
    "documents that are gone",
    "the rerank service is sent passages by rights of yesterday",
}


@pytest.mark.parametrize("name", [bug.name for bug in DOOR_BUGS if bug.name not in SLOW])
def test_mistakes_at_doors_are_found(name: str) -> None:
    """The slow ones show in few worlds; the benchmark plants them."""
    assert find_door_bug(name)


def test_a_mistake_is_gone_after_its_world(tmp_path: Path) -> None:
    before = asking._still_open
    bug = next(bug for bug in DOOR_BUGS if bug.name == "old answers stay open")
    with open_doors(TINY, tmp_path) as doors, bug.planted(doors):
        assert asking._still_open is not before
    assert asking._still_open is before


def test_every_mistake_has_a_name_of_its_own() -> None:
    assert len({bug.name for bug in DOOR_BUGS}) == len(DOOR_BUGS) >= 6
