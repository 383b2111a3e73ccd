"""`metier evaluate import`: what is printed, and the run it writes."""

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from metier.cli.evaluate import app
from metier.evaluate.run import read_run
from tests.evaluate.test_imports import N, inspect, promptfoo


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)])


def test_scores_are_printed_with_intervals_and_kept_as_a_run(tmp_path: Path) -> None:
    one, two = promptfoo(tmp_path / "a.json", 40), promptfoo(tmp_path / "b.json", 2)
    told = run("import", one, "--out", tmp_path / "a.run.jsonl").output
    assert f"openai:x (promptfoo, {N} rows)" in told
    assert "pass" in told
    assert len(read_run(tmp_path / "a.run.jsonl").rows) == N
    assert "better" in run("import", one, two).output
    data = json.loads(run("import", one, two, "--json").stdout)
    assert {row["metric"]: row["verdict"] for row in data["differences"]}["pass"] == "better"
    log = json.loads(run("import", inspect(tmp_path / "i.json"), "--json").stdout)
    assert log["results"][0]["tool"] == "inspect"
