"""`metier evaluate baselines` on a real workspace, and its table in the report."""

import json
from dataclasses import replace
from pathlib import Path

from typer.testing import CliRunner, Result

from metier.cli.evaluate import app
from metier.evaluate.cases import write_cases
from tests.evaluate.blamed import NOTICE_CASE, workspace


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)])


def test_baselines_stand_in_the_report_of_the_run(tmp_path: Path) -> None:
    with workspace(tmp_path):
        pass
    work, kept, made = tmp_path / "work", tmp_path / "q.run.jsonl", tmp_path / "b.json"
    write_cases(tmp_path / "q.jsonl", [replace(NOTICE_CASE, id=f"n{i}", group=f"n{i}") for i in range(10)])
    run("run", tmp_path / "q.jsonl", "-w", work, "--out", kept)
    told = run("baselines", kept, "-w", work, "--out", made)
    assert told.exit_code == 0, told.exception
    assert "keyword search" in told.output
    assert "closed book: not measured" in told.output
    data = json.loads(run("baselines", kept, "-w", work, "--json").output)
    assert data["baselines"][0]["name"] == "keyword search"
    done = run("report", kept, "--baselines", made, "--out", tmp_path / "r")
    assert done.exit_code == 0, done.exception
    assert "Simple means on the same cases" in (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
    other = tmp_path / "other.run.jsonl"
    other.write_text(
        kept.read_text(encoding="utf-8").replace('"started": "2', '"started": "3', 1), encoding="utf-8"
    )
    refused = run("report", other, "--baselines", made, "--out", tmp_path / "r")
    assert "the baselines stand beside another run" in str(refused.exception)
