"""`metier evaluate vault` and `gate --vault` on a real workspace."""

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metier.cli.evaluate import app
from metier.evaluate.cases import write_cases
from metier.store.workspace import create_workspace
from tests.evaluate.made import case

CLI = CliRunner()


def test_a_vault_from_sealing_to_the_last_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METIER_VAULT_KEY_FILE", str(tmp_path / "key"))
    work = tmp_path / "work"
    create_workspace(work)
    write_cases(tmp_path / "cases.jsonl", [case(number) for number in range(12)])
    at = ["-w", str(work)]
    made = CLI.invoke(app, ["vault", "create", str(tmp_path / "cases.jsonl"), "--looks", "1", *at])
    assert "12 sealed cases, 0 of 1 looks spent" in made.output
    assert "not against an administrator" in made.output
    gate = ["gate", str(work), str(work), "--vault", "--json", *at]
    first = CLI.invoke(app, gate)
    assert first.exit_code == 4, first.output
    assert json.loads(first.stdout)["look"]["look"] == 1
    assert json.loads(CLI.invoke(app, gate).stdout)["look"]["again"] is True
    spent = CLI.invoke(app, [*gate, "--margin", "1"])
    assert (spent.exit_code, json.loads(spent.stdout)["gate"]) == (3, "budget spent")
    assert "1 of 1 looks spent" in CLI.invoke(app, ["vault", "status", *at]).output
    with sqlite3.connect(work / ".metier" / "answers.db") as connection:  # asked, and kept nowhere
        assert connection.execute("SELECT count(*) FROM answers").fetchone() == (0,)
    connection.close()
    assert b"notice" not in (work / ".metier" / "audit.jsonl").read_bytes()


def test_the_demo_shows_why() -> None:
    text = CLI.invoke(app, ["vault", "demo"]).output
    assert "20 tweaks that change nothing, on 50 cases." in text
    assert "gate passes 0 of them" in text
    assert json.loads(CLI.invoke(app, ["vault", "demo", "--json"]).stdout)["gain_naive"] > 0
