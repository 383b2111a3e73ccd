from datetime import UTC, datetime

import pytest

from metier.errors import UserError
from metier.evaluate.report import Report, build_report
from metier.evaluate.run import Run
from tests.evaluate.made import case, row, run_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def report(wrong_every: int = 0, sure: bool = True, n: int = 400, leak: bool = False) -> Report:
    rows = []
    for i in range(n):
        wrong = bool(wrong_every) and i % wrong_every == 0
        rows.append(row(case(i), right=not wrong, confidence=0.2 if wrong and sure else 0.9 - i / 10_000))
    if leak:
        rows.append(row(case(n, kind="permission")))
    return build_report(run_of(rows), None, 0.05, 0.05, NOW)


def test_the_verdict_follows_the_rule() -> None:
    assert report().verdict == "ship"
    assert "of 400 independent answers shown (one of each group) 0 are wrong" in report().reasons[0]
    human = report(wrong_every=4)
    assert human.verdict == "ship with a human"
    assert human.certificate is not None
    assert human.certificate.sentence in human.reasons
    bad = report(wrong_every=3, sure=False)
    assert (bad.verdict, bad.certificate) == ("do not ship", None)
    assert "not certified" in bad.reasons[1]
    assert report(n=30).verdict == "do not ship"  # all right, but too few to say so
    leaking = report(leak=True)
    assert leaking.verdict == "do not ship"
    assert "leaked" in leaking.reasons[0]


def test_what_was_not_tested_is_listed() -> None:
    told = report().untested
    assert "no cases of kind injection" in told
    assert "citations: the system gives none" in told
    assert any("not sealed" in item for item in told)
    silent = build_report(
        run_of([row(case(i), confidence=None) for i in range(20)] + [row(case(30), error="timeout")]),
        None,
        0.05,
        0.05,
        NOW,
    )
    assert any(item.startswith("confidence") for item in silent.untested)
    assert any(item.startswith("1 cases ended in an error") for item in silent.untested)
    assert silent.curve == ()


def test_the_curve_ends_at_what_was_shown() -> None:
    rows = [row(case(i), right=i >= 5, confidence=i / 20, declined=i >= 15) for i in range(20)]
    curve = build_report(run_of(rows), None, 0.05, 0.05, NOW).curve
    assert curve[-1] == (0.75, pytest.approx(5 / 15))
    assert curve[0] == (0.05, 0.0)


def test_reasons_are_counted_without_their_details() -> None:
    rows = [row(case(0), right=False), row(case(1), right=False), row(case(2), error="timeout"), row(case(3))]
    assert build_report(run_of(rows), None, 0.05, 0.05, NOW).reasons_wrong == {
        "the gold answer is not in the first 3 statements": 2, "error: timeout": 1,
    }  # fmt: skip


def test_a_baseline_is_compared_or_it_is_said_why_not() -> None:
    good, bad = ([row(case(i), right=i % 10 >= k) for i in range(100)] for k in (1, 5))
    assert build_report(run_of(good), run_of(bad, "old"), 0.05, 0.05, NOW).comparison.verdict == "better"  # type: ignore[union-attr]
    assert "too few" in build_report(run_of(good[:5]), run_of(bad[:5]), 0.05, 0.05, NOW).no_comparison
    assert report().no_comparison == "no baseline was given"


def test_a_run_without_rows_is_no_report() -> None:
    with pytest.raises(UserError, match="no rows"):
        build_report(Run("s", "t", "", "", (), missing=3), None, 0.05, 0.05, NOW)
