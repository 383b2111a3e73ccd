"""Questions in, table out: what people's spreadsheets write is read, and what they open runs nothing."""

import csv
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from metier.cli.sheets import read_questions, source_of, table_of, value_of, write_table
from metier.errors import UserError
from metier.flow.grid import Column, FilledGrid, Grid
from metier.types import Abstention, Answer, Citation, Outcome, Statement
from tests.fakes import entry


def answered(text: str, values: tuple[str, ...] = (), scale: str = "", quote: str = "as quoted") -> Answer:
    citation = Citation("c1", "d1", "a.md", "A", "", 2, 0, 4, quote)
    return Answer("a", Outcome.ANSWERED, "r", (Statement("s1", text, (citation,), 0.9, values, scale),))


NOTHING = Answer("a", Outcome.ABSTAINED, "r", abstention=Abstention("not there"))


@pytest.mark.parametrize(
    ("name", "content", "columns"),
    [
        ("q.csv", "question,name\nHow long?,Notice\n\nWho?,\n", [("Notice", "How long?"), ("Who?", "Who?")]),
        ("q.csv", "\ufeffSpalte;Frage\nFrist;Wie lange, bitte?\n", [("Frist", "Wie lange, bitte?")]),
        (
            "q.csv",
            '"How long, and from when?"\nWho?\n',
            [("How long, and from when?",) * 2, ("Who?", "Who?")],
        ),
        ("q.tsv", "question\tname\nA, b?\tX\n", [("X", "A, b?")]),
        (
            "q.txt",
            "How long, and from when?\r\nWho?\r\n",
            [("How long, and from when?",) * 2, ("Who?", "Who?")],
        ),
    ],
)
def test_questions_as_people_write_them(
    tmp_path: Path, name: str, content: str, columns: list[tuple[str, str]]
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode())
    assert [(column.name, column.question) for column in read_questions(path)] == columns


def test_questions_from_a_workbook(tmp_path: Path) -> None:
    book = Workbook()
    for line in (["Question", "Name"], ["How long?", "Notice"], ["Who?", None]):
        book.active.append(line)
    book.save(tmp_path / "q.xlsx")
    assert read_questions(tmp_path / "q.xlsx") == [Column("Notice", "How long?"), Column("Who?", "Who?")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no question"),
        (b"question,name\n,\n", "holds no question"),
        (b"document,title\na.md,A\n", "none of them is called `question`"),
        (b"How long, and from when?\n", "a comma inside a question needs quotes"),
        (b"a?\na?\n", "two columns would be called 'a\\?'"),
        ("Länge?\n".encode("latin-1"), "not UTF-8"),
        (b"\n".join(b"q%d?" % number for number in range(501)), "more than the 500"),
    ],
)
def test_a_file_that_asks_nothing_clear_says_what_to_do(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "q.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=words):
        read_questions(path)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "q.xlsx").write_bytes(b"no workbook")
    for name in ("missing.csv", "q.xlsx"):
        with pytest.raises(UserError, match="cannot be read"):
            read_questions(tmp_path / name)


@pytest.mark.parametrize(
    ("answer", "value", "source"),
    [
        (answered("It is six weeks."), "It is six weeks.", "page 2: “as quoted”"),
        (answered("x", ("1,234",), "thousand"), "1,234 thousand", "page 2: “as quoted”"),
        (answered("x", ("4.5", "5"), "percent"), "4.5; 5 %", "page 2: “as quoted”"),
        (answered("x", ("4.5%",), "percent"), "4.5%", "page 2: “as quoted”"),
        (NOTHING, "", "not stated"),
        (Answer("a", Outcome.REFUSED, "r", abstention=Abstention("no")), "", "declined: no"),
    ],
)
def test_what_a_cell_says(answer: Answer, value: str, source: str) -> None:
    assert (value_of(answer), source_of(answer)) == (value, source)


def test_long_quotes_end(tmp_path: Path) -> None:
    assert len(source_of(answered("x", quote="long " * 200))) < 320


HOSTILE = ["=1+1", "+SUM(A1)", "@x", "-2+3", "\t=1", '=HYPERLINK("http://x")']


def test_text_of_documents_never_becomes_a_formula(tmp_path: Path) -> None:
    lines = [["head", "x"], *[[text, "-1,234.5"] for text in HOSTILE]]
    write_table(tmp_path / "t.csv", lines)
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows[1:]] == [f"'{text}" for text in HOSTILE]
    assert {row[1] for row in rows[1:]} == {"-1,234.5"}, "figures stay figures"
    write_table(tmp_path / "t.xlsx", [["head", "x"], *[[text, "\x00a\x1f"] for text in HOSTILE]])
    sheet = load_workbook(tmp_path / "t.xlsx").active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert sheet["A2"].value == "=1+1"
    assert sheet["B2"].value == "a"


def test_a_table_holds_a_line_per_document_and_says_what_is_open() -> None:
    documents = [entry("d1", "a.md"), entry("d2", "b.md")]
    grid = Grid(documents, [Column("A", "a?")], "")
    filled = FilledGrid({("d1", "A"): answered("yes")}, 1, 0, 1, 1.0)
    assert table_of(grid, filled) == [
        ["document", "title", "A", "A (source)"],
        ["a.md", "", "yes", "page 2: “as quoted”"],
        ["b.md", "", "", "not asked yet"],
    ]


@pytest.mark.parametrize("name", ["q.jsonl", "q.json"])
def test_json_is_no_list_of_questions(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"question": "Who?"}\n', encoding="utf-8")
    with pytest.raises(UserError, match="holds JSON"):
        read_questions(tmp_path / name)
