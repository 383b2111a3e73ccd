from pathlib import Path

import pytest

from metier.errors import UserError
from metier.evaluate.marks import answers_of, marks_sheet, read_marks
from tests.evaluate.made import case, row, run_of


def test_a_sheet_is_written_filled_and_read(tmp_path: Path) -> None:
    rows = [row(case(i, question="=1+1 weeks?"), right=i % 2 == 0) for i in range(6)]
    rows += [row(case(7), declined=True), row(case(8), error="timeout"), row(case(9, kind="unanswerable"))]
    answers = answers_of(run_of(rows))
    assert len(answers) == 7  # what was not shown is not marked
    assert sorted(item.id for item in answers)[-1] == "c0009"
    assert (
        next(item for item in answers if item.id == "c0009").reference
        == "(unanswerable: it should not be answered)"
    )
    sheet = tmp_path / "marks.csv"
    text = marks_sheet(answers)
    assert "'=1+1 weeks?" in text  # no formula
    sheet.write_text(text)
    with pytest.raises(UserError, match="no row is marked"):
        read_marks(sheet)
    lines = text.splitlines()
    sheet.write_text(
        "\n".join([lines[0], *(line + ("y" if n % 2 else "") for n, line in enumerate(lines[1:]))])
    )
    found = read_marks(sheet)
    assert len(found) == 3
    assert all(item.right for item in found)
    assert {item.id for item in found} <= {item.id for item in answers}
    assert found[0].answer == next(item.answer for item in answers if item.id == found[0].id)
    assert found[0].source == "ours"


def test_sheets_of_others(tmp_path: Path) -> None:
    sheet = tmp_path / "marks.csv"
    sheet.write_text("Question;Reference;Answer;Right\nHow long?;six;six weeks;ja\nHow long?;six;nine;0\n")
    found = read_marks(sheet)
    assert [(item.right, item.group, item.id) for item in found] == [
        (True, "How long?", "row-2"),
        (False, "How long?", "row-3"),
    ]
    sheet.write_text("question,answer\na,b\n")
    with pytest.raises(UserError, match="no column reference, right"):
        read_marks(sheet)
    sheet.write_text("question,reference,answer,right\na,b,c,maybe\n")
    with pytest.raises(UserError, match=r"marks.csv:2: column 'right' is y or n, not 'maybe'"):
        read_marks(sheet)
    sheet.write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="cannot be read"):
        read_marks(sheet)
