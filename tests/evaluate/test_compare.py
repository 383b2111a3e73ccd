import numpy as np
import pytest

from metier.errors import UserError
from metier.evaluate.compare import clustered_p_value, compare_runs, paired_share_difference
from metier.evaluate.estimates import mcnemar
from metier.evaluate.run import Run
from tests.evaluate.made import case, row, run_of


def pair(right_a: list[bool], right_b: list[bool], per_group: int = 1) -> tuple[Run, Run]:
    cases = [
        case(n, f"g{n // per_group}", tags=("odd",) if n % 2 else ("even",)) for n in range(len(right_a))
    ]
    return (
        run_of([row(of, right) for of, right in zip(cases, right_a, strict=True)], "new"),
        run_of([row(of, right) for of, right in zip(cases, right_b, strict=True)], "old"),
    )


def test_bonett_and_price_by_hand() -> None:
    # 100 pairs, 15 only ours, 5 only theirs: (16 - 6) / 102 +- 1.96 sqrt((22/102 - (10/102)^2) / 102)
    ours, theirs = [1] * 15 + [0] * 5 + [1] * 80, [0] * 15 + [1] * 5 + [1] * 80
    found = paired_share_difference(ours, theirs)
    half = 1.959964 * np.sqrt((22 / 102 - (10 / 102) ** 2) / 102)
    assert found.value == pytest.approx(0.10)
    assert found.low == pytest.approx(10 / 102 - half, rel=1e-6)
    assert found.high == pytest.approx(10 / 102 + half, rel=1e-6)


def test_clusters_widen_it_and_equal_systems_are_not_certain_to_be_equal() -> None:
    ours, theirs = [1] * 20 + [0] * 60, [0] * 80
    labels = [n // 5 for n in range(80)]
    alone, together = paired_share_difference(ours, theirs), paired_share_difference(ours, theirs, labels)
    assert together.high - together.low > 1.5 * (alone.high - alone.low)
    same = paired_share_difference([1] * 50, [1] * 50)
    assert same.low < 0 < same.high
    assert paired_share_difference([], []).n == 0
    assert clustered_p_value(ours, theirs, range(80)) == mcnemar(ours, theirs)
    assert mcnemar(ours, theirs) < clustered_p_value(ours, theirs, labels) < 0.2


def test_better_worse_and_cannot_tell_with_a_sentence() -> None:
    good, bad = [n % 10 != 0 for n in range(200)], [n % 10 > 3 for n in range(200)]
    a, b = pair(good, bad)
    better = compare_runs(a, b)
    assert better.verdict == "better"
    assert better.sentence.startswith(
        "new is better than old: right on 90.0% against 60.0% of 200 cases, +30.0 points (95%"
    )
    assert compare_runs(b, a).verdict == "worse"
    assert (better.gained, better.lost) == (60, 0)
    assert {item.name: item.verdict for item in better.slices} == {
        "tag: even": "better",
        "tag: odd": "better",
    }
    assert all(item.adjusted >= item.p_value for item in better.slices)
    same = compare_runs(a, a)
    assert same.verdict == "cannot tell"
    assert "needs" in same.sentence
    assert "you have 200" in same.sentence


def test_false_alarms_are_rare() -> None:
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(300):
        level = np.repeat(rng.beta(8, 2, 40), 3)
        ours, theirs = rng.random(120) < level, rng.random(120) < level
        found = paired_share_difference(ours, theirs, [n // 3 for n in range(120)])
        alarms += found.low > 0 or found.high < 0
    assert alarms / 300 <= 0.085  # 5% + 2.8 standard errors


def test_what_cannot_be_compared() -> None:
    a, b = pair([True] * 12, [False] * 12, per_group=2)
    with pytest.raises(UserError, match="12 cases in 6 independent groups: too few"):
        compare_runs(a, b)
    a, b = pair([True] * 12, [False] * 12)
    changed = run_of([row(case(n, tags=("new",))) for n in range(12)])
    with pytest.raises(UserError, match="not the same in both runs"):
        compare_runs(a, changed)


def test_notes_say_what_was_left_out() -> None:
    a, b = pair([True] * 20, [True] * 20)
    less = Run("old", "suite", "", "", (*b.rows[:14], row(b.rows[14].case, error="timeout")), missing=5)
    notes = compare_runs(a, less).notes
    assert notes[0].startswith("5 cases are in one run only")
    assert notes[1] == "old: 1 timeout; errors count as not right"


def test_slices_without_a_difference_are_no_crash_where_cases_come_in_groups() -> None:
    same = [n % 10 != 0 for n in range(120)]
    found = compare_runs(*pair(same, same, per_group=3))
    assert {(item.verdict, item.adjusted) for item in found.slices} == {("cannot tell", 1.0)}
    assert found.verdict == "cannot tell"
