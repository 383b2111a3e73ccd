"""A question put to some of the documents: through the command line and HTTP, kept with the answer, never beyond rights."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from metier.serve.app import create_app
from metier.system import open_system
from tests.stories.conftest import Cli, said

ASKED = "How long is the notice period?"
YAML = """
version: 1
users: [{id: anna, groups: [all, hr]}, {id: ben, groups: [all]}]
groups: [{match: "**", allow: [all]}, {match: "hr/**", allow: [hr]}]
sources: [{folder: ../letters}]
"""
NOTICE = "The notice period is {weeks} weeks to the end of a quarter."


def write(folder: Path) -> None:
    texts = {
        "contracts/nordwind.md": ("Contract with Nordwind", "", "eleven"),
        "contracts/leave-policy-v1.md": ("Leave policy", "Effective 1 January 2022", "three"),
        "contracts/leave-policy-v2.md": ("Leave policy", "Effective 1 June 2024", "seven"),
        "hr/chief.txt": ("Employment of the chief", "", "forty"),
    }
    for path, (title, date, weeks) in texts.items():
        (folder / path).parent.mkdir(exist_ok=True)
        text = f"# {title}\n\n{date}\n\n{NOTICE.format(weeks=weeks)}\n"
        (folder / path).write_text(text, encoding="utf-8")


@pytest.fixture
def asked_of(cli: Cli) -> Cli:
    write(cli.docs)
    cli.settings(YAML)
    cli.run("ingest", "--json")
    return cli


def cited(answer: Any) -> set[str]:
    """The files that an answer cites."""
    return {one["uri"] for item in answer["statements"] for one in item["citations"]}


def test_a_question_is_put_to_a_folder_a_type_or_a_time(asked_of: Cli) -> None:
    cli = asked_of
    assert "eleven weeks" in said(cli.ask(ASKED, "--in", "contracts/nordwind*"))
    assert cited(cli.ask(ASKED, "--type", "txt")) == {"hr/chief.txt"}
    assert cited(cli.ask(ASKED, "--since", "2024")) == {"contracts/leave-policy-v2.md"}
    assert cited(cli.ask(ASKED, "--until", "2022-12")) == {"contracts/leave-policy-v1.md"}
    then = cli.ask(ASKED, "--in", "contracts/leave-*", "--as-of", "2023-05-01")
    assert cited(then) == {"contracts/leave-policy-v1.md"}
    assert not then["notes"]  # it was in force on that day
    assert cited(cli.ask(ASKED, "--in", "contracts/leave-*", "--as-of", "2025")) == {
        "contracts/leave-policy-v2.md"
    }


def test_it_is_kept_with_the_answer_and_explained(asked_of: Cli) -> None:
    cli = asked_of
    answer = cli.ask(ASKED, "--in", "contracts/nordwind*", "--explain")
    assert answer["explain"]["query"]["filter"]["paths"] == ["contracts/nordwind*"]
    assert answer["explain"]["searched"] == 1
    assert {row["uri"] for row in answer["explain"]["pool"]} == {"contracts/nordwind.md"}
    assert cli.run("replay", answer["id"], "--json").json["same"] is True
    assert "filter in hr/**: 1 documents" in cli.run("ask", ASKED, "--in", "hr/**", "--explain").out


def test_a_filter_that_meets_nothing_says_so_and_never_opens_anything(asked_of: Cli) -> None:
    cli = asked_of
    typo = cli.ask(ASKED, "--in", "contarcts/**")
    assert typo["outcome"] == "abstained"
    assert "did you mean 'contracts/**'?" in typo["abstention"]["reason"]
    assert "without the filter" in typo["abstention"]["next"]
    closed = cli.ask(ASKED, "--in", "hr/**", "--as", "ben")
    assert closed["outcome"] == "abstained"
    assert "forty" not in str(closed)
    assert "chief" not in str(closed)
    assert "is no day" in cli.run("ask", ASKED, "--since", "soon", code=2).err
    nowhere = cli.ask("What does the pump weigh?", "--in", "hr/**")
    assert nowhere["outcome"] == "abstained"
    assert nowhere["abstention"]["next"].startswith("One document was searched (in hr/**)")


def test_the_same_through_http(asked_of: Cli) -> None:
    address = "http://127.0.0.1:8321"
    with (
        open_system(asked_of.workspace) as system,
        TestClient(create_app(system), base_url=address) as client,
    ):
        body = {"question": ASKED, "filter": {"in": "contracts/nordwind.md"}}
        answer = client.post("/api/v1/ask", json=body).json()
        assert cited(answer) == {"contracts/nordwind.md"}
        ben = {"X-Metier-User": "ben"}
        closed = client.post("/api/v1/ask", json={"question": ASKED, "filter": {"in": "hr/**"}}, headers=ben)
        assert closed.json()["outcome"] == "abstained"
        assert "forty" not in closed.text
        wrong = client.post("/api/v1/ask", json={"question": ASKED, "filter": {"since": "soon"}})
        assert wrong.status_code == 422
        assert "no day" in wrong.json()["detail"]
        chat = {"model": "metier", "messages": [{"role": "user", "content": ASKED}]}
        extra = {"metier": {"filter": {"in": ["contracts/nordwind.md"]}}}
        reply = client.post("/v1/chat/completions", json=chat | extra).json()
        assert cited(reply["metier"]) == {"contracts/nordwind.md"}
