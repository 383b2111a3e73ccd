"""Cases and runs made for tests."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

from metier.evaluate.run import Row, Run
from metier.evaluate.suites import fingerprint
from metier.settings import Settings, load_settings
from metier.store.workspace import Workspace
from metier.types import (
    Abstention,
    Answer,
    Case,
    Draft,
    Feedback,
    LedgerCount,
    Occasion,
    Outcome,
    Query,
    Statement,
    Trace,
)


def case(number: int, group: str = "", kind: str = "answerable", **more: object) -> Case:
    answers = ("six weeks",) if kind != "unanswerable" else ()
    found = Case(
        f"c{number:04}", f"How long is notice {number}?", "-", kind, answers, group=group or f"g{number}"
    )  # type: ignore[arg-type]
    return dataclasses.replace(found, **more)  # type: ignore[arg-type]


def row(
    of: Case, right: bool = True, confidence: float | None = 0.9, declined: bool = False, error: str = ""
) -> Row:
    if error:
        return Row(of, None, 0.1, error=error, detail="it broke", retry=True)
    if declined:
        return Row(
            of, Answer("", Outcome.ABSTAINED, "", abstention=Abstention("?")), 0.1, confidence, cites=False
        )
    said = Statement("s1", "It is six weeks." if right else "It is nine weeks.", ())
    return Row(of, Answer("", Outcome.ANSWERED, "", (said,)), 0.1, confidence, cites=False)


def run_of(rows: Sequence[Row], system: str = "ours") -> Run:
    return Run(system, "suite", fingerprint(item.case for item in rows), "2026-01-01", tuple(rows))


@dataclass
class FakeSystem:
    """A workspace that knows one answer."""

    workspace: Workspace
    asked_by: list[str | None] = field(default_factory=list)
    kept: list[Trace] = field(default_factory=list)
    closed: int = 0

    @property
    def settings(self) -> Settings:
        return load_settings(self.workspace.settings) if self.workspace.settings.exists() else Settings()

    def ask(self, question: str, user: str | None = None, *, occasion: Occasion = "person") -> Answer:
        self.asked_by.append(user)
        answer = Answer(str(len(self.kept)), Outcome.ANSWERED, "r", (Statement("s1", "six weeks", (), 0.5),))
        draft = Draft(answer.statements, "extractive", 0.7)
        trace = Trace(
            answer, question, user or "me", (), "", Query(question), (), draft, (), 1, occasion=occasion
        )
        self.kept.append(trace)
        return answer

    def stored_trace(self, answer_id: str) -> Trace | None:
        return next((item for item in self.kept if item.answer.id == answer_id), None)

    def traces(self, limit: int = 100, occasion: Occasion | None = None) -> list[Trace]:
        return [item for item in self.kept if occasion in (None, item.occasion)][:limit]

    def feedback(self, answer_id: str | None = None) -> list[Feedback]:
        return [Feedback("f", "0", "expert_answer", "six", "me", "")]

    def live_release(self) -> str:
        return "r"

    def answering(self) -> dict[str, str]:
        return self.settings.answering()

    def count(self) -> LedgerCount:
        return LedgerCount(3, {}, {})

    def close(self) -> None:
        self.closed += 1

    def __enter__(self) -> "FakeSystem":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
