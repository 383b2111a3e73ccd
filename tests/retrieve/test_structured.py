"""Rows by their values; the access oracle with all engines is in test_access.py."""

import itertools
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metier.retrieve.structured import StructuredRetriever
from metier.retrieve.within import legs_within
from metier.store.passages import LancePassages
from metier.store.serving import ServedPassages
from metier.text.vocabulary import Vocabulary
from metier.types import Access, Entry, Passage, Query, State
from tests.builders import WordEmbedder, passage, table

ALL = Access("me", frozenset({"all"}))
HEADER = "Partner | End | Value (EUR)"


def register(number: int, rows: str, **more: object) -> Passage:
    return table(f"{HEADER}\n{rows}", f"r{number}", title="Contract register", **more)


PASSAGES = [
    register(0, "Nordwind | 2026-12-31 | 120,000\nSüdwind | 2025-04-30 | 80,000"),
    register(1, "Westwind | 2027-01-31 | 60,000"),
    register(2, "Ostwind | 2026-03-31 | 990,000", groups=("board",)),
    passage("The contract with Nordwind ends in 2026 and is above 100,000 EUR.", "text"),
]


@pytest.fixture(params=["table", "snapshot"])
def leg(tmp_path: Path, request: pytest.FixtureRequest) -> StructuredRetriever:
    embedder = WordEmbedder()
    kept = LancePassages(tmp_path / "passages.lance", {"static": embedder})
    kept.add(PASSAGES, {"static": embedder.embed_passages([item.text for item in PASSAGES])})
    kept.optimize()
    served = ServedPassages(kept, tmp_path / "snapshots", 64)
    if request.param == "snapshot":
        served.refresh()
    live = {item.document: Entry(item.document, item.uri, "", "", State.LIVE) for item in PASSAGES}
    return StructuredRetriever(served, lambda: live)


def found(leg: StructuredRetriever, question: str, access: Access = ALL) -> list[str]:
    return [hit.passage.document for hit in leg.retrieve(Query(question, "en"), access, 5)]


def test_passages_whose_rows_meet_the_question(leg: StructuredRetriever) -> None:
    assert found(leg, "Which contracts end in 2026?") == ["r0"]
    assert found(leg, "Which contracts are above 100,000 EUR?") == ["r0"]
    assert found(leg, "Which contracts are below 70,000 EUR?") == ["r1"]
    assert found(leg, "Which contracts end in 2031?") == []


def test_every_part_of_a_table_scores_the_same(leg: StructuredRetriever) -> None:
    hits = leg.retrieve(Query("Which contracts are above 50,000 EUR?", "en"), ALL, 5)
    assert {hit.passage.document for hit in hits} == {"r0", "r1"}
    assert (
        len({hit.score for hit in hits}) == 1
    )  # a mixture gives nothing to the last of a retriever's scores


def test_it_is_silent_where_nothing_is_asked_of_values(leg: StructuredRetriever) -> None:
    assert found(leg, "When does the contract with Nordwind end?") == []
    assert found(leg, "What are the contracts?") == []


def test_rights_and_filters_hold_inside(leg: StructuredRetriever) -> None:
    board = Access("chief", frozenset({"all", "board"}))
    assert set(found(leg, "Which contracts end in 2026?", board)) == {"r0", "r2"}
    assert found(leg, "Which contracts end in 2026?", Access("chief", board.groups, frozenset({"r2"}))) == [
        "r2"
    ]
    assert found(leg, "Which contracts end in 2026?", Access("me", ALL.groups, frozenset({"r2"}))) == []
    assert found(leg, "Which contracts end in 2026?", Access("nobody", frozenset())) == []


_row = st.tuples(st.sampled_from(("Nordwind", "Südwind")), st.integers(1, 9))
_doc = st.tuples(
    st.lists(_row, min_size=1, max_size=3),
    st.frozensets(st.sampled_from(("hr", "it", "all")), max_size=2),
    st.booleans(),
)
_worlds = itertools.count()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    world=st.lists(_doc, min_size=1, max_size=8),
    mine=st.frozensets(st.sampled_from(("hr", "it", "all")), max_size=2),
    chosen=st.none() | st.frozensets(st.sampled_from([f"d{n}" for n in range(8)]), max_size=4),
    limit=st.integers(1, 9),
    k=st.integers(1, 9),
    is_served=st.booleans(),
)
def test_it_finds_what_brute_force_finds(
    tmp_path: Path,
    world: list[Any],
    mine: frozenset[str],
    chosen: frozenset[str] | None,
    limit: int,
    k: int,
    is_served: bool,
) -> None:
    items = [
        table("Partner | Value (EUR)\n" + "\n".join(f"{name} | {value},000" for name, value in rows), f"d{n}", title="Contracts", groups=tuple(sorted(groups)))
        for n, (rows, groups, _) in enumerate(world)
    ]  # fmt: skip
    folder, embedder = tmp_path / str(next(_worlds)), WordEmbedder()
    folder.mkdir()
    kept = LancePassages(folder / "passages.lance", {"static": embedder})
    kept.add(items, {"static": embedder.embed_passages([item.text for item in items])})
    served = ServedPassages(kept, folder / "snapshots", 64)
    if is_served:
        served.refresh()
    live = {
        f"d{n}": Entry(f"d{n}", "", "", "", State.LIVE) for n, (_, _, is_live) in enumerate(world) if is_live
    }
    hits = StructuredRetriever(served, lambda: live).retrieve(
        Query(f"Which contracts are above EUR {limit},000?", "en"), Access("me", mine, chosen), k
    )
    wanted = {
        f"d{n}"
        for n, (rows, groups, is_live) in enumerate(world)
        if is_live
        and groups & mine
        and (chosen is None or f"d{n}" in chosen)
        and any(value > limit for _, value in rows)
    }
    found = [hit.passage.document for hit in hits]
    assert len(found) == len(set(found)) == min(k, len(wanted))
    assert set(found) <= wanted
    shutil.rmtree(folder)


def test_within_one_document_it_is_the_same() -> None:
    legs = {leg.name: leg for leg in legs_within(PASSAGES[:1], Vocabulary(), WordEmbedder(), None)}
    assert [
        hit.passage.document
        for hit in legs["structured"].retrieve(Query("Which contracts end in 2026?", "en"), ALL, 5)
    ] == ["r0"]
    assert legs["structured"].retrieve(Query("Who is Nordwind?", "en"), ALL, 5) == []
