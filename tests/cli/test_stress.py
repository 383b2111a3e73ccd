"""`metier evaluate stress`: what is printed, the exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from metier.cli import stress as module
from metier.cli.evaluate import app
from metier.evaluate.cases import write_cases
from metier.evaluate.stress import Stress, stress_text
from metier.store.workspace import create_workspace
from tests.evaluate.made import case
from tests.evaluate.test_stress import grown


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["stress", *map(str, words)])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    create_workspace(tmp_path / "work")
    for number in range(25):
        (tmp_path / "work" / "documents" / f"{number}.txt").write_text("x")
    write_cases(tmp_path / "cases.jsonl", [case(i) for i in range(3)])
    return tmp_path


def test_a_forecast_does_nothing(place: Path) -> None:
    found = run(place / "cases.jsonl", "-w", place / "work", "--forecast", "--out", place / "out")
    assert found.exit_code == 0
    assert "2 sizes of the corpus: 20, 25 files" in found.output
    assert not (place / "out").exists()
    data = json.loads(run(place / "cases.jsonl", "-w", place / "work", "--forecast", "--json").output)
    assert data["sizes"] == [20, 25]
    assert run(place / "cases.jsonl", "-w", place / "work", "--sizes", "a").exit_code == 1


@pytest.mark.parametrize(("rights", "code"), [([270, 240], 1), ([270, 270], 0), ([10, 9], 0)])
def test_the_exit_code_says_whether_it_holds(
    place: Path, monkeypatch: pytest.MonkeyPatch, rights: list[int], code: int
) -> None:
    made: Stress = grown(rights)
    monkeypatch.setattr(module, "stress_any", lambda *args, **more: made)
    found = run(place / "cases.jsonl", "-w", place / "work")
    assert (found.exit_code, made.sentence in found.output) == (code, True)
    assert "2,000" in found.output
    (place / "s.json").write_text(stress_text(made))
