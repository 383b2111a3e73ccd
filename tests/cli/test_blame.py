"""`metier evaluate blame` on a real workspace, and its table in the report."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from metier.cli.evaluate import app
from metier.evaluate.cases import write_cases
from metier.evaluate.run import run_suite
from metier.evaluate.suites import Suite
from metier.types import Case, EvidenceQuote
from tests.evaluate.blamed import notice, workspace


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)])


def test_wrong_answers_are_blamed_and_the_report_shows_it(tmp_path: Path) -> None:
    with workspace(tmp_path):
        pass
    silent = (EvidenceQuote("bonus.pdf", "The bonus is 900 euros."),)
    cases = [
        notice(),
        Case("bonus", "How high is the bonus?", "hanna", "answerable", ("900",), evidence=silent, group="b"),
    ]
    write_cases(tmp_path / "q.jsonl", cases)
    kept, blamed = tmp_path / "q.run.jsonl", tmp_path / "blame.json"
    run("run", tmp_path / "q.jsonl", "-w", tmp_path / "work", "--out", kept)
    told = run("blame", kept, "-w", tmp_path / "work", "--out", blamed).output
    assert "bonus: corpus silent: there is no bonus.pdf in the workspace" in told
    assert "documents you should add:\n  bonus.pdf (1 questions)" in told
    data = json.loads(run("blame", kept, "-w", tmp_path / "work", "--json").output)
    assert data["counts"] == {"corpus silent": 1}
    done = run("report", kept, "--blame", blamed, "--out", tmp_path / "r")
    assert done.exit_code == 0, done.exception
    page = (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
    assert "Corpus silent" in page
    assert "Documents you should add" in page
    assert "| corpus silent | 1 |" in (tmp_path / "r" / "report.md").read_text(encoding="utf-8")
    other = tmp_path / "other.run.jsonl"
    other.write_text(
        kept.read_text(encoding="utf-8").replace('"started": "2', '"started": "3', 1), encoding="utf-8"
    )
    refused = run("report", other, "--blame", blamed, "--out", tmp_path / "r")
    assert "the blames are of another run" in str(refused.exception)


def test_what_broke_since_an_earlier_run(tmp_path: Path) -> None:
    with workspace(tmp_path):
        pass
    cases = [notice(id=f"n{number}", group=f"g{number}") for number in range(6)]
    write_cases(tmp_path / "q.jsonl", cases)
    then, now = tmp_path / "then.run.jsonl", tmp_path / "now.run.jsonl"
    run("run", tmp_path / "q.jsonl", "-w", tmp_path / "work", "--out", then)
    run_suite(
        lambda case: {"text": "It is nine weeks.", "citations": [{"uri": "canteen.md", "quote": "The canteen opens at noon."}]},
        Suite("q", tuple(cases)), system="other", now=lambda: "2026", path=now,
    )  # fmt: skip
    told = run("blame", now, "--before", then, "-w", tmp_path / "work")
    assert told.exit_code == 0, told.exception
    assert "6 answers were right before and are not now" in told.output
    assert "most likely broken: " in told.output
    same = json.loads(run("blame", then, "--before", then, "-w", tmp_path / "work", "--json").stdout)
    assert (same["broken"], same["stage"]) == (0, "")


def test_stopped_it_says_so_by_its_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with workspace(tmp_path):
        pass
    write_cases(tmp_path / "q.jsonl", [notice(answers=("nine weeks",))])
    kept = tmp_path / "q.run.jsonl"
    run("run", tmp_path / "q.jsonl", "-w", tmp_path / "work", "--out", kept)

    @contextmanager
    def at_once() -> Iterator[Callable[[], bool]]:
        yield lambda: True

    monkeypatch.setattr("metier.cli.blame.stop_on_interrupt", at_once)
    stopped = run("blame", kept, "-w", tmp_path / "work")
    assert (stopped.exit_code, "1 wrong answers, none looked at" in stopped.output) == (130, True)
