"""Which files are read as whose, and which are refused; that of each tool is in test_imports.py."""

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
    ):  # fmt: skip
        (tmp_path / name).write_text(text)
        with pytest.raises(UserError):
            read_results(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "h.eval", "w") as archive:
        archive.writestr("other.txt", "x")
    for name in ("h.eval", "absent.json"):
        with pytest.raises(UserError):
            read_results(tmp_path / name)
