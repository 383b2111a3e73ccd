import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metier.errors import UserError
from metier.evaluate.cases import KINDS, parse_case, read_cases, write_cases
from metier.types import Case, EvidenceQuote

GOOD = {"id": "q1", "question": "How long?", "user": "anna", "kind": "answerable", "answers": ["30 days"]}


def _file(folder: Path, *rows: object) -> Path:
    path = folder / "cases.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    cases = [
        Case("a", "Wie lange?", "bernd", "superseded", ("270 Tage",), "span", "", 0.0,
             (EvidenceQuote("v/neu.pdf", "270 Tage ab Zugang", 3), EvidenceQuote("m.eml", "siehe “Anlage”")),
             "g1", "tune", ("hand", "outdated:180 Tage")),
        Case("b", "Revenue?", "anna", "answerable", ("3.4",), "number", "million", 0.05, group="b"),
        Case("c", "Weather\u2028 today\x85?", "anna", "out_of_scope", group="c"),
    ]  # fmt: skip
    path = tmp_path / "cases.jsonl"
    write_cases(path, cases)
    assert read_cases(path) == cases
    assert [p.name for p in tmp_path.iterdir()] == ["cases.jsonl"]


@given(st.text(), st.sampled_from(KINDS), st.lists(st.text(), min_size=1), st.floats(0, 1e9))
def test_round_trip_of_any_text(question: str, kind: str, answers: list[str], tolerance: float) -> None:
    row = {
        "id": "x",
        "question": question or "?",
        "user": "u",
        "kind": kind,
        "answers": answers,
        "tolerance": tolerance,
    }
    case = parse_case(json.dumps(row))
    assert (case.question, case.kind, case.answers, case.tolerance) == (
        question or "?",
        kind,
        tuple(answers),
        tolerance,
    )


def test_blank_lines_are_skipped_and_a_case_is_its_own_group(tmp_path: Path) -> None:
    (case,) = read_cases(_file(tmp_path, "", GOOD, "  "))
    assert (case.group, case.answers) == ("q1", ("30 days",))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "not JSON: .* at column 2"),
        ("[1]", "one JSON object a line, not list"),
        ({**GOOD, "anwers": []}, "unknown key 'anwers'; did you mean 'answers'"),
        ({**GOOD, "user": ""}, "'user' is missing or empty"),
        ({**GOOD, "kind": "hard"}, "kind 'hard' is none of answerable, "),
        ({**GOOD, "answers": "30 days"}, "answers must be a list"),
        ({**GOOD, "answers": [30]}, "answers must be text in quotes, not 30"),
        ({**GOOD, "answers": []}, "needs at least one answer"),
        ({**GOOD, "tolerance": -1}, "tolerance must be a number of 0 or more"),
        ({**GOOD, "tolerance": True}, "tolerance must be a number"),
        ({**GOOD, "evidence": [{"uri": "a"}]}, "evidence must be objects"),
        ({**GOOD, "evidence": [{"uri": "a", "quote": "b", "page": 0}]}, "whole number from 1"),
    ],
)
def test_a_bad_line_is_named_with_what_was_expected(tmp_path: Path, row: object, message: str) -> None:
    path = _file(tmp_path, {**GOOD, "id": "q0"}, row)
    with pytest.raises(UserError, match=rf"cases\.jsonl:2: .*{message}"):
        read_cases(path)


def test_all_bad_lines_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        read_cases(_file(tmp_path, GOOD, GOOD, "nonsense"))
    assert ":2: the id 'q1' is already on line 1" in str(error.value)
    assert ":3: not JSON" in str(error.value)
    with pytest.raises(UserError, match="and 5 more"):
        read_cases(_file(tmp_path, *["x"] * 25))


def test_unreadable_and_unwritable_files_are_user_errors(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read as cases"):
        read_cases(tmp_path / "none.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(UserError, match="cannot be read as cases"):
        read_cases(tmp_path / "latin.jsonl")
    with pytest.raises(UserError, match="cannot be written"):
        write_cases(tmp_path / "no" / "folder.jsonl", [])
