"""Cases and runs made for tests."""

import dataclasses
from collections.abc import Sequence

from metier.evaluate.run import Row, Run
from metier.evaluate.suites import fingerprint
from metier.types import Abstention, Answer, Case, Outcome, Statement


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
