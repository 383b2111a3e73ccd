"""`metier evaluate specify`: an interview on a real workspace, and a run checked against it."""

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from metier.cli.evaluate import app
from metier.errors import UserError
from metier.evaluate.cases import write_cases
from tests.evaluate.blamed import notice, workspace


def run(*words: object, typed: str = "") -> Result:
    return CliRunner().invoke(app, [*map(str, words)], input=typed)


def test_choices_become_tests_and_a_run_is_checked(tmp_path: Path) -> None:
    with workspace(tmp_path):
        pass
    spec, work = tmp_path / "s.json", tmp_path / "work"
    done = run(
        "specify", "-w", work, "--out", spec, "--marks", 5, "--author", "hanna", typed="s\nx\ns\ns\ns\ns\n"
    )
    assert done.exit_code == 0, done.exception
    assert "0 requirements after 5 choices" in done.output
    data = json.loads(spec.read_text())
    data["tests"] = [{"id": "cites", "told": "names a source below the answer", "blocking": True},
                     {"id": "words<=1", "told": "has at most 1 word"}]  # fmt: skip
    spec.write_text(json.dumps(data))
    write_cases(tmp_path / "q.jsonl", [notice()])
    run("run", tmp_path / "q.jsonl", "-w", work, "--out", tmp_path / "q.run.jsonl")
    told = run("specify", "--check", tmp_path / "q.run.jsonl", "--out", spec)
    assert (told.exit_code, "names a source" in told.output) == (0, True)
    data["tests"][1]["blocking"] = True
    spec.write_text(json.dumps(data))
    blocked = run("specify", "--check", tmp_path / "q.run.jsonl", "--out", spec, "--json")
    assert blocked.exit_code == 1
    assert json.loads(blocked.stdout)["blocked"] == ["words<=1"]
    missing = run("specify", "--check", tmp_path / "q.run.jsonl", "--out", tmp_path / "no.json")
    assert isinstance(missing.exception, UserError)
