"""`metier evaluate`: what is printed, the exit codes, what is written."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from metier.cli.evaluate import app
from metier.errors import UserError
from metier.evaluate.run import run_suite
from metier.evaluate.suites import Suite
from metier.store.workspace import Workspace
from metier.types import Case
from tests.evaluate.made import FakeSystem, case


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)])


def kept(path: Path, right: int, n: int = 200, name: str = "s") -> Path:
    """A run with `right` of every ten cases right."""

    def ask(of: Case) -> object:
        ok = int(of.id[1:]) % 10 < right
        return {
            "text": "six weeks" if ok else "nine weeks",
            "confidence": 0.9 if ok else 0.2,
            "citations": [],
        }

    cases = tuple(case(number) for number in range(n))
    run_suite(ask, Suite("suite", cases), system=name, now=lambda: "2026", path=path)
    return path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("runs")
    return {
        name: kept(folder / f"{name}.jsonl", right, name=name) for name, right in (("good", 9), ("bad", 5))
    }


def test_plan() -> None:
    assert (
        "needs 982 paired cases; you have 600: detects 5.1 points"
        in run("plan", "--effect", 4, "--have", 600).output
    )
    data = json.loads(run("plan", "--effect", 4, "--json").output)
    assert (data["needed"], data["detectable"], data["enough"]) == (982, None, False)


def test_compare_in_words_and_as_json(runs: dict[str, Path]) -> None:
    text = run("compare", runs["good"], runs["bad"]).output
    assert text.startswith("good is better than bad: right on 90.0% against 50.0% of 200 cases, +40.0 points")
    assert "exact McNemar p" in text
    assert json.loads(run("compare", runs["bad"], runs["good"], "--json").output)["verdict"] == "worse"


def test_the_gate_has_an_exit_code_for_each_answer(runs: dict[str, Path]) -> None:
    codes = {
        (a, b, m): run("gate", runs[a], runs[b], "--margin", m).exit_code
        for a, b, m in (("good", "bad", 0), ("bad", "good", 0), ("good", "good", 0), ("good", "good", 5))
    }
    assert codes == {
        ("good", "bad", 0): 0,
        ("bad", "good", 0): 1,
        ("good", "good", 0): 2,
        ("good", "good", 5): 0,
    }
    assert json.loads(run("gate", runs["bad"], runs["good"], "--json").output)["gate"] == "worse"
    assert isinstance(run("gate", runs["bad"], runs["good"], "--margin", -1).exception, UserError)


def test_certify_writes_the_certificate(runs: dict[str, Path], tmp_path: Path) -> None:
    done = run("certify", runs["good"], "--alpha", 0.1, "--out", tmp_path / "c.json")
    assert "may be shown unseen" in done.output
    assert json.loads((tmp_path / "c.json").read_text())["alpha"] == 0.1
    assert json.loads(run("certify", runs["good"], "--alpha", 0.1, "--json").output)["threshold"] == 0.9
    assert "not certified" in str(run("certify", runs["bad"], "--alpha", 0.01).exception)


def test_report_writes_four_files(runs: dict[str, Path], tmp_path: Path) -> None:
    done = run("report", runs["good"], "--baseline", runs["bad"], "--out", tmp_path / "r", "--json")
    data = json.loads(done.stdout)
    assert data["verdict"] == "ship with a human"
    assert all(Path(path).exists() for path in data["files"])
    assert run("report", runs["good"], "--out", tmp_path / "r").stdout.startswith("ship with a human: ")


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
