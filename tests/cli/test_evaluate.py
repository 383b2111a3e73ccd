"""`metier evaluate run` and `plan`: what is asked, kept and said."""

import json
from pathlib import Path

import pytest

from metier.store.workspace import Workspace
from tests.cli.kept import run
from tests.evaluate.made import FakeSystem


def test_plan() -> None:
    assert (
        "needs 982 paired cases; you have 600: detects 5.1 points"
        in run("plan", "--effect", 4, "--have", 600).output
    )
    data = json.loads(run("plan", "--effect", 4, "--json").output)
    assert (data["needed"], data["detectable"], data["enough"]) == (982, None, False)


def test_run_keeps_results_and_says_what_they_came_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = FakeSystem(Workspace(tmp_path / "work"))
    monkeypatch.setattr("metier.cli.evaluate.open_system", lambda path: system)
    suite = tmp_path / "q.csv"
    suite.write_text("question,answers\n" + "How long?,six weeks\n" * 4 + "Who?,otto\n", encoding="utf-8")
    done = run("run", suite, "--out", tmp_path / "q.run.jsonl", "--name", "ours")
    assert "right: 80.0% of 5 (too few independent cases for an interval)" in done.output
    assert "5 independent cases: too few to say how it does in general (at least 10)" in done.output
    again = json.loads(
        run("run", suite, "--out", tmp_path / "q.run.jsonl", "--name", "ours", "--json").stdout
    )
    assert (again["missing"], again["figures"]["right"]["n"], len(system.kept)) == (0, 5, 5)
    production = run("run", "--production", "--out", tmp_path / "p.run.jsonl")
    assert "of 1 (too few" in production.output
    assert (tmp_path / "p.cases.jsonl").read_text().count("\n") == 1


def test_run_needs_one_suite() -> None:
    assert "one of the two" in str(run("run").exception)
    assert "one of the two" in str(run("run", "a.csv", "--production").exception)
