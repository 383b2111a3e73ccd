import pytest

from metier.evaluate.run import Row, Run
from metier.evaluate.scores import score_run, share, slices_of, summarize
from metier.types import Answer, Case, EvidenceQuote, Outcome, Statement
from tests.evaluate.made import case, row, run_of


def test_errors_are_neither_right_nor_shown() -> None:
    scores = score_run(run_of([row(case(1)), row(case(2), right=False), row(case(3), error="timeout")]))
    assert [(s.right, s.shown, s.wrong_and_shown, s.error) for s in scores] == [
        (True, True, False, ""), (False, True, True, ""), (False, False, False, "timeout"),
    ]  # fmt: skip
    assert scores[2].reason == "error: timeout: it broke"


def test_citations_count_only_for_systems_that_can_cite() -> None:
    of = case(1, evidence=(EvidenceQuote("a.md", "six weeks to the end"),))
    said = Answer("", Outcome.ANSWERED, "", (Statement("s1", "six weeks", ()),))
    for cites, right in ((False, True), (True, False)):
        run = run_of([Row(of, said, 0.1, cites=cites)])
        assert run.cites is cites
        assert score_run(run)[0].right is right
    assert score_run(run, cites=False)[0].right


def test_the_figures_have_intervals_over_groups_and_few_groups_claim_nothing() -> None:
    rows = [row(case(n, f"g{n // 2}"), right=n % 4 != 0, declined=n % 10 == 9) for n in range(80)]
    rows.append(row(case(90, error="x"), error="http_500") if False else row(case(90), error="http_500"))
    found = summarize(score_run(run_of(rows)))
    assert found.groups == 41
    assert found.right.low < found.right.value < found.right.high
    assert found.errors.value == pytest.approx(1 / 81)
    assert found.leaks.n == 0
    few = summarize(score_run(run_of(rows[:8])))
    assert (few.right.low, few.right.high) == (0, 1)


def test_variants_of_a_case_prove_no_more_rights_and_are_no_slice() -> None:
    secret = [
        case(n, f"g{n // 5}", kind="permission", tags=("noise_typo",) if n % 5 else ()) for n in range(100)
    ]
    scores = score_run(run_of([row(of, declined=True) for of in secret]))
    found = summarize(scores).leaks
    assert (found.value, found.n, found.high) == (0, 100, pytest.approx(1 - 0.025 ** (1 / 20)))
    assert not [name for name in slices_of(scores) if "noise" in name]


def test_slices_leave_out_what_is_everything() -> None:
    cases = [case(n, tags=("short", "outdated:9 weeks") if n % 2 else ("long",)) for n in range(4)]
    parts = slices_of(score_run(run_of([row(of) for of in cases])))
    assert {name: len(part) for name, part in parts.items()} == {"tag: long": 2, "tag: short": 2}


def test_a_share_of_nothing_is_not_measured() -> None:
    assert share([], lambda score: True).n == 0
    assert isinstance(case(1), Case)
    assert not Run("a", "s", "", "", ()).errors
