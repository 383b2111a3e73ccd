"""Checks of access at the doors: everything that leaves through HTTP, and what a reranking service is sent, against the naive oracle of
one world.

One check is one document in one reply, or in what is sent for one question: does its marker, uri or id occur only if the asker may see it; besides one of each count, and
one of each refusal: what is hidden must look like what does not exist, to the header. Not covered: how long a refusal takes, and the
totals of `/api/v1/status`, which count the whole ledger for everybody by design.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.acl_count import Count, total_of
from benchmarks.acl_door_bugs import DoorBug
from benchmarks.acl_door_world import PICTURE, Doors, Reply, later_world, open_doors, small_world
from benchmarks.acl_world import Doc, random_world
from metier.types import Access, Query

ABSENT = "0f" * 16  # as long as an id, and none
_EACH = 4  # hidden and open documents that are asked for by id, each time
_PLACES = ("", "?words=true", "?start=-1", "/pages/1.png", "/pages/9.png", "/pages/0.png", "/passages")
_OPEN_TO_ALL = ("/api/v1/status", "/api/v1/releases", "/api/v1/openapi.json", "/v1/models", "/", "/documents")


def check_doors(seed: int, bug: DoorBug | None = None) -> Count:
    """All checks of one world's doors; with `bug`, planted in them, only until something is found."""
    rng = np.random.default_rng(seed)
    world = small_world(random_world(rng))
    with (
        tempfile.TemporaryDirectory(prefix="metier-doors-") as folder,
        open_doors(world, Path(folder)) as doors,
    ):
        if bug is None:
            return total_of(_phases(doors, rng))
        with bug.planted(doors):
            return total_of(_phases(doors, rng), until_found=True)


def _phases(doors: Doors, rng: np.random.Generator) -> Iterator[Count]:
    """As it was; with rights newer than the index; with all of it moved on."""
    yield from _round(doors, rng)
    doors.rule(later_world(doors.world, rng))
    yield from _round(doors, rng)
    doors.follow()
    yield from _round(doors, rng)


def _round(doors: Doors, rng: np.random.Generator) -> Iterator[Count]:
    people = [
        (doors.world.people[n], doors.world.questions[n]) for n in rng.permutation(len(doors.world.people))
    ]
    for access, _ in people:
        yield from _kept(doors, access)
    # one question by all, so that what is kept by question shows
    for access, query in people[:3]:
        yield from _lists(doors, access)
        yield from _by_id(doors, access, rng)
        yield from _asked(doors, access, query)
        yield from _asked(
            doors, access, replace(query, text=f"{query.text}?")
        )  # one of the two is not answered
        yield from _asked(doors, access, people[0][1])
        yield from _others(doors, access)
        yield from _refusals(doors, access)
        for path in _OPEN_TO_ALL:
            yield _said(doors, access, f"GET {path}", doors.ask(access, "GET", path).text, doors.may_know)


# --- what is said -----------------------------------------------------------------------------------------------------


def _said(doors: Doors, access: Access, what: str, text: str, may: Callable[[Access, Doc], bool]) -> Count:
    """One check per document: nothing of it is in the text unless the asker may."""
    closed = [doc for doc in doors.world.docs if not may(access, doc)]
    leaked = [doc.uri for doc in closed if any(sign in text for sign in _signs(doors, doc))]
    told = f"{what} told {access.principal} {sorted(access.groups)} of {leaked}" if leaked else ""
    return Count(len(doors.world.docs), len(leaked), 0, told)


def _signs(doors: Doors, doc: Doc) -> tuple[str, ...]:
    return (doc.marker, doc.uri, *([doors.ids[doc.uri]] if doc.uri in doors.ids else []))


def _lists(doors: Doors, access: Access) -> Iterator[Count]:
    """The whole list and its count, the list in pages of three, and of one state."""
    wanted = {doc.uri for doc in doors.world.docs if doc.uri in doors.known and doors.may_know(access, doc)}
    live = {doc.uri for doc in doors.world.docs if doors.may_read(access, doc)}
    whole = doors.ask(access, "GET", "/api/v1/documents?count=true&limit=500")
    yield _said(doors, access, "the list", whole.text, doors.may_know)
    view = whole.json()
    yield _equal(f"the list of {access.principal}", {row["uri"] for row in view["documents"]}, wanted)
    yield _count(f"the count of {access.principal}", view["visible"], len(wanted))
    of_live = doors.ask(access, "GET", "/api/v1/documents?state=live&limit=500").json()["documents"]
    yield _equal(f"the live documents of {access.principal}", {row["uri"] for row in of_live}, live)
    page = doors.ask(access, "GET", "/api/v1/documents?limit=3").json()
    yield _count(f"the first page of {access.principal}", len(page["documents"]), min(3, len(wanted)))
    yield _count(f"what follows for {access.principal}", page["next"], 3 if len(wanted) > 3 else None)


def _equal(what: str, got: set[str], wanted: set[str]) -> Count:
    more, less = sorted(got - wanted), sorted(wanted - got)
    return Count(
        len(got | wanted),
        len(more),
        len(less),
        f"{what}: {more} too much, {less} missing" if more or less else "",
    )


def _count(what: str, got: int | None, wanted: int | None) -> Count:
    return Count(1) if got == wanted else Count(1, 1, 0, f"{what} is {got}, not {wanted}")


