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


def test_three_files_are_one_json_document_and_the_run_is_told(tmp_path: Path) -> None:
    files = [promptfoo(tmp_path / f"{name}.json", 40) for name in "abc"]
    told = run("import", *files, "--out", tmp_path / "a.run.jsonl", "--json")
    data = json.loads(told.stdout)
    assert (len(data["results"]), data["cases"], data["out"]) == (3, N, str(tmp_path / "a.run.jsonl"))
    assert "3 systems; name two files" in told.stderr
    assert f"{N} cases of {N} rows" in run("import", files[0], "--out", tmp_path / "b.run.jsonl").output


def test_a_file_without_scores_is_refused_in_json_too(tmp_path: Path) -> None:
    bare = tmp_path / "bare.csv"
    bare.write_text("question,answer,reference\nHow long?,six weeks,six weeks\n", encoding="utf-8")
    assert "holds no scores" in str(run("import", bare, "--json").exception)
    assert run("import", bare, "--out", tmp_path / "bare.run.jsonl").exit_code == 0
    assert len(read_run(tmp_path / "bare.run.jsonl").rows) == 1
