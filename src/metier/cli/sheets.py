"""Questions from a file, and answers into a table that people open in a spreadsheet."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from python_calamine import CalamineError, CalamineWorkbook

from metier.errors import UserError
from metier.flow.grid import Column, FilledGrid, Grid
from metier.store.files import write_durably
from metier.types import Answer, Citation, Outcome

_QUESTION = frozenset({"question", "questions", "frage", "fragen"})
_NAME = frozenset({"name", "column", "title", "spalte"})
_MOST = 500  # columns a person can still read
_QUOTED = 300  # characters of a quote
_CELL = 32_767  # characters that a cell of a workbook holds
_FORMULA = ("=", "+", "@", "\t", "\r", "-")  # what a spreadsheet takes for a formula when it opens text
_WIDTHS = {"document": 34, "value": 30, "source": 44}

NOT_STATED, DECLINED = "not stated", "declined"


# --- questions ------------------------------------------------------------------------------------------------------


def read_questions(path: Path) -> list[Column]:
    """The questions of a CSV, text or XLSX file: a column `question` and perhaps `name`, or one column without such a
    head. Raises UserError saying what is wrong with the file."""
    lines = [[cell.strip() for cell in line] for line in _lines(path)]
    lines = [line for line in lines if any(line)]
    head = [cell.casefold() for cell in lines[0]] if lines else []
    place = next((number for number, cell in enumerate(head) if cell in _QUESTION), None)
    named = next((number for number, cell in enumerate(head) if cell in _NAME), None)
    if place is None and any(any(line[1:]) for line in lines):
        raise UserError(
            f"{path} has several columns and none of them is called `question`; name the one that holds the questions so (a "
            "comma inside a question needs quotes around it, or a .txt file)"
        )
    if place is None:
        found = [Column(line[0], line[0]) for line in lines if line[0]]
    else:
        rows = [line for line in lines[1:] if len(line) > place and line[place]]
        found = [
            Column(
                (line[named] if named is not None and len(line) > named else "") or line[place], line[place]
            )
            for line in rows
        ]
    if not found:
        raise UserError(f"{path} holds no question; write one a line, or a table with a column `question`")
    if len(found) > _MOST:
        raise UserError(
            f"{path} holds {len(found)} questions, more than the {_MOST} columns that can be read; split it"
        )
    twice = [name for name, count in Counter(column.name for column in found).items() if count > 1]
    if twice:
        raise UserError(f"{path}: two columns would be called {twice[0]!r}; give one of them another `name`")
    return found


def _lines(path: Path) -> list[list[str]]:
    try:
        if path.suffix.casefold() in {".xlsx", ".xls", ".ods"}:
            sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
            return [[str(cell) for cell in line] for line in sheet.to_python()]
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, CalamineError) as error:
        raise UserError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8; save it as `CSV UTF-8`") from None
    if path.suffix.casefold() in {".json", ".jsonl", ".ndjson"}:
        raise UserError(
            f"{path} holds JSON; questions come as CSV or XLSX with a column `question`, or as text with one a line"
        )
    if path.suffix.casefold() not in {".csv", ".tsv"}:
        return [[line] for line in text.splitlines()]  # a comma inside a question separates nothing
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    return list(csv.reader(io.StringIO(text), delimiter=delimiter if first.count(delimiter) else ","))


# --- answers --------------------------------------------------------------------------------------------------------


def value_of(answer: Answer) -> str:
    """What a cell says: the short answer with its scale, else the first statement; empty of an abstention."""
    if not answer.statements:
        return ""
    first = answer.statements[0]
    if not first.values:
        return first.text
    scale = {"percent": " %", "": ""}.get(first.scale, f" {first.scale}")
    is_marked = all("%" in value for value in first.values)
    return "; ".join(first.values) + ("" if is_marked and first.scale == "percent" else scale)


def source_of(answer: Answer) -> str:
    """Page or place and quote of what the value rests on; of a cell without one, why."""
    if answer.outcome is Outcome.REFUSED:
        return f"{DECLINED}: {answer.abstention.reason}" if answer.abstention else DECLINED
    if not answer.statements:
        return NOT_STATED
    return " / ".join(_cited(citation) for citation in answer.statements[0].citations)


def _cited(citation: Citation) -> str:
    place = citation.place or (f"page {citation.page}" if citation.page else "")
    quote = " ".join(citation.quote.split())
    quote = quote if len(quote) <= _QUOTED else f"{quote[: _QUOTED - 1]}…"
    return f"{place}: “{quote}”" if place else f"“{quote}”"


def table_of(grid: Grid, filled: FilledGrid) -> list[list[str]]:
    """The head, then one line per document: path, title, and of each question value and source."""
    head = [
        "document",
        "title",
        *(part for column in grid.columns for part in (column.name, f"{column.name} (source)")),
    ]
    lines = [head]
    for document in grid.documents:
        line = [document.uri, document.title]
        for column in grid.columns:
            answer = filled.answers.get((document.id, column.name))
            line += [value_of(answer), source_of(answer)] if answer else ["", "not asked yet"]
        lines.append(line)
    return lines


def write_table(path: Path, lines: Sequence[Sequence[str]]) -> None:
    """As XLSX if the path says so, else as CSV. Text of documents never becomes a formula."""
    if path.suffix.casefold() == ".xlsx":
        write_durably(path, _workbook(lines))
        return
    text = io.StringIO()
    csv.writer(text).writerows([[_harmless(cell) for cell in line] for line in lines])
    write_durably(path, text.getvalue().encode("utf-8-sig"))  # with the mark by which Excel knows UTF-8


def _harmless(cell: str) -> str:
    """The text so that no spreadsheet runs it: figures stay as they are."""
    is_figure = (
        cell[:1] in "+-" and cell[1:].replace(".", "").replace(",", "").replace(" ", "").rstrip("%").isdigit()
    )
    return f"'{cell}" if cell.startswith(_FORMULA) and not is_figure else cell


def _workbook(lines: Sequence[Sequence[str]]) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = "grid"
    for row, line in enumerate(lines, start=1):
        for column, text in enumerate(line, start=1):
            cell = sheet.cell(row, column)
            cell.value = "".join(char for char in text if char >= " " or char in "\n\t")[:_CELL]
            cell.data_type = "s"  # text, also where it begins with "="
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if row == 1:
                cell.font = Font(bold=True)
    for column in range(1, len(lines[0]) + 1):
        kind = "document" if column <= 2 else "value" if column % 2 else "source"
        sheet.column_dimensions[get_column_letter(column)].width = _WIDTHS[kind]
    sheet.freeze_panes = "B2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
