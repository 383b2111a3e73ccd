"""Cases: questions with their expected behaviour, one JSON object a line."""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, get_args

from metier.errors import UserError
from metier.types import Case, CaseKind, EvidenceQuote

KINDS: tuple[str, ...] = get_args(CaseKind)
_FIELDS = tuple(field.name for field in fields(Case))
_TEXTS = ("id", "question", "user", "kind", "answer_type", "scale", "group", "split")
_REQUIRED = ("id", "question", "user", "kind")
_NEEDS_ANSWER = ("answerable", "superseded", "injection")
_MOST_PROBLEMS = 20  # enough to mend a file by, few enough to read


def read_cases(path: Path) -> list[Case]:
    """The cases of a JSON Lines file, in order; a case without a group is a group of its own.

    Raises UserError naming every bad line (the first 20): what is wrong with it and what was expected.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # splitlines would also cut at U+2028
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read as cases: {error}") from None
    cases: list[Case] = []
    problems: list[str] = []
    first_line: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = parse_case(line)
        except UserError as error:
            problems.append(f"{path}:{number}: {error}")
            continue
        if case.id in first_line:
            problems.append(f"{path}:{number}: the id {case.id!r} is already on line {first_line[case.id]}")
        first_line.setdefault(case.id, number)
        cases.append(case)
    if problems:
        more = len(problems) - _MOST_PROBLEMS
        raise UserError("\n".join(problems[:_MOST_PROBLEMS] + ([f"... and {more} more"] if more > 0 else [])))
    return cases


def write_cases(path: Path, cases: Iterable[Case]) -> None:
    """Writes the cases so that `read_cases` gives the same back; an existing file is replaced whole."""
    text = "".join(json.dumps(asdict(case), ensure_ascii=False) + "\n" for case in cases)
    draft = path.with_name(path.name + ".part")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error}") from None


def parse_case(line: str) -> Case:
    """One case from its JSON. Raises UserError saying which key is wrong and what was expected."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise UserError(f"not JSON: {error.msg} at column {error.colno}") from None
    if not isinstance(row, dict):
        raise UserError(f"expected one JSON object a line, not {type(row).__name__}")
    for key in row:
        if key not in _FIELDS:
            near = difflib.get_close_matches(key, _FIELDS, n=1, cutoff=0.0)[0]
            raise UserError(f"unknown key {key!r}; did you mean {near!r}?")
    for key in _REQUIRED:
        if not row.get(key):
            raise UserError(f"{key!r} is missing or empty")
    return _case(row)


def _case(row: Mapping[str, Any]) -> Case:
    texts = {key: _text(row[key], key) for key in _TEXTS if key in row}
    if texts["kind"] not in KINDS:
        raise UserError(f"kind {texts['kind']!r} is none of {', '.join(KINDS)}")
    tolerance = row.get("tolerance", 0.0)
    if (
        isinstance(tolerance, bool)
        or not isinstance(tolerance, int | float)
        or not 0 <= tolerance < float("inf")
    ):
        raise UserError(f"tolerance must be a number of 0 or more, not {tolerance!r}")
    answers = _texts(row.get("answers", []), "answers")
    if texts["kind"] in _NEEDS_ANSWER and not answers:
        raise UserError(f"a case of kind {texts['kind']} needs at least one answer in 'answers'")
    return Case(
        **{**texts, "group": texts.get("group") or texts["id"]},  # type: ignore[arg-type]
        answers=answers,
        tolerance=float(tolerance),
        evidence=_evidence(row.get("evidence", [])),
        tags=_texts(row.get("tags", []), "tags"),
    )


def _evidence(value: Any) -> tuple[EvidenceQuote, ...]:
    out = []
    for item in _list(value, "evidence"):
        if not isinstance(item, dict) or not {"uri", "quote"} <= set(item) <= {"uri", "quote", "page"}:
            raise UserError(f"evidence must be objects with uri, quote and perhaps page, not {item!r}")
        page = item.get("page")
        if page is not None and (isinstance(page, bool) or not isinstance(page, int) or page < 1):
            raise UserError(f"evidence page must be a whole number from 1, or null, not {page!r}")
        out.append(EvidenceQuote(_text(item["uri"], "uri"), _text(item["quote"], "quote"), page))
    return tuple(out)


def _texts(value: Any, key: str) -> tuple[str, ...]:
    return tuple(_text(item, key) for item in _list(value, key))


def _list(value: Any, key: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise UserError(f"{key} must be a list, not {value!r}")
    return value


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise UserError(f"{key} must be text in quotes, not {value!r}")
    return value
