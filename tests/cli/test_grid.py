"""`metier grid` on a real workspace."""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metier.cli import grid as module
from metier.cli.main import app
from metier.errors import UserError
from metier.store.workspace import create_workspace
from metier.system import open_system
from tests.conftest import write_letters

CLI = CliRunner()
SETTINGS = """
users: [{id: hanna, groups: [all, hr]}, {id: otto, groups: [all]}]
groups: [{match: "**", allow: [all]}, {match: "employment.md", allow: [hr]}]
sources: [{folder: ../letters}]
extract: {workers: 1}
"""


@pytest.fixture
def work(tmp_path: Path) -> Path:
    write_letters(tmp_path / "letters")
    workspace = create_workspace(tmp_path / "work")
    workspace.settings.write_text(SETTINGS, encoding="utf-8")
    with open_system(workspace.root) as system:
        system.ingest()
    (tmp_path / "q.csv").write_text(
        "question,name\nHow long is the notice period?,Notice\nWhen does the car park open?,Opening\n",
        encoding="utf-8",
    )
    return workspace.root


def rows(path: Path) -> dict[str, list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {line[0]: line[1:] for line in csv.reader(file)}


def test_each_document_answers_for_itself_and_only_to_who_may_see_it(work: Path) -> None:
    questions, table = work.parent / "q.csv", work.parent / "q.grid.csv"
    said = CLI.invoke(app, ["grid", str(questions), "-w", str(work)])
    assert said.exit_code == 0, said.output
    assert "2 documents x 2 questions = 4 cells" in said.output
    found = rows(table)
    assert found["document"] == ["title", "Notice", "Notice (source)", "Opening", "Opening (source)"]
    assert "six weeks" in found["employment.md"][1]
    assert "six weeks" in found["employment.md"][2]
    assert found["employment.md"][3:] == ["", "not stated"]
    assert found["parking.txt"][1:3] == ["", "not stated"], "nothing of the letter beside it"
    assert "5:30" in found["parking.txt"][4]
    again = json.loads(CLI.invoke(app, ["grid", str(questions), "--json", "-w", str(work)]).stdout)
    assert (again["asked"], again["kept"], again["open"]) == (0, 4, 0)
    settings = work / "metier.yaml"
    more = SETTINGS.replace("users: [", "users: [{id: anna, groups: []}, ") + "serve: {port: 8400}\n"
    settings.write_text(f"# the same system for more people\n{more}", encoding="utf-8")
    command = ["grid", str(questions), "--as", "hanna", "--json", "-w", str(work)]
    assert json.loads(CLI.invoke(app, command).stdout)["asked"] == 0
    settings.write_text(f"{more}retrieve: {{narrow: 5}}\n", encoding="utf-8")
    assert json.loads(CLI.invoke(app, command).stdout)["asked"] == 4
    settings.write_text(SETTINGS, encoding="utf-8")
    otto = CLI.invoke(app, ["grid", str(questions), "--as", "otto", "--json", "-w", str(work)])
    assert [row["document"] for row in json.loads(otto.stdout)["rows"]] == ["parking.txt"]
    assert "six weeks" not in otto.stdout
    with (
        open_system(work) as system,
        pytest.raises(UserError, match="no documents that otto may see match emp"),
    ):
        system.grid([], ["emp*"], "otto")
    with open_system(work) as system:
        hidden = next(item.id for item in system.documents("hanna") if item.uri == "employment.md")
        assert not system.ask_document("How long is the notice period?", hidden, "otto").statements
        told = system.ask_document("How long is the notice period?", hidden, "hanna")
        trace = system.stored_trace(told.id)
        assert trace is not None
        assert trace.query.within == hidden
        assert system.ask_again(trace).statements == told.statements
        with pytest.raises(UserError, match="empty"):
            system.ask_document(" ", hidden)


def test_a_forecast_writes_nothing(work: Path) -> None:
    said = CLI.invoke(app, ["grid", str(work.parent / "q.csv"), "--forecast", "--json", "-w", str(work)])
    assert json.loads(said.stdout)["cells"] == 4
    assert not (work.parent / "q.grid.csv").exists()


def test_stopped_it_writes_what_it_has_and_goes_on(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = work.parent / "q.csv"
    questions.write_text(
        "\n".join(["question", *(f"How long is the notice period in case {number}?" for number in range(6))]),
        encoding="utf-8",
    )

    @contextmanager
    def at_once() -> Iterator[object]:
        yield lambda: True

    table = work.parent / "t.xlsx"
    command = ["grid", str(questions), "--out", str(table), "-w", str(work)]
    with monkeypatch.context() as patched:
        patched.setattr(module, "stop_on_interrupt", at_once)
        stopped = CLI.invoke(app, command)
    assert stopped.exit_code == 130
    assert "8 cells are open: the same command goes on with them" in stopped.output
    assert table.exists()
    assert CLI.invoke(app, command).exit_code == 0


@pytest.mark.parametrize(
    ("out", "words"),
    [("q.csv", "holds the questions"), ("t.pdf", "neither .csv nor .xlsx"), ("no/t.csv", "is not a folder")],
)
def test_a_table_that_could_not_be_written_is_refused_first(work: Path, out: str, words: str) -> None:
    said = CLI.invoke(
        app, ["grid", str(work.parent / "q.csv"), "--out", str(work.parent / out), "-w", str(work)]
    )
    assert isinstance(said.exception, UserError)
    assert words in str(said.exception)
