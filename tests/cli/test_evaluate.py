"""`metier evaluate run` and `plan`: what is asked, kept and said."""

import json
from pathlib import Path

import pytest

from metier.errors import UserError
from metier.store.workspace import Workspace
from metier.types import Answer, Feedback, LedgerCount
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
    assert again["kept"] == 5
    told = run("run", suite, "--out", tmp_path / "q.run.jsonl", "--name", "ours").output
    assert "(0 cases asked now, 5 kept from before; to ask those again, name another --out)" in told
    production = run("run", "--production", "--out", tmp_path / "p.run.jsonl")
    assert "of 1 (too few" in production.output
    assert (tmp_path / "p.cases.jsonl").read_text().count("\n") == 1


def test_other_settings_are_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = FakeSystem(Workspace(tmp_path / "work"))
    system.workspace.root.mkdir()
    monkeypatch.setattr("metier.cli.evaluate.open_system", lambda path: system)
    suite = tmp_path / "q.csv"
    suite.write_text("question,answers\nHow long?,six weeks\n", encoding="utf-8")
    words = ("run", suite, "--out", tmp_path / "q.run.jsonl")
    settings = system.workspace.settings
    settings.write_text("users: [{id: me, groups: [all]}]", encoding="utf-8")
    assert run(*words).exit_code == 0
    settings.write_text("# other words\nusers: [{id: me, groups: [all]}]\nserve: {port: 1}", encoding="utf-8")
    assert run(*words).exit_code == 0
    for more, told in (
        (
            "models: {generator: {source: 'endpoint:http://127.0.0.1:9/v1', name: m}}",
            "metier.yaml has changed",
        ),
        ("thresholds: {abstain: 0.9}", "thresholds.abstain of metier.yaml has changed"),
        ("groups: [{match: '**', allow: [all]}]", "users or rules for documents"),
    ):
        settings.write_text(f"users: [{{id: me, groups: [all]}}]\n{more}\n", encoding="utf-8")
        assert told in str(run(*words).exception)


def test_an_error_is_told_with_what_it_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = FakeSystem(Workspace(tmp_path / "work"))

    def unknown(question: str, user: str | None = None, **_: object) -> Answer:
        raise UserError(f"unknown user {user!r}; metier.yaml knows me")

    monkeypatch.setattr(system, "ask", unknown)
    monkeypatch.setattr("metier.cli.evaluate.open_system", lambda path: system)
    suite = tmp_path / "q.csv"
    suite.write_text("question,answers,user\nHow long?,six weeks,anna\n", encoding="utf-8")
    found = run("run", suite, "--out", tmp_path / "q.run.jsonl")
    assert (
        "1 cases ended as error: user_error, e.g. UserError: unknown user 'anna'; metier.yaml" in found.output
    )
    assert found.exit_code == 1
    told = json.loads(run("run", suite, "--out", tmp_path / "r.run.jsonl", "--json").stdout)
    assert "unknown user 'anna'" in told["error_details"]["user_error"]


def test_cases_of_production_are_those_of_now_unless_a_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = FakeSystem(Workspace(tmp_path / "work"))
    monkeypatch.setattr("metier.cli.evaluate.open_system", lambda path: system)
    system.ask("How long?")
    results, cases = tmp_path / "p.run.jsonl", tmp_path / "p.cases.jsonl"
    run("run", "--production", "--out", results)
    before = cases.read_text(encoding="utf-8")
    rows = [Feedback("f2", "0", "expert_answer", "eight weeks", "me", "")]
    monkeypatch.setattr(system, "feedback", lambda answer_id=None: rows)
    again = run("run", "--production", "--out", results)
    assert "what people said since is not in them" in again.stderr
    assert cases.read_text(encoding="utf-8") == before
    results.unlink()
    run("run", "--production", "--out", results)
    assert "eight weeks" in cases.read_text(encoding="utf-8")


def test_run_needs_one_suite() -> None:
    assert "one of the two" in str(run("run").exception)
    assert "one of the two" in str(run("run", "a.csv", "--production").exception)


def test_a_system_that_changes_while_it_is_asked_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = FakeSystem(Workspace(tmp_path / "work"))
    monkeypatch.setattr("metier.cli.evaluate.open_system", lambda path: system)
    suite = tmp_path / "q.csv"
    suite.write_text("question,answers\nHow long?,six weeks\n", encoding="utf-8")
    assert "while it was asked" not in run("run", suite, "--out", tmp_path / "a.run.jsonl").output
    monkeypatch.setattr(system, "count", lambda: LedgerCount(3 + len(system.kept), {}, {}))
    system.kept.clear()
    told = run("run", suite, "--out", tmp_path / "b.run.jsonl").output
    assert "while it was asked: documents have changed since; the figures mix answers" in told
