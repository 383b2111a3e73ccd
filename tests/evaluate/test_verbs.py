from dataclasses import dataclass, field
from pathlib import Path

import pytest

from metier.errors import UserError
from metier.evaluate.run import read_run
from metier.evaluate.verbs import as_suite, certify_any, compare_any, figures_of, run_any, suite_of_production
from metier.store.workspace import Workspace
from metier.types import Answer, Draft, Feedback, LedgerCount, Outcome, Query, Statement, Trace
from tests.evaluate.made import case


@dataclass
class FakeSystem:
    """A workspace that knows one answer."""

    workspace: Workspace
    asked_by: list[str | None] = field(default_factory=list)
    kept: list[Trace] = field(default_factory=list)
    closed: int = 0

    def ask(self, question: str, user: str | None = None) -> Answer:
        self.asked_by.append(user)
        answer = Answer(str(len(self.kept)), Outcome.ANSWERED, "r", (Statement("s1", "six weeks", (), 0.5),))
        draft = Draft(answer.statements, "extractive", 0.7)
        self.kept.append(Trace(answer, question, user or "me", (), "", Query(question), (), draft, (), 1))
        return answer

    def stored_trace(self, answer_id: str) -> Trace | None:
        return next((item for item in self.kept if item.answer.id == answer_id), None)

    def traces(self, limit: int = 100) -> list[Trace]:
        return self.kept[:limit]

    def feedback(self, answer_id: str | None = None) -> list[Feedback]:
        return [Feedback("f", "0", "expert_answer", "six", "me", "")]

    def live_release(self) -> str:
        return "r"

    def count(self) -> LedgerCount:
        return LedgerCount(3, {}, {})

    def close(self) -> None:
        self.closed += 1


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
