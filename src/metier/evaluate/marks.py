"""What people said of answers: one row per answer, right or not; a sheet to fill in a spreadsheet, and read again."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from metier.errors import UserError
from metier.evaluate.grade import glance
from metier.evaluate.making.verb import NO, YES, safe_cells
from metier.evaluate.run import Run
from metier.evaluate.suites import csv_rows
from metier.types import Outcome

COLUMNS = ("id", "question", "reference", "answer", "source", "group", "right")


@dataclass(frozen=True, slots=True)
class Marked:
    """One answer, and what a person said of it (None = nothing yet). `source` is who wrote it, `group` what it depends on."""

    id: str
    question: str
    reference: str  # what a right answer says
    answer: str
    right: bool | None = None
    source: str = ""
    group: str = ""


def answers_of(run: Run) -> list[Marked]:
    """The run's answers that were shown, as a judge and a person see them, in order of the hash of the case's id."""
    rows = sorted(run.rows, key=lambda row: sha256(row.case.id.encode()).digest())
    return [
        Marked(
            row.case.id, row.case.question, "\n".join(row.case.answers) or f"({row.case.kind}: it should not be answered)",
            glance(row.answer.statements), None, run.system, row.case.group,
        )
        for row in rows
        if row.answer is not None and row.answer.outcome is Outcome.ANSWERED
    ]  # fmt: skip


def marks_sheet(answers: Iterable[Marked]) -> str:
    """A CSV with an empty column `right`, to fill with y or n."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for item in answers:
        mark = "" if item.right is None else ("y" if item.right else "n")
        writer.writerow(
            safe_cells((item.id, item.question, item.reference, item.answer, item.source, item.group, mark))
        )
    return out.getvalue()


def read_marks(path: Path) -> list[Marked]:
    """The rows of a sheet that a person marked; empty marks are left out.

    Raises UserError for a file that is no such sheet, for a mark that is neither y nor n, and where nothing is marked."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}") from None
    rows = csv_rows(path, text)
    _, header = next(rows, (1, []))
    names = [cell.strip().lower() for cell in header]
    if lacking := {"question", "reference", "answer", "right"} - set(names):
        raise UserError(
            f"{path} has no column {', '.join(sorted(lacking))}; `metier evaluate judge --run RUN --sheet FILE` writes a sheet"
        )
    found = []
    for line, row in rows:
        cells = {name: cell.strip().removeprefix("'") for name, cell in zip(names, row, strict=False)}
        mark = cells.get("right", "").lower()
        if not mark:
            continue
        if mark not in YES | NO:
            raise UserError(f"{path}:{line}: column 'right' is y or n, not {mark!r}")
        identity = cells.get("id") or f"row-{line}"
        group = cells.get("group") or cells["question"]
        found.append(
            Marked(
                identity,
                cells["question"],
                cells["reference"],
                cells["answer"],
                mark in YES,
                cells.get("source", ""),
                group,
            )
        )
    if not found:
        raise UserError(f"{path}: no row is marked; write y or n into the column 'right'")
    return found
