"""`metier evaluate generate` on a real workspace: the cases, what is told, the review sheet and back."""

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from metier.cli.evaluate import app
from metier.errors import UserError
from metier.evaluate.cases import read_cases
from tests.evaluate.blamed import workspace


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)])


def test_cases_are_written_and_told(tmp_path: Path) -> None:
    with workspace(tmp_path):
        pass
    made, sheet = tmp_path / "made.jsonl", tmp_path / "review.csv"
    words = ("generate", "-w", tmp_path / "work", "--cases", 12, "--out", made, "--review", sheet)
    done = run(*words)
    assert done.exit_code == 0, done.exception
    assert f"cases: {made}" in done.output
    assert "drafts became cases" in done.output
    cases = read_cases(made)
    assert cases
    data = json.loads(run(*words, "--json").stdout)
    assert (data["cases"], data["accepted"]) == (len(cases), len(cases))
    sheet.write_text(
        sheet.read_text(encoding="utf-8-sig").replace(',"",', ",,").rstrip() + "y\n", encoding="utf-8"
    )
    assert "all" in run("generate", "--marked", sheet).output
    assert json.loads(run("generate", "--marked", sheet, "--json").stdout)["all"]["n"] == 1
    assert isinstance(run("generate", "--out", "a.csv").exception, UserError)
