"""Suspects are kept between runs; a damaged file is an empty one."""

from pathlib import Path

from metier.store.suspects import FileSuspects
from metier.types import Suspect


def test_what_is_written_is_read(tmp_path: Path) -> None:
    kept = FileSuspects(tmp_path / "suspects.json")
    assert kept.read() == {}
    rows = {"d1": [Suspect("d1", "a.txt", 1, "override", "Ignore all …")], "d2": []}
    kept.write(rows)
    assert FileSuspects(tmp_path / "suspects.json").read() == rows
    (tmp_path / "suspects.json").write_text("{", encoding="utf-8")
    assert kept.read() == {}
