"""Answered cells on disk: kept at once, and what was cut short is asked again."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from metier.store.cells import FileCells
from metier.types import Answer, Citation, Outcome, Statement

CITATION = Citation("c1", "d1", "a.md", "A", "", 1, 0, 4, "“six” weeks\n")
ANSWER = Answer("a1", Outcome.ANSWERED, "r", (Statement("s1", "sechs Wöchen", (CITATION,), 0.9, ("six",)),))


def test_what_is_put_is_there_also_for_the_next_process(tmp_path: Path) -> None:
    cells = FileCells(tmp_path / "cells.jsonl")
    assert cells.get("k") is None
    cells.put("k", ANSWER)
    assert cells.get("k") == ANSWER
    assert FileCells(tmp_path / "cells.jsonl").get("k") == ANSWER
    assert (tmp_path / "cells.jsonl").stat().st_mode & 0o077 == 0, "answers are nobody else's to read"


@given(st.integers(0, 2000))
def test_a_kill_at_any_byte_loses_the_last_cell_at_most(cut: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.jsonl"
        for key in "ab":
            FileCells(path).put(key, ANSWER)
        whole = path.read_bytes()
        path.write_bytes(whole[: min(cut, len(whole))])
        first = len(whole.split(b"\n")[0])
        assert (FileCells(path).get("a") is not None) == (cut >= first)
        FileCells(path).put("c", ANSWER)
        again = FileCells(path)
        assert again.get("c") == ANSWER, "a line that was cut does not swallow the next one"
        assert (again.get("a") is not None) == (cut >= first)


def test_lines_of_another_kind_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "cells.jsonl"
    path.write_text('{"cell": "k", "answer": {"id": 3}}\n[]\nnull\n{"answer": {}}\n', encoding="utf-8")
    assert FileCells(path).get("k") is None
