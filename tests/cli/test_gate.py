"""`metier evaluate compare` and `gate`: what is printed, and an exit code for each answer."""

import json
from pathlib import Path

import pytest

from metier.cli.main import main
from metier.errors import UserError
from tests.cli.kept import run


def test_compare_in_words_and_as_json(runs: dict[str, Path]) -> None:
    text = run("compare", runs["good"], runs["bad"]).output
    assert text.startswith("good is better than bad: right on 90.0% against 50.0% of 200 cases, +40.0 points")
    assert "exact McNemar p" in text
    assert json.loads(run("compare", runs["bad"], runs["good"], "--json").output)["verdict"] == "worse"


def test_the_gate_has_an_exit_code_for_each_answer(runs: dict[str, Path]) -> None:
    codes = {
        (a, b, m): run("gate", runs[a], runs[b], "--margin", m).exit_code
        for a, b, m in (("good", "bad", 0), ("bad", "good", 0), ("good", "good", 0), ("good", "good", 5))
    }
    assert codes == {
        ("good", "bad", 0): 0,
        ("bad", "good", 0): 1,
        ("good", "good", 0): 4,
        ("good", "good", 5): 0,
    }
    assert json.loads(run("gate", runs["bad"], runs["good"], "--json").output)["gate"] == "worse"
    assert isinstance(run("gate", runs["bad"], runs["good"], "--margin", -1).exception, UserError)


def test_what_could_not_be_compared_is_no_verdict(
    runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["metier", "evaluate", "gate", str(runs["good"]), "nowhere.jsonl"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    monkeypatch.setattr("sys.argv", ["metier", "evaluate", "gate", str(runs["good"]), str(runs["good"])])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 4
