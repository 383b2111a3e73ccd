"""`metier evaluate report`: what is written, and the verdict."""

import json
from pathlib import Path

from tests.cli.kept import run


def test_report_writes_four_files(runs: dict[str, Path], tmp_path: Path) -> None:
    done = run("report", runs["good"], "--baseline", runs["bad"], "--out", tmp_path / "r", "--json")
    data = json.loads(done.stdout)
    assert data["verdict"] == "ship with a human"
    assert all(Path(path).exists() for path in data["files"])
    assert run("report", runs["good"], "--out", tmp_path / "r").stdout.startswith("ship with a human: ")
