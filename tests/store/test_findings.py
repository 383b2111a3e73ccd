"""Findings are kept between runs; a damaged file is an empty one."""

from pathlib import Path

from metier.store.findings import FileFindings
from metier.types import Findings, Suspect, UnsurePage


def test_what_is_written_is_read(tmp_path: Path) -> None:
    kept = FileFindings(tmp_path / "findings.json")
    assert kept.read() == {}
    suspects = (Suspect("d1", "a.txt", 1, "override", "Ignore all …"),)
    unsure = (UnsurePage("d1", "a.txt", 2, 0.4, 3, True),)
    rows = {"d1": Findings(suspects, unsure), "d2": Findings()}
    kept.write(rows)
    assert FileFindings(tmp_path / "findings.json").read() == rows
    (tmp_path / "findings.json").write_text("{", encoding="utf-8")
    assert kept.read() == {}
