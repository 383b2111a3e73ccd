from metier.types import Draft, Query, Statement
from metier.verify.support import Support
from tests.verify.conftest import Run

SOURCE = "Employees receive 30 days of paid leave per year."


def scores(findings: list) -> dict[str, float]:  # type: ignore[type-arg]
    return {finding.check: finding.score for finding in findings}


def test_a_copied_sentence_is_fully_supported(run: Run) -> None:
    assert set(scores(run(Support(), SOURCE, SOURCE)).values()) == {1.0}


def test_scores_by_hand(run: Run) -> None:
    found = scores(run(Support(), "Employees receive free lunch.", SOURCE))
    assert found["support"] == 0.5  # employee, receive of employee, receive, free, lunch
    assert found["support_pairs"] == 1 / 3
    assert found["support_known"] == 1 - 2 / 8


def test_word_order_counts(run: Run) -> None:
    straight = scores(run(Support(), "Employees receive 30 days.", SOURCE))
    turned = scores(run(Support(), "Days 30 receive employees.", SOURCE))
    assert straight["support"] == turned["support"] == 1
    assert turned["support_order"] < straight["support_order"] == 1


def test_an_unrelated_statement_is_not_ok(run: Run) -> None:
    first = run(Support(), "Dogs are welcome in the canteen.", SOURCE)[0]
    assert (first.ok, first.check, first.statement) == (False, "support", "s1")
    assert "0%" in first.detail


def test_a_statement_without_citation_is_not_ok() -> None:
    draft = Draft((Statement("s1", SOURCE, ()),), "test")
    first = Support().check(Query(""), draft, ())[0]
    assert (first.ok, first.score, first.detail) == (False, 0.0, "it cites nothing")


def test_no_statements_no_findings() -> None:
    assert Support().check(Query(""), Draft((), "test"), ()) == []
