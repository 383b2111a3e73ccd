"""Feedback as JSON Lines: written out with its question, read back in, also from other systems.

A row of another system has `question`, `kind`, `value` and `author`, perhaps `user` (who asks), `at` and `source`. It says
what is right (expert_answer, edit, citation with a better one, should_abstain); a thumb is about an answer that only the
other system knows.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from metier.errors import UserError
from metier.feedback.rows import feedback_row
from metier.types import Answer, Feedback, Outcome, Query, Trace

_MOST_BYTES = 200 << 20  # read whole; a larger file is no feedback
_SAYS_WHAT_IS_RIGHT = ("expert_answer", "edit", "citation", "should_abstain")
_OF_THE_FILE = {"id", "author", "at", "access", "question", "user"}  # what feedback_row does not take

FindTrace = Callable[[str, str, str | None], Trace | None]  # answer id, question, user


def exported(rows: Iterable[Feedback], trace_of: Callable[[str], Trace | None]) -> Iterator[str]:
    """One JSON line per row, with the question and who asked it where the answer is still there."""
    for row in rows:
        trace = trace_of(row.answer)
        asked = {} if trace is None else {"question": trace.question, "user": trace.principal}
        yield json.dumps(dataclasses.asdict(row) | asked, ensure_ascii=False)


def read_rows(path: Path) -> list[Mapping[str, Any]]:
    """The rows of a JSON Lines file. Raises UserError naming the first bad line."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UserError(f"{path} is larger than {_MOST_BYTES >> 20} MB; split it")
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # U+2028 in a text ends no row
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8 text; a row of feedback is a line of JSON") from None
    rows: list[Mapping[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except ValueError as error:
            raise UserError(f"{path}:{number}: no JSON: {error}") from None
        if not isinstance(data, dict):
            raise UserError(f"{path}:{number}: a row is a JSON object, not {type(data).__name__}")
        rows.append(data)
    if not rows:
        raise UserError(f"{path} holds no rows; a row of feedback is a line of JSON")
    return rows


def row_id(data: Mapping[str, Any]) -> str:
    """The row's own id, or one made of what it says: the same row read twice is one row."""
    told = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return str(data.get("id") or hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32])


def without_foreign_marks(
    rows: Sequence[Mapping[str, Any]], is_here: Callable[[str], bool]
) -> list[Mapping[str, Any]]:
    """The rows without marks on answers that only another workspace knows, as an export of it holds them; all of them if none is
    left, so that the reason is told."""
    kept = [
        data
        for data in rows
        if data.get("kind") in _SAYS_WHAT_IS_RIGHT or is_here(str(data.get("answer") or ""))
    ]
    return kept or list(rows)


def check_rows(rows: Sequence[Mapping[str, Any]], find_stored: FindTrace) -> None:
    """Raises UserError naming the first row that cannot be taken, before any question is asked. `find_stored` asks nothing."""

    def find(answer: str, question: str, user: str | None) -> Trace | None:
        return find_stored(answer, question, user) or (_ASKED_LATER if question.strip() else None)

    for number, data in enumerate(rows, start=1):
        try:
            imported_row(data, find, str, str)
        except UserError as error:
            raise UserError(f"row {number}: {error}") from None


_ASKED_LATER = Trace(Answer("", Outcome.ABSTAINED, ""), "", "", (), "", Query(""), (), None, (), 0)


def imported_row(
    data: Mapping[str, Any], find_trace: FindTrace, now: Callable[[], str], new_id: Callable[[], str]
) -> Feedback:
    """The row as it is stored here. Raises UserError saying what is wrong with it."""
    author = str(data.get("author") or "")
    if not author:
        raise UserError("feedback: author is missing; it tells whose word this is")
    answer, question = str(data.get("answer") or ""), str(data.get("question") or "")
    trace = find_trace(answer, question, str(data["user"]) if data.get("user") else None)
    if trace is None:
        raise UserError(f"feedback: there is no answer {answer!r} here, and no question to ask instead")
    is_here = bool(answer) and trace.answer.id == answer
    if not is_here and data.get("kind") not in _SAYS_WHAT_IS_RIGHT:
        raise UserError(
            f"feedback: a {data.get('kind')} is about answer {answer!r}, which is not here; only "
            f"{', '.join(_SAYS_WHAT_IS_RIGHT)} can be read from other systems"
        )
    if not is_here and data.get("kind") == "citation" and not isinstance(data.get("value"), Mapping):
        raise UserError(
            "feedback: a mark on a citation is about an answer that is not here; give the better citation"
        )
    plain = {key: value for key, value in data.items() if key not in _OF_THE_FILE}
    if not is_here:  # its statements are others
        plain |= {"statement": "", "citation": ""}
    row = feedback_row(plain | {"source": data.get("source") or "import"}, author, trace, now, new_id)
    given = {key: str(data[key]) for key in ("id", "at") if data.get(key)}
    return dataclasses.replace(row, **given)  # type: ignore[arg-type]
