"""Suites: cases with a name and a fingerprint, from JSON Lines, from a spreadsheet saved as CSV, or from production.

A CSV needs a column `question`; the rest has defaults: without `answers` a row is unanswerable, without `user` the
system's default user asks, without `group` a row is a group of its own. Several answers stand apart by a line break or
`||`; `evidence` holds quotes the same way, each perhaps after the document's name and ` :: `.
"""

import csv
import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from metier.errors import UserError
from metier.evaluate.cases import parse_case, read_cases
from metier.types import Case, Feedback, Trace

DEFAULT_USER = "-"  # asks as whoever the system takes for its default

_COLUMNS = tuple(field.name for field in fields(Case))
_ALIASES = {  # how people head such columns
    "answer": "answers", "expected": "answers", "expected_answer": "answers", "ground_truth": "answers",
    "reference": "answers", "gold": "answers", "input": "question", "query": "question", "prompt": "question",
    "cluster": "group", "document": "group", "source": "group", "type": "kind", "quote": "evidence",
    "context": "evidence", "tag": "tags",
}  # fmt: skip
_SEVERAL = re.compile(r"\s*(?:\|\||\r?\n)\s*")
_TAGS = re.compile(r"\s*[,;]\s*")
_MOST_PROBLEMS = 20
_MOST_BYTES = 200 << 20  # a suite is read whole; a larger file is not one


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases to ask, with the name people know them by."""

    name: str
    cases: tuple[Case, ...]

    @property
    def fingerprint(self) -> str:
        """The same 16 digits for the same cases, whatever file they came from."""
        return fingerprint(self.cases)

    def __len__(self) -> int:
        return len(self.cases)


def fingerprint(cases: Iterable[Case]) -> str:
    """Over all fields of all cases in order of their ids: 16 hexadecimal digits of a sha256."""
    ordered = sorted(cases, key=lambda case: case.id)
    text = json.dumps([asdict(case) for case in ordered], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_suite(path: Path) -> Suite:
    """The suite of a .jsonl or .csv file. Raises UserError naming every bad line and its column (the first 20)."""
    if not path.is_file():
        raise UserError(f"{path} is no file; a suite is a .jsonl or .csv file with one question a row")
    if path.stat().st_size > _MOST_BYTES:
        raise UserError(f"{path} is larger than {_MOST_BYTES >> 20} MB; split it, a suite is read whole")
    kind = path.suffix.lower()
    if kind == ".csv":
        cases = _read_csv(path)
    elif kind in (".jsonl", ".ndjson"):
        cases = read_cases(path)
    else:
        raise UserError(f"{path}: a suite ends in .jsonl or .csv; save a spreadsheet as CSV (UTF-8)")
    if not cases:
        raise UserError(f"{path} holds no cases; add at least one row with a question")
    return Suite(path.stem, tuple(cases))


# --- CSV ------------------------------------------------------------------------------------------------------------


def _read_csv(path: Path) -> list[Case]:
    try:
        text = path.read_text(encoding="utf-8-sig")  # spreadsheets put a byte order mark in front
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} is not UTF-8 ({error.reason} at byte {error.start}); save it as CSV UTF-8"
        ) from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error}") from None
    rows = csv_rows(path, text)
    _, header = next(rows, (1, []))
    columns = _header(path, header)
    cases: list[Case] = []
    problems: list[str] = []
    first_line: dict[str, int] = {}
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > len(columns) and any(cell.strip() for cell in row[len(columns) :]):
            problems.append(
                f"{path}:{line}: {len(row)} cells under {len(columns)} columns; put commas in quotes"
            )
            continue
        cells = {name: cell.strip() for name, cell in zip(columns, row, strict=False) if cell.strip()}
        try:
            case = _case_of(cells, f"row-{line}")
        except UserError as error:
            problems.append(f"{path}:{line}: {error}")
            continue
        if case.id in first_line:
            problems.append(
                f"{path}:{line}: column 'id': {case.id!r} is already on line {first_line[case.id]}"
            )
        first_line.setdefault(case.id, line)
        cases.append(case)
    if problems:
        more = len(problems) - _MOST_PROBLEMS
        raise UserError("\n".join(problems[:_MOST_PROBLEMS] + ([f"... and {more} more"] if more > 0 else [])))
    return cases


def csv_rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line each begins on; the delimiter is the one the header has most of (Excel writes ; in Europe)."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UserError(f"{path}:{line}: not CSV from here on: {error}") from None
        yield line, row
        line = reader.line_num + 1


def _header(path: Path, header: Sequence[str]) -> list[str]:
    names = []
    for number, cell in enumerate(header, start=1):
        key = re.sub(r"[\s-]+", "_", cell.strip().lower())
        name = _ALIASES.get(key, key)
        if name not in _COLUMNS:
            near = difflib.get_close_matches(name, [*_COLUMNS, *_ALIASES], n=1, cutoff=0.0)[0]
            raise UserError(f"{path}:1: unknown column {number} {cell!r}; did you mean {near!r}?")
        if name in names:
            raise UserError(f"{path}:1: column {number} {cell!r} gives {name!r} a second time")
        names.append(name)
    if "question" not in names:
        raise UserError(f"{path}:1: there is no column 'question'; the first row names the columns")
    return names


def _case_of(cells: Mapping[str, str], default_id: str) -> Case:
    """Raises UserError naming the column."""
    if "question" not in cells:
        raise UserError("column 'question' is empty")
    answers = _SEVERAL.split(cells["answers"]) if "answers" in cells else []
    row: dict[str, object] = {
        "id": default_id,
        "user": DEFAULT_USER,
        "kind": "answerable" if answers else "unanswerable",
        **cells,
        "answers": answers,
        "evidence": [_quote(text) for text in _SEVERAL.split(cells["evidence"])]
        if "evidence" in cells
        else [],
        "tags": _TAGS.split(cells["tags"]) if "tags" in cells else [],
    }
    if "tolerance" in cells:
        try:
            row["tolerance"] = float(cells["tolerance"])
        except ValueError:
            raise UserError(f"column 'tolerance': {cells['tolerance']!r} is no number") from None
    return parse_case(json.dumps(row))


def _quote(text: str) -> dict[str, str]:
    uri, mark, quote = text.partition(" :: ")
    if not mark:
        raise UserError(
            f"column 'evidence': {text[:60]!r} names no document; write: document.pdf :: the quoted words"
        )
    return {"uri": uri.strip(), "quote": quote.strip()}


# --- production -----------------------------------------------------------------------------------------------------


def from_production(traces: Iterable[Trace], feedback: Iterable[Feedback], name: str = "production") -> Suite:
    """Cases from what people asked and then said: an expert's answer is the gold answer, "should have abstained" makes
    an unanswerable case; a thumb up takes what was shown as right, with its citations as evidence.

    Other rows say that something was wrong, but not what is right: they make no case. The last word on an answer
    counts. A thumb repeats the system's own words, so such cases are tagged `thumb` and flatter the system they came
    from. What one person asked is one group.
    """
    said: dict[str, list[Feedback]] = {}
    for row in feedback:
        said.setdefault(row.answer, []).append(row)
    cases = [case for trace in traces if (case := _from_trace(trace, said.get(trace.answer.id, ())))]
    return Suite(name, tuple(sorted(cases, key=lambda case: case.id)))


def _from_trace(trace: Trace, rows: Sequence[Feedback]) -> Case | None:
    if trace.query.filter is not None:  # what is right of some documents need not be of all
        return None
    replaced = {row.supersedes for row in rows}
    current = [row for row in rows if row.id not in replaced and row.consent]
    experts = [row for row in current if row.kind == "expert_answer"]
    declines = [row for row in current if row.kind == "should_abstain"]
    thumbs = [row for row in current if row.kind == "thumb"]
    base = {
        "id": trace.answer.id,
        "question": trace.question,
        "user": trace.principal,
        "group": trace.principal,
    }
    if experts:
        return parse_case(
            json.dumps(
                {**base, "kind": "answerable", "answers": [str(experts[-1].value)], "tags": ["expert"]}
            )
        )
    if declines and declines[-1].value is True:
        return parse_case(json.dumps({**base, "kind": "unanswerable", "tags": ["should_abstain"]}))
    if thumbs and thumbs[-1].value == 1 and trace.answer.statements:
        quotes = [
            {"uri": citation.uri, "quote": citation.quote}
            for statement in trace.answer.statements[:1]
            for citation in statement.citations
        ]
        first = trace.answer.statements[0].text
        return parse_case(
            json.dumps(
                {**base, "kind": "answerable", "answers": [first], "evidence": quotes, "tags": ["thumb"]}
            )
        )
    return None
