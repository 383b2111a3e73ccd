"""`metier evaluate specify`: an interview on a real workspace, and a run checked against it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from metier.cli.evaluate import app
from metier.errors import Stopped, UserError
from metier.evaluate.cases import write_cases
from metier.evaluate.judges import ModelJudge
from metier.evaluate.run import run_text
from tests.evaluate.blamed import notice, workspace
from tests.evaluate.made import case, row, run_of
from tests.evaluate.test_judged_tests import Reader


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


def test_an_interview_that_is_stopped_goes_on_with_the_next_choice(tmp_path: Path) -> None:
    with workspace(tmp_path):
        pass
    spec, work = tmp_path / "s.json", tmp_path / "work"
    words = ("specify", "-w", work, "--out", spec, "--marks", 5)
    stopped = run(*words, typed="s\n1\ns\n")  # the end of input stops it, as Ctrl-C does
    assert "3 choices are kept" in str(stopped.exception)
    assert isinstance(stopped.exception, Stopped)
    assert not spec.exists()
    done = run(*words, typed="s\ns\n")
    assert done.exit_code == 0, done.exception
    assert "after 5 choices" in done.output
    whole = json.loads(spec.read_text())
    spec.unlink()
    assert not (tmp_path / "s.json.choices.jsonl").exists()
    run(*words, typed="s\n1\ns\ns\ns\n")
    assert json.loads(spec.read_text()) == whole


def test_a_new_interview_keeps_what_it_does_not_replace(tmp_path: Path) -> None:
    with workspace(tmp_path):
        pass
    spec = tmp_path / "s.json"
    run("specify", "--add", "names the exception", "--out", spec, "--blocking")
    run("specify", "-w", tmp_path / "work", "--out", spec, "--marks", 2, typed="s\ns\n")
    kept = json.loads(spec.read_text())
    assert [(test["told"], test["blocking"]) for test in kept["tests"]] == [("names the exception", True)]
    assert kept["marks"] == 2


def test_a_requirement_in_ones_own_words_needs_a_judge_with_a_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("judge", "specify"):
        monkeypatch.setattr(f"metier.cli.{name}.judge_of", lambda *words: ModelJudge(Reader()))
    spec, kept, marks, card = (tmp_path / name for name in ("s.json", "q.run.jsonl", "m.csv", "card.json"))
    assert (
        run("specify", "--add", "names six", "--out", spec, "--author", "hanna", "--blocking").exit_code == 0
    )
    assert json.loads(spec.read_text())["tests"][0]["id"] == "judged: names six"
    made = run_of([row(case(i), right=i % 4 > 0) for i in range(40)])
    kept.write_text(run_text(made), encoding="utf-8")
    assert isinstance(run("specify", "--check", kept, "--out", spec).exception, UserError)
    run("judge", "--run", kept, "--sheet", marks, "--requirement", "names six")
    lines = marks.read_text(encoding="utf-8-sig").splitlines()
    assert "names six" in lines[1]
    filled = [lines[0], *(line + ("y" if "six weeks" in line else "n") for line in lines[1:])]
    marks.write_text("\n".join(filled) + "\n", encoding="utf-8")
    done = run("judge", marks, "--judge", "workspace", "--requirements", "--out", card)
    assert done.exit_code == 0, done.exception
    told = run("specify", "--check", kept, "--out", spec, "--judge", "workspace", "--card", card)
    assert (told.exit_code, "names six" in told.output, "75.0%" in told.output) == (
        1,
        True,
        True,
    )  # it blocks
    monkeypatch.undo()
    lexical = run("judge", marks, "--requirements")
    assert isinstance(lexical.exception, UserError)
