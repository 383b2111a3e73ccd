"""Which of several versions is in force, told by file names and dates."""

from datetime import date

import pytest

from metier.rerank.versions import Versions, family, superseded
from metier.types import Entry, State
from tests.fakes import entry

TODAY = date(2026, 6, 1)


def doc(uri: str, version_date: str = "") -> Entry:
    return entry(uri, uri, State.LIVE, title="Some title", version_date=version_date)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("hr/travel-policy-v3.pdf", "hr/travel-policy-v4.docx", True),
        ("hr/travel-policy-2024.pdf", "hr/archive/travel-policy-2023.pdf", True),
        ("hr/travel-policy-2024.pdf", "hr/withdrawn/travel-policy-2023.pdf", True),
        ("hr/Reiserichtlinie_2024.pdf", "hr/Reiserichtlinie_2025.pdf", True),
        ("hr/travel-policy.pdf", "it/travel-policy.pdf", False),
        ("hr/travel-policy.pdf", "hr/leave-policy.pdf", False),
        ("hr/v1.pdf", "hr/v2.pdf", False),
    ],
)
def test_families(one: str, other: str, same: bool) -> None:
    first, second = family(doc(one)), family(doc(other))
    assert (first == second and first != "") is same


def test_the_newest_that_is_not_in_the_future_is_in_force() -> None:
    docs = [
        doc("travel-policy-v1.pdf", "2024-01-01"),
        doc("travel-policy-v2.pdf", "2026-01-01"),
        doc("travel-policy-v3.pdf", "2027-01-01"),
        doc("leave-policy-v1.pdf", "2020-01-01"),
    ]
    assert superseded(docs, TODAY) == {"travel-policy-v1.pdf": "travel-policy-v2.pdf"}
    assert set(superseded(docs, date(2027, 1, 1)).values()) == {"travel-policy-v3.pdf"}
    assert superseded(docs, date(2023, 1, 1)) == {}


def test_a_version_in_the_name_is_seen_behind_an_underscore() -> None:
    docs = [doc("contract_v1.md", "2022-01-01"), doc("contract_v2.md", "2024-03-01")]
    assert superseded(docs, TODAY) == {"contract_v1.md": "contract_v2.md"}


def test_reports_of_different_years_are_no_versions() -> None:
    assert (
        superseded([doc("report-2024.pdf", "2024-12-31"), doc("report-2025.pdf", "2025-12-31")], TODAY) == {}
    )


def test_the_view_follows_the_ledger_and_the_day() -> None:
    old, new = doc("travel-policy-v1.pdf", "2024-01-01"), doc("travel-policy-v2.pdf", "2026-06-02")
    live, today = {item.id: item for item in (old, new)}, [TODAY]
    versions = Versions(lambda: live, lambda: today[0])
    assert old.id not in versions.superseded()
    today[0] = date(2026, 6, 2)
    assert versions.superseded() == {old.id: new.uri}
    assert versions.superseded("2026-06-01") == {}
    assert versions.superseded("2026-06-02") == {old.id: new.uri}
    live = {old.id: old}
    assert old.id not in versions.superseded()
