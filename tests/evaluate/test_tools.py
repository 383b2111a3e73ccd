"""Which files are read as whose, and which are refused; that of each tool is in test_imports.py."""

import json
import zipfile
from pathlib import Path

import pytest

from metier.errors import UserError
from metier.evaluate.tools import read_results
from tests.evaluate.test_imports import FILES, Writer


@pytest.mark.parametrize(("write", "name", "metric"), FILES)
def test_each_file_is_known_by_its_shape(tmp_path: Path, write: Writer, name: str, metric: str) -> None:
    (found,) = read_results(write(tmp_path / name))
    assert found.tool == write.__name__
    assert metric in found.metrics
    assert "How long is 3?" in {row.question for row in found.rows}
    assert found.rows[3].answer == "six weeks"


def test_what_is_no_result_file_is_refused(tmp_path: Path) -> None:
    for name, text in (
        ("a.json", "{}"), ("b.json", "[1, 2]"), ("c.json", "{"), ("d.csv", "a,b\n1,2\n"), ("e.json", '{"results": {"results": []}}'),
        ("f.json", '{"testCases": []}'), ("g.jsonl", '{"text": 1}\n'),
        ("suite.jsonl", '{"id": "a", "question": "Who?", "user": "-", "kind": "unanswerable", "tolerance": 0.0}\n'),
    ):  # fmt: skip
        (tmp_path / name).write_text(text)
        with pytest.raises(UserError):
            read_results(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "h.eval", "w") as archive:
        archive.writestr("other.txt", "x")
    for name in ("h.eval", "absent.json"):
        with pytest.raises(UserError):
            read_results(tmp_path / name)


def test_a_failed_assertion_of_promptfoo_is_a_wrong_answer_and_no_error(tmp_path: Path) -> None:
    def row(number: int, **more: object) -> dict[str, object]:
        answer = {
            "provider": {"id": "p"},
            "vars": {"question": f"q{number}"},
            "response": {"output": "six"},
            "success": False,
            "score": 0,
        }
        return {**answer, **more}

    rows = [
        row(1, failureReason=1, error="Expected output to contain nine"), row(2, error="Expected output to contain nine"),
        row(3, failureReason=2, error="API error: 500", response={}), row(4, error="timeout", response=None), row(5, failureReason=0),
    ]  # fmt: skip
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"results": {"version": 3, "results": rows}}), encoding="utf-8")
    (found,) = read_results(path)
    assert [item.error for item in found.rows] == ["", "", "API error: 500", "timeout", ""]
    assert {item.scores["pass"] for item in found.rows} == {0.0}
