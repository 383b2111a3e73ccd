"""Two processes answer while a canary runs; people mark what it says, it is rolled back, and the next question is the live release's."""

import json
import re
import urllib.request
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest

from metier.api import open_workspace
from tests.conftest import metier_command
from tests.stories.conftest import Cli

PEOPLE = [f"p{number:02}" for number in range(12)]


@pytest.fixture
def office(cli: Cli, tmp_path: Path) -> Cli:
    """A workspace of twelve people with a release that could be promoted."""
    users = [{"id": name, "groups": ["all"]} for name in PEOPLE]
    cli.settings(
        json.dumps(
            {
                "users": users,
                "groups": [{"match": "**", "allow": ["all"]}],
                "sources": [{"folder": str(cli.docs)}],
                "extract": {"workers": 1},
            }
        )
    )
    cli.run("ingest")
    folder = tmp_path / "candidate"
    folder.mkdir()
    with open_workspace(cli.workspace) as system:
        told = {"name": "tried", "parents": [system.release.id]}
        (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
        system.add_release(folder)
    return cli


def address_of(server: "Popen[str]") -> str:
    """Where it serves, once it does."""
    assert server.stdout is not None
    for line in server.stdout:
        if address := re.search(r"http://\S+?:\d+", line):
            return address[0]
    raise AssertionError("it ended before it said where")


def post(address: str, path: str, person: str, body: Any) -> Any:
    request = urllib.request.Request(
        f"{address}{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "X-Metier-User": person},
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)


def ask(address: str, person: str) -> Any:
    return post(address, "/api/v1/ask", person, {"question": "Where may visitors park?"})


@pytest.mark.timeout(400)
def test_a_canary_that_people_call_wrong_is_rolled_back_while_two_processes_serve(office: Cli) -> None:
    live, tried = sorted(office.run("release", "list", "--json").json, key=lambda row: not row["live"])
    server = Popen(
        [*metier_command(), "serve", "--port", "0", "--workers", "2", "-w", str(office.workspace)],
        stdout=PIPE,
        text=True,
        cwd=office.root,
        env=office.environment() | {"PYTHONUNBUFFERED": "1"},
    )
    with server:
        try:
            address = address_of(server)
            assert {ask(address, person)["release"] for person in PEOPLE} == {live["id"]}
            begun = office.run("release", "promote", tried["id"][:12], "--canary", "0.25", "--json").json
            assert begun["live"] == live["id"]
            assert begun["canary"]["people"] == 3
            given = {person: ask(address, person)["release"] for person in PEOPLE}
            mine = [person for person in PEOPLE if given[person] == tried["id"]]
            others = [person for person in PEOPLE if given[person] == live["id"]]
            assert (len(mine), len(others)) == (3, 9)
            chat = {"model": "metier", "messages": [{"role": "user", "content": "Where may visitors park?"}]}
            answered = post(address, "/v1/chat/completions", mine[0], chat)["metier"]
            assert answered["release"] == tried["id"], "through the other door, too"
            assert (
                office.run("ask", "Where may visitors park?", "--as", mine[0], "--json").json["release"]
                == tried["id"]
            )
            assert "What is not known" in office.run("release", "show", tried["id"][:12]).out
            listed = office.run("release", "list")
            assert re.search(r"25%\s+" + tried["id"][:12], listed.out)
            for number in range(12):
                for person, value in ((others[number % 9], 1), (others[(number + 1) % 9], 1)):
                    row = {"answer": ask(address, person)["id"], "kind": "thumb", "value": value}
                    post(address, "/api/v1/feedback", person, row)
                for person in (mine[number % 3], mine[(number + 1) % 3]):
                    row = {"answer": ask(address, person)["id"], "kind": "citation", "value": "wrong"}
                    post(address, "/api/v1/feedback", person, row)
                if ask(address, mine[0])["release"] == live["id"]:
                    break
            assert {ask(address, person)["release"] for person in PEOPLE for _ in range(2)} == {live["id"]}
        finally:
            server.terminate()
    told = office.run("status", "--json").json["canary"]
    assert (told["how"], told["running"], told["release"]) == ("harm", False, tried["id"])
    for words in (("status",), ("release", "list")):
        assert "marked answers were harm" in " ".join(office.run(*words).out.split())
    audit = (office.workspace / ".metier" / "audit.jsonl").read_text(encoding="utf-8")
    assert audit.count('"canary_ended"') == 1
    assert "live: " + live["id"] in " ".join(office.run("release", "promote", live["id"]).out.split())


def test_rollback_ends_the_canary_and_not_what_is_live(office: Cli) -> None:
    live, tried = sorted(office.run("release", "list", "--json").json, key=lambda row: not row["live"])
    assert "at most 0.5" in office.run("release", "promote", tried["id"], "--canary", "0.7", code=2).err
    begun = office.run("release", "promote", tried["id"], "--canary", "0.1").out
    assert "answers 1 of 12 people" in " ".join(begun.split())
    assert "nothing is excluded yet" in " ".join(office.run("status").out.split())
    ended = office.run("release", "rollback", "--json").json
    assert ended == {"live": live["id"], "canary_ended": tried["id"]}
    assert "somebody rolled it back" in " ".join(office.run("release", "list").out.split())
    gone = office.run("release", "rollback", "--canary", code=2).err
    assert "no canary runs" in gone
    assert "Nothing was changed" in gone
    office.run("release", "promote", tried["id"], "--canary", "0.1")
    ended = office.run("release", "rollback", "--canary", "--json").json
    assert ended == {"live": live["id"], "canary_ended": tried["id"]}
    assert "no earlier release" in office.run("release", "rollback", code=2).err
