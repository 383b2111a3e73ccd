"""Feedback goes out and comes back the same; other systems' rows are taken for what they can say."""

import json
from pathlib import Path
from typing import Any

import pytest

from metier.errors import UserError
from metier.feedback.exchange import exported, imported_row, read_rows, row_id, without_foreign_marks
from metier.types import Feedback, Trace
from tests.specialize.made import said, trace


def found(answer: str, question: str, user: str | None) -> Trace | None:
    """a1 is here; any question can be asked and becomes a7."""
    if answer == "a1":
        return trace()
    return trace("a7", question) if question else None


def imported(**data: Any) -> Feedback:
    return imported_row({"author": "ann", **data}, found, lambda: "now", lambda: "new")


def test_what_is_written_out_reads_back_the_same() -> None:
    row = said("f1", "edit", {"before": "x", "after": "31 days"}, statement="s1", at="then")
    (line,) = exported([row], lambda answer: trace())
    data = json.loads(line)
    assert (data["question"], data["user"]) == ("How long is the leave?", "me")
    assert imported_row(data, found, lambda: "now", lambda: "new") == row


def test_a_row_of_another_system_is_about_the_question_asked_now() -> None:
    row = imported(question="How long is the leave?", kind="expert_answer", value="31 days", at="2025-01-01")
    assert (row.answer, row.source, row.at, row.id, row.access) == (
        "a7",
        "import",
        "2025-01-01",
        "new",
        ("all",),
    )


BAD: list[tuple[dict[str, Any], str]] = [
    ({"author": "", "kind": "thumb", "value": 1, "answer": "a1"}, "author is missing"),
    ({"kind": "thumb", "value": 1, "answer": "zz"}, "no question to ask instead"),
    ({"kind": "thumb", "value": 1, "question": "Q?"}, "which is not here"),
    ({"kind": "citation", "value": "wrong", "question": "Q?"}, "give the better citation"),
    ({"kind": "nonsense", "value": 1, "answer": "a1"}, "kind must be one of"),
    ({"kind": "expert_answer", "value": "x", "answer": "a1", "surprise": 1}, "unknown key 'surprise'"),
]


@pytest.mark.parametrize(("data", "words"), BAD)
def test_what_cannot_be_taken_says_why(data: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        imported(**data)


def test_files_that_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n\n{"b": 2}\n', encoding="utf-8")
    assert read_rows(path) == [{"a": 1}, {"b": 2}]
    path.write_text('{"a": "one\u2028two\x85"}\r\n', encoding="utf-8", newline="")
    assert read_rows(path) == [{"a": "one\u2028two\x85"}]
    for text, words in (("{", "rows.jsonl:1: no JSON"), ("[]", "a row is a JSON object, not list")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UserError, match=words):
            read_rows(path)
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(UserError, match="is not UTF-8"):
        read_rows(path)
    with pytest.raises(UserError, match="cannot be read: No such file"):
        read_rows(tmp_path / "nothing.jsonl")


def test_a_row_without_an_id_is_named_by_what_it_says() -> None:
    row = {"question": "Q?", "value": "x", "author": "ann"}
    assert row_id(row) == row_id(dict(reversed(row.items())))
    assert row_id(row) != row_id(row | {"author": "bob"})
    assert row_id(row | {"id": "r1"}) == "r1"


def test_marks_on_answers_of_another_workspace_are_left_out() -> None:
    thumb, edit = {"kind": "thumb", "answer": "there"}, {"kind": "edit", "answer": "there", "value": "14"}
    own = {"kind": "thumb", "answer": "here"}
    assert without_foreign_marks([thumb, edit, own], lambda answer: answer == "here") == [edit, own]
    assert without_foreign_marks([thumb], lambda answer: False) == [thumb]  # and is refused with its reason


def test_a_file_without_rows_is_no_import(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n\n", encoding="utf-8")
    with pytest.raises(UserError, match="holds no rows"):
        read_rows(tmp_path / "a.jsonl")
