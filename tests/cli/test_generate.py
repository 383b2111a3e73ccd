"""`metier evaluate generate` on a real workspace: the cases, what is told, the review sheet and back."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from metier.cli.evaluate import app
from metier.errors import Stopped, UserError
from metier.evaluate.cases import read_cases
from metier.evaluate.making.verb import generate_cases
from metier.types import Progress
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
    assert "somebody filled it in" in str(run(*words).exception)


def test_stopped_it_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with workspace(tmp_path):
        pass
    made = tmp_path / "made.jsonl"
    for enough in (2, 6):  # while documents are read, while cases are made
        asked = iter(range(100_000))

        @contextmanager
        def soon(asked: Iterator[int] = asked, enough: int = enough) -> Iterator[Callable[[], bool]]:
            yield lambda: next(asked) >= enough

        with monkeypatch.context() as patched:
            patched.setattr("metier.cli.generate.stop_on_interrupt", soon)
            stopped = run("generate", "-w", tmp_path / "work", "--cases", 12, "--out", made)
        assert isinstance(stopped.exception, Stopped)
        assert not made.exists()


def test_progress_is_told_while_it_reads_and_makes(tmp_path: Path) -> None:
    seen: list[Progress] = []
    with workspace(tmp_path) as system:
        generate_cases(system, 12, on_progress=seen.append)
    assert [unit for unit, _ in groupby(seen, key=lambda item: item.unit)] == ["documents", "cases"]
    read = [item for item in seen if item.unit == "documents"]
    assert (read[-1].done, read[-1].total) == (3, 3)
