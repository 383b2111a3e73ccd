from collections.abc import Mapping

import pytest

from metier.rerank.versions import superseded
from metier.retrieve.filtering import Filtering
from metier.types import Access, Entry, Filter, State

ALL = Access("me", frozenset({"all"}))
CHIEF = Access("chief", frozenset({"all", "board"}))


def entry(uri: str, version_date: str = "") -> Entry:
    return Entry(uri, uri, "", "", State.LIVE, version_date=version_date)


DOCUMENTS = [
    entry("contracts/sales/nordwind.pdf", "2025-03-01"),
    entry("contracts/lease.docx", "2023-06-15"),
    entry("contracts/annex.zip//notes.txt"),
    entry("policies/travel-policy-v1.pdf", "2022-01-01"),
    entry("policies/travel-policy-v2.pdf", "2024-05-01"),
    entry("board/takeover.pdf", "2025-03-02"),
]


def filtering(entries: list[Entry] = DOCUMENTS) -> Filtering:
    live = {one.id: one for one in entries}
    return Filtering(
        lambda: live, lambda uri: ("board",) if uri.startswith("board/") else ("all",), superseded
    )


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (Filter(("contracts/**",)), {"nordwind.pdf", "lease.docx", "notes.txt"}),
        (Filter(("contracts/*",)), {"lease.docx"}),
        (Filter(("contracts",)), {"nordwind.pdf", "lease.docx", "notes.txt"}),
        (Filter(("contracts/annex.zip",)), {"notes.txt"}),
        (Filter(("contracts/lease.docx", "policies/*v1*")), {"lease.docx", "travel-policy-v1.pdf"}),
        (Filter(types=("docx", "txt")), {"lease.docx", "notes.txt"}),
        (Filter(since="2024-05-01"), {"nordwind.pdf", "travel-policy-v2.pdf"}),
        (Filter(until="2023-06-15"), {"lease.docx", "travel-policy-v1.pdf"}),
        (Filter(("**/*.pdf",), since="2025-01-01"), {"nordwind.pdf"}),
        (Filter(("policies/**",), as_of="2023-01-01"), {"travel-policy-v1.pdf"}),
        (Filter(("policies/**",), as_of="2024-05-01"), {"travel-policy-v2.pdf"}),
        (Filter(as_of="2021-01-01"), {"notes.txt"}),  # what states no date may hold on any day
    ],
)
def test_what_a_filter_leaves(wanted: Filter, left: set[str]) -> None:
    chosen = filtering().choose(wanted, ALL)
    assert {uri.rpartition("/")[2] for uri in chosen.documents} == left
    assert isinstance(chosen.documents, frozenset)  # what is remembered by it needs a hash
    assert not chosen.notes


def test_it_never_adds_to_what_the_asker_may_see() -> None:
    wanted = Filter(("board/**", "contracts/**"))
    assert "board/takeover.pdf" not in filtering().choose(wanted, ALL).documents
    assert "board/takeover.pdf" in filtering().choose(wanted, CHIEF).documents
    nothing = filtering().choose(Filter(("board/**",)), ALL)
    assert not nothing.documents
    assert nothing.notes == ("no document matches 'board/**'",)  # nor that there is such a folder


def test_a_newer_version_that_is_closed_to_the_asker_takes_the_place_of_none() -> None:
    entries = [entry("p/travel-policy-v1.pdf", "2022-01-01"), entry("p/travel-policy-v2.pdf", "2024-05-01")]
    live = {one.id: one for one in entries}
    known = Filtering(lambda: live, lambda uri: ("board",) if "v2" in uri else ("all",), superseded)
    assert known.choose(Filter(as_of="2025-01-01"), ALL).documents == {"p/travel-policy-v1.pdf"}
    assert known.choose(Filter(as_of="2025-01-01"), CHIEF).documents == {"p/travel-policy-v2.pdf"}


def test_who_may_see_what_is_asked_anew_though_the_filter_is_remembered() -> None:
    rules: dict[str, tuple[str, ...]] = {}
    live: Mapping[str, Entry] = {one.id: one for one in DOCUMENTS}
    known = Filtering(lambda: live, lambda uri: rules.get(uri, ("all",)), superseded)
    wanted = Filter(("contracts/lease.docx",))
    assert known.choose(wanted, ALL).documents == {"contracts/lease.docx"}
    rules["contracts/lease.docx"] = ("board",)
    assert not known.choose(wanted, ALL).documents
    live = {"x": entry("contracts/lease.docx")} | {"board/takeover.pdf": live["board/takeover.pdf"]}
    rules.clear()
    assert known.choose(wanted, ALL).documents == {"contracts/lease.docx"}


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("contarcts/**", "did you mean 'contracts/**'?"),
        ("Contracts/sales/*", "did you mean 'contracts/sales/**'?"),
        ("contracts/leese.docx", "did you mean 'contracts/lease.docx'?"),
        ("zzz/**", "no document matches 'zzz/**'"),
    ],
)
def test_a_misspelt_path_is_told_with_the_nearest(path: str, told: str) -> None:
    [note] = filtering().choose(Filter((path,)), ALL).notes
    assert note.endswith(told)


def test_one_of_two_paths_that_meets_nothing_is_told_though_the_other_does() -> None:
    chosen = filtering().choose(Filter(("contracts/**", "polices/**")), ALL)
    assert len(chosen.documents) == 3
    assert chosen.notes == ("no document matches 'polices/**'; did you mean 'policies/**'?",)


def test_a_type_that_is_not_there_is_told_with_those_that_are() -> None:
    chosen = filtering().choose(Filter(types=("pfd",)), ALL)
    assert chosen.notes == ("no document is of type 'pfd'; there are pdf (3), docx (1), txt (1)",)


def test_documents_without_a_date_are_counted() -> None:
    assert filtering().choose(Filter(("contracts/**",), since="2030-01-01"), ALL).undated == 1
