from dataclasses import replace

import pytest

from metier.types import Citation, Draft, Evidence, Query, Statement
from metier.verify.citation import CitationIntegrity
from tests.verify.conftest import passage

SOURCE = "Leave is 30 days. Lunch is free."
PASSAGE = passage(SOURCE, start=50, end=50 + len(SOURCE))
GOOD = Citation("c1", "d", "rules.md", "", "", 1, 50, 67, "Leave is 30 days.")


def check(*citations: Citation):  # type: ignore[no-untyped-def]
    draft = Draft((Statement("s1", "Leave is 30 days.", citations),), "test")
    (finding,) = CitationIntegrity().check(Query(""), draft, (Evidence(PASSAGE, 1.0),))
    return finding


def test_a_true_citation() -> None:
    assert check(GOOD).ok
    assert check(GOOD, replace(GOOD, id="c2", start=68, end=82, quote="Lunch is free.")).ok


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"document": "other"}, "not among the evidence"),
        ({"start": 49, "end": 66}, "were not read"),
        ({"start": 70, "end": 99}, "were not read"),
        ({"quote": "Leave is 31 days."}, "not what stands"),
        ({"start": 51, "end": 68}, "not what stands"),
        ({"uri": "elsewhere.md"}, "not what stands"),
        ({"end": 50, "quote": ""}, "empty range"),
    ],
)
def test_every_untrue_citation_is_found(changed: dict[str, object], says: str) -> None:
    finding = check(GOOD, replace(GOOD, **changed))  # type: ignore[arg-type]
    assert not finding.ok
    assert finding.score == 0
    assert says in finding.detail


def test_no_citation_is_no_citation() -> None:
    assert "cites nothing" in check().detail