def _by_id(doors: Doors, access: Access, rng: np.random.Generator) -> Iterator[Count]:
    """Documents and pictures: open ones are shown; hidden ones, and those that are gone, look like none."""
    drawn = [doors.world.docs[n] for n in rng.permutation(len(doors.world.docs))]
    docs = [doc for doc in drawn if doc.uri in doors.ids]
    gone = [doc for doc in docs if doors.may_know(access, doc) and not doors.may_read(access, doc)]
    closed = [doc for doc in docs if not doors.may_know(access, doc)]
    for doc in (*gone[:1], *closed[: _EACH - 1]):
        identity = doors.ids[doc.uri]
        for place in _PLACES:
            yield _as_absent(doors, access, "GET", f"/api/v1/documents/{identity}{place}", identity, ABSENT)
    for doc in [doc for doc in docs if doors.may_read(access, doc)][:_EACH]:
        where = f"/api/v1/documents/{doors.ids[doc.uri]}"
        shown, picture = doors.ask(access, "GET", where), doors.ask(access, "GET", f"{where}/pages/1.png")
        yield _said(doors, access, f"GET {where}", shown.text, doors.may_read)
        is_whole = doc.marker in shown.text and picture.content.startswith(PICTURE)
        told = "" if is_whole else f"{doc.uri} is not shown to {access.principal}"
        yield Count(2, 0, int(not is_whole), told)


def _as_absent(
    doors: Doors, access: Access, method: str, path: str, real: str, absent: str, body: str = ""
) -> Count:
    """One check: the reply about what is hidden is that about what does not exist, but for the id that was sent."""

    def reply(name: str) -> Reply:
        sent = None if not body else json.loads(body.replace(real, name))
        return doors.ask(access, method, path.replace(real, name), sent)

    hidden, none = reply(real), reply(absent)
    same = _seen(hidden, real) == _seen(none, absent) and hidden.status >= 400
    told = f"{method} {path} {body} tells {access.principal}: {hidden.status} {hidden.text[:300]}, not {none.text[:200]}"
    return Count(1) if same else Count(1, 1, 0, told)


def _seen(reply: Reply, name: str) -> tuple[object, ...]:
    return reply.status, reply.headers, reply.text.replace(name, "")


# --- answers ----------------------------------------------------------------------------------------------------------


def _asked(doors: Doors, access: Access, query: Query) -> Iterator[Count]:
    """Whole and streamed, through both doors; and feedback to it."""
    chat = {"messages": [{"role": "user", "content": query.text}]}
    for path, body in (
        ("/api/v1/ask", {"question": query.text}),
        ("/api/v1/ask", {"question": query.text, "stream": True}),
        ("/v1/chat/completions", chat),
        ("/v1/chat/completions", {**chat, "stream": True, "stream_options": {"include_usage": True}}),
    ):
        doors.service.take()
        reply = doors.ask(access, "POST", path, body)
        sent = doors.service.take()
        yield _said(doors, access, f"models.reranker, for {query.text!r} of", sent, doors.may_read)
        yield Count(
            1,
            0,
            int(reply.status != 200),
            "" if reply.status == 200 else f"{path}: {reply.text[:300]}",
        )
        yield _said(doors, access, f"{path} {query.text!r}", reply.text, doors.may_read)
        if path == "/api/v1/ask" and "stream" not in body and reply.status == 200:
            doors.kept.append((access.principal, reply.json()["id"]))
            row = {"answer": reply.json()["id"], "kind": "thumb", "value": "up"}
            thanks = doors.ask(access, "POST", "/api/v1/feedback", row)
            yield _said(doors, access, "feedback", thanks.text, doors.may_read)


def _kept(doors: Doors, access: Access) -> Iterator[Count]:
    """Answers this person got, read again by the rights of today."""
    for owner, answer in doors.kept[-16:]:
        if owner == access.principal:
            for explain in ("", "?explain=true"):
                text = doors.ask(access, "GET", f"/api/v1/answers/{answer}{explain}").text
                yield _said(doors, access, f"an earlier answer{explain}", text, doors.may_know)


def _others(doors: Doors, access: Access) -> Iterator[Count]:
    """Answers of somebody else look like none."""
    for answer in [answer for owner, answer in doors.kept if owner != access.principal][-2:]:
        for explain in ("", "?explain=true"):
            yield _as_absent(doors, access, "GET", f"/api/v1/answers/{answer}{explain}", answer, ABSENT)
        row = f'{{"answer": "{answer}", "kind": "thumb", "value": "up"}}'
        yield _as_absent(doors, access, "POST", "/api/v1/feedback", answer, ABSENT, row)


# --- refusals ---------------------------------------------------------------------------------------------------------


def _refusals(doors: Doors, access: Access) -> Iterator[Count]:
    """Nobody we know, and files by their path."""
    nobody = Access("nobody-we-know", frozenset())
    for path in (
        "/api/v1/documents?count=true",
        "/api/v1/status",
        *(f"/api/v1/documents/{i}" for i in list(doors.ids.values())[:1]),
    ):
        reply = doors.ask(nobody, "GET", path)
        yield _said(doors, nobody, f"GET {path}", reply.text, doors.may_know)
        yield _count(f"GET {path} to nobody", reply.status, 403)
    hidden = [
        doc
        for doc in doors.world.docs
        if (doors.sources / doc.uri).exists() and not doors.may_know(access, doc)
    ]
    for doc in hidden[:1]:
        real, absent = doc.uri, doc.uri[:-5] + "~" + doc.uri[-4:]
        body = json.dumps({"paths": [str(doors.sources / real)]})
        yield _as_absent(doors, access, "POST", "/api/v1/ingest", real, absent, body)
        doors.settle()
