"""`metier evaluate judge`: sheet, card, estimate, the page."""

import csv
import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from metier.cli.evaluate import app
from metier.errors import UserError
from metier.evaluate.run import run_text
from tests.evaluate.made import case, row, run_of
from tests.models.loopback import send, serving


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["judge", *map(str, words)])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    rows = [row(case(i), right=i % 4 != 0) for i in range(300)]
    (tmp_path / "run.jsonl").write_text(run_text(run_of(rows)))
    return tmp_path


def filled(place: Path) -> Path:
    """The sheet, marked by a person who goes by the words but for one in ten."""
    sheet = place / "marks.csv"
    assert run("--run", place / "run.jsonl", "--sheet", sheet, "--sample", 120).exit_code == 0
    rows = list(csv.DictReader(sheet.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 120
    for number, item in enumerate(rows):
        item["right"] = "y" if ("six" in item["answer"]) != (number % 10 == 0) else "n"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return sheet


def test_from_a_run_to_marks_to_a_card_to_an_estimate_to_the_page(place: Path) -> None:
    sheet, card = filled(place), place / "card.json"
    found = run(sheet, "--out", card)
    assert found.exit_code == 0, found.output
    assert "lexical agrees with people on 90.0% of 120 answers" in found.output
    assert "says right to what people call right" in found.output
    used = run(sheet, "--run", place / "run.jsonl", "--card", card)
    assert "Of 300 answers shown people would call" in used.output
    data = json.loads(run(sheet, "--run", place / "run.jsonl", "--card", card, "--json").output)
    assert data["powered"]["estimate"]["n"] == 120
    page = CliRunner().invoke(
        app, ["report", str(place / "run.jsonl"), "--judge", str(card), "--out", str(place / "report")]
    )
    assert page.exit_code == 0, page.output
    assert "lexical agrees with people" in (place / "report" / "index.html").read_text(encoding="utf-8")
    assert json.loads(run(sheet, "--json").output)["is_fair"] is True


def test_what_is_missing_is_said(place: Path) -> None:
    sheet = filled(place)
    for words, told in (
        ((), "name a sheet"),
        (("--sheet", place / "x.csv"), "add --run RUN"),
        ((sheet, "--judge", "somebody"), "lexical, workspace or a URL"),
        ((sheet, "--run", place / "run.jsonl"), "has no card"),
    ):
        failed = run(*words)
        assert isinstance(failed.exception, UserError)
        assert told in str(failed.exception)


def test_a_sheet_is_told_as_json_and_never_written_over_marks(place: Path) -> None:
    sheet = place / "new.csv"
    told = run("--run", place / "run.jsonl", "--sheet", sheet, "--sample", 5, "--json")
    assert json.loads(told.stdout) == {"answers": 5, "sheet": str(sheet)}
    marked = filled(place)
    again = run("--run", place / "run.jsonl", "--sheet", marked)
    assert "somebody filled it in" in str(again.exception)


def test_a_model_behind_a_url_says_what_it_cost(place: Path) -> None:
    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        usage = {"prompt_tokens": 20, "completion_tokens": 1}
        whole = {"choices": [{"message": {"content": "yes"}}], "usage": usage}
        send(request, 200, json.dumps(whole).encode(), content_type="application/json")

    sheet = filled(place)
    with serving(handler) as server:
        told = run(sheet, "--judge", server.url, "--json")
        assert told.exit_code == 0, told.output
        data = json.loads(told.stdout)
    assert (data["tokens"], data["cost"]) == (21 * len(server.requests), 0.0)
    with serving(handler) as server:
        assert "the judge used" in run(sheet, "--judge", server.url).output
