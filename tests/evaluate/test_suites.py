from pathlib import Path

import pytest

from metier.errors import UserError
from metier.evaluate.cases import write_cases
from metier.evaluate.suites import Suite, fingerprint, from_production, read_suite
from metier.types import Answer, Case, Citation, Feedback, Outcome, Query, Statement, Trace


def csv_file(folder: Path, text: str, name: str = "s.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8"))
    return path


def test_a_csv_with_everything(tmp_path: Path) -> None:
    text = (
        "\ufeffID,Question,Expected answer,User,Evidence,Document,Tags,tolerance\r\n"
        'a,"How long, exactly?","6 weeks||six weeks",otto,"letters/a.md :: six weeks to the end",a.md,"leave, short",0.5\r\n'
        "\r\n"
        'b,"Who won\nthe prize?",,,,,,\r\n'
    )
    suite = read_suite(csv_file(tmp_path, text))
    first, second = suite.cases
    assert (first.answers, first.user, first.group, first.tags) == (
        ("6 weeks", "six weeks"),
        "otto",
        "a.md",
        ("leave", "short"),
    )
    assert (first.evidence[0].uri, first.evidence[0].quote, first.tolerance) == (
        "letters/a.md",
        "six weeks to the end",
        0.5,
    )
    assert (second.kind, second.user, second.group, second.question) == (
        "unanswerable",
        "-",
        "b",
        "Who won\nthe prize?",
    )
    assert (suite.name, len(suite)) == ("s", 2)


def test_rows_without_an_id_are_named_by_their_line_and_semicolons_will_do(tmp_path: Path) -> None:
    suite = read_suite(csv_file(tmp_path, "question;answer\nA?;1,5\nB?;2\n"))
    assert [(case.id, case.answers) for case in suite.cases] == [("row-2", ("1,5",)), ("row-3", ("2",))]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("questoin,answers\n", "unknown column 1 'questoin'; did you mean 'question'"),
        ("answers\nx\n", "no column 'question'"),
        ("question,answer,gold\n", "column 3 'gold' gives 'answers' a second time"),
        ("question,answers\n,x\n", "s.csv:2: column 'question' is empty"),
        ("question,tolerance\nA?,much\n", "s.csv:2: column 'tolerance': 'much'"),
        ("question,kind\nA?,odd\n", "s.csv:2: kind 'odd' is none of"),
        ("question,evidence\nA?,words\n", "s.csv:2: column 'evidence': 'words' names no document"),
        ("id,question\na,A?\na,B?\n", "s.csv:3: column 'id': 'a' is already on line 2"),
        ("question,answers\nA?,1,2\n", "s.csv:2: 3 cells under 2 columns"),
        ('question,answers\n"A?,1\n', "not CSV from here on"),
        ("question\n", "holds no cases"),
        ("", "no column 'question'"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError) as told:
        read_suite(csv_file(tmp_path, text))
    assert message in str(told.value)


def test_files_that_are_no_suite(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("question\nWie läuft das?\n".encode("latin-1"))
    for path, message in (
        (tmp_path / "none.csv", "no file"), (csv_file(tmp_path, "x", "s.xlsx"), "save a spreadsheet as CSV"),
        (tmp_path / "latin.csv", "not UTF-8"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=message):
            read_suite(path)


def test_jsonl_and_csv_of_the_same_cases_have_one_fingerprint(tmp_path: Path) -> None:
    suite = read_suite(csv_file(tmp_path, "id,question,answers\nb,B?,2\na,A?,1\n"))
    write_cases(tmp_path / "t.jsonl", reversed(suite.cases))
    again = read_suite(tmp_path / "t.jsonl")
    assert again.fingerprint == suite.fingerprint == fingerprint(suite.cases)
    assert Suite("x", suite.cases[:1]).fingerprint != suite.fingerprint


def trace(identity: str, text: str = "Six weeks.") -> Trace:
    cited = Citation("c1", "d", "a.md", "A", "", 1, 0, 9, "six weeks")
    answer = Answer(identity, Outcome.ANSWERED, "r", (Statement("s1", text, (cited,)),))
    return Trace(answer, f"Question {identity}?", "otto", ("all",), "2026", Query("q"), (), None, (), 1)


def said(answer: str, kind: str, value: object, **more: object) -> Feedback:
    return Feedback(f"{answer}-{kind}-{value}", answer, kind, value, "otto", "2026", **more)  # type: ignore[arg-type]


def test_what_people_said_in_production_becomes_cases() -> None:
    rows = [
        said("a", "thumb", 1), said("b", "thumb", -1), said("c", "expert_answer", "Eight weeks"), said("c", "thumb", -1),
        said("d", "should_abstain", True), said("e", "thumb", 1, consent=False), said("f", "thumb", 1),
        said("f", "thumb", -1, supersedes="f-thumb-1"),
    ]  # fmt: skip
    suite = from_production([trace(name) for name in "abcdef"], rows)
    assert [(case.id, case.kind, case.answers, case.tags) for case in suite.cases] == [
        ("a", "answerable", ("Six weeks.",), ("thumb",)),
        ("c", "answerable", ("Eight weeks",), ("expert",)),
        ("d", "unanswerable", (), ("should_abstain",)),
    ]
    assert isinstance(suite.cases[0], Case)
    assert (suite.cases[0].group, suite.cases[0].evidence[0].quote) == ("otto", "six weeks")
