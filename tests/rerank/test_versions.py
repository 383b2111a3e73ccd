"""Which of several versions is in force."""

from datetime import date

import pytest

from metier.rerank.versions import Versions, family, superseded
from metier.types import Entry, State
from tests.fakes import entry

TODAY = date(2026, 6, 1)


def doc(identity: str, title: str, version_date: str, uri: str = "") -> Entry:
    return entry(
        identity, uri or f"policies/{identity}.pdf", State.LIVE, title=title, version_date=version_date
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Travel policy v1", "Travel policy v2", True),
        ("Travel Policy 2024", "travel policy (amended 2025)", True),
        ("Reiserichtlinie, Fassung 2024", "Reiserichtlinie - Neufassung 2025", True),
        ("Travel policy", "Leave policy", False),
        ("Travel policy for buyers", "Travel policy", False),
        ("v1", "v2", False),
    ],
)
def test_families(one: str, other: str, same: bool) -> None:
    first, second = family(doc("a", one, "")), family(doc("b", other, ""))
    assert (first == second and first != "") is same


def test_other_folders_are_other_families() -> None:
    assert family(doc("a", "Travel policy", "", "hr/a.pdf")) != family(
        doc("b", "Travel policy", "", "it/a.pdf")
    )


def test_the_newest_that_is_not_in_the_future_is_in_force() -> None:
    docs = [
        doc("old", "Travel policy v1", "2024-01-01"),
        doc("now", "Travel policy v2", "2026-01-01"),
        doc("next", "Travel policy v3", "2027-01-01"),
        doc("alone", "Leave policy", "2020-01-01"),
        doc("undated", "Travel policy", ""),
    ]
    assert superseded(docs, TODAY) == {"old": "policies/now.pdf"}
    assert superseded(docs, date(2027, 1, 1)) == {"old": "policies/next.pdf", "now": "policies/next.pdf"}
    assert superseded(docs, date(2023, 1, 1)) == {}


def test_reports_of_different_years_are_no_versions() -> None:
    docs = [
        doc("a", "Annual report 2024", "2024-12-31", "r/a.pdf"),
        doc("b", "Annual report 2025", "2025-12-31", "r/b.pdf"),
    ]
    assert superseded(docs, TODAY) == {}


def test_two_of_the_same_day_do_not_supersede_each_other() -> None:
    docs = [doc("a", "Travel policy", "2025-01-01"), doc("b", "Travel policy", "2025-01-01")]
    assert superseded(docs, TODAY) == {}


def test_the_view_follows_the_ledger_and_the_day() -> None:
    old, new = doc("old", "Travel policy v1", "2024-01-01"), doc("new", "Travel policy v2", "2026-06-02")
    live, today = {"old": old, "new": new}, [TODAY]
    versions = Versions(lambda: live, lambda: today[0])
    assert versions.superseded_by("old") == ""
    today[0] = date(2026, 6, 2)
    assert versions.superseded_by("old") == "policies/new.pdf"
    live = {"old": old}
    assert versions.superseded_by("old") == ""
    assert versions.superseded_by("unknown") == ""
