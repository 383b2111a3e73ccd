from pathlib import Path

import pytest

from metier.errors import UserError
from metier.evaluate.run import read_run
from metier.evaluate.verbs import as_suite, certify_any, compare_any, figures_of, run_any, suite_of_production
from metier.store.workspace import Workspace
from tests.evaluate.made import FakeSystem, case

CASES = [case(n, user="otto" if n else "-") for n in range(12)]


def test_a_folder_is_opened_and_closed_and_an_open_workspace_is_not(tmp_path: Path) -> None:
    system = FakeSystem(Workspace(tmp_path / "work"))
    run = run_any(tmp_path, CASES, lambda path: system, out=tmp_path / "r.jsonl", workers=1)
    assert system.asked_by == [None, *["otto"] * 11]
    assert (system.closed, run.system, run.about["release"], run.about["ledger"]) == (
        1,
        "work (r)",
        "r",
        "3",
    )
    assert {item.confidence for item in run.rows} == {0.7}  # the draft's, not the statement's support
    run_any(system, CASES[:1], lambda path: pytest.fail("it is open"))
    assert system.closed == 1
    assert figures_of(tmp_path / "r.jsonl").right.value == 1
    assert len(suite_of_production(system)) == 1


def test_two_calls_for_any_two_systems(tmp_path: Path) -> None:
    good = run_any(lambda question: "six weeks", CASES, lambda path: pytest.fail("no"), name="good")
    bad = run_any(
        lambda question: "nine weeks",
        CASES,
        lambda path: pytest.fail("no"),
        out=tmp_path / "b.jsonl",
        name="bad",
    )
    found = compare_any(good, tmp_path / "b.jsonl")
    assert (found.verdict, found.a, found.b) == ("better", "good", "bad")
    assert read_run(tmp_path / "b.jsonl").rows == bad.rows
    with pytest.raises(UserError, match="no confidence"):
        certify_any(good, 0.1, 0.05, 100)


def test_suites_and_systems_that_are_none() -> None:
    with pytest.raises(UserError, match="same id"):
        as_suite([CASES[0], CASES[0]])
    with pytest.raises(UserError, match="a workspace, a URL or a function"):
        run_any(5, CASES, lambda path: pytest.fail("no"))  # type: ignore[arg-type]


def test_two_runs_of_one_system_go_by_their_files(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("before.jsonl", "after.jsonl")]
    for file, said in zip(files, ("nine weeks", "six weeks"), strict=True):
        run_any(
            lambda question, said=said: said, CASES, lambda path: pytest.fail("no"), out=file, name="work"
        )
    found = compare_any(files[1], files[0])
    assert (found.a, found.b) == (f"work, {files[1]}", f"work, {files[0]}")
