"""What a user does in the first hour, through the real command line."""

import json
import re
import shutil
from pathlib import Path

import pytest

from metier.api import open_workspace
from metier.store.audit import FileAudit
from tests.stories.conftest import Cli, said

NOTICE = "How long is the notice period?"


def test_from_a_folder_to_a_cited_answer_and_back(cli: Cli) -> None:
    """init, ingest, ask, delete, amend, feedback, replay, releases: one workspace through its life."""
    first = cli.spawn("ingest")
    assert (
        "2 received = 2 live + 0 partial + 0 quarantined + 0 in flight + 0 superseded + 0 removed + 0 erased"
        in first.out
    )
    answer = cli.ask(NOTICE)
    assert answer["outcome"] == "answered"
    assert "six weeks" in said(answer)
    citation = answer["statements"][0]["citations"][0]
    assert citation["uri"] == "employment.md"
    with open_workspace(cli.workspace) as system:
        document = system.document(None, citation["document"])
        assert document is not None
        assert document.text[citation["start"] : citation["end"]] == citation["quote"]
        assert "six weeks" in citation["quote"]

    again = cli.run("ingest", "--json").json
    assert (again["unchanged"], again["added"], again["changed"], again["done"]) == (2, 0, 0, 0)

    letter = cli.docs / "employment.md"
    letter.write_text(
        letter.read_text(encoding="utf-8").replace("six weeks", "three months"), encoding="utf-8"
    )
    cli.run("ingest")
    amended = cli.ask(NOTICE)
    assert "three months" in said(amended)
    assert "six weeks" not in json.dumps(amended)

    stored = cli.run("feedback", "add", amended["id"], "thumb", "up", "--statement", "s1", "--json").json
    assert (stored["kind"], stored["value"], stored["answer"]) == ("thumb", 1, amended["id"])
    refused = cli.run("feedback", "add", amended["id"], "thumb", "sideways", code=2)
    assert "must be 1 or -1" in refused.err
    text = cli.run("feedback", "add", amended["id"], "expert_answer", "140", "--json").json
    assert text["value"] == "140"

    assert cli.run("replay", amended["id"], "--json").json["same"] is True

    letter.unlink()
    removed = cli.run("ingest", "--json").json
    assert removed["removed"] == 1
    gone = cli.ask(NOTICE)
    assert "employment" not in json.dumps(gone)
    assert gone["outcome"] == "abstained"
    assert cli.run("replay", amended["id"], "--json").json["same"] is False

    states = cli.run("status", "--json").json["ledger"]
    assert states["received"] == sum(states["states"].values()) == 3
    audit = FileAudit(cli.workspace / ".metier" / "audit.jsonl")
    assert audit.broken_at() is None
    kinds = [row["kind"] for row in audit.rows()]
    assert kinds.count("answer") == 5
    assert kinds.count("ingest") == 4
    assert kinds.count("feedback") == 2


def test_two_people_with_different_rights(cli: Cli) -> None:
    path = cli.workspace / "metier.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace(
        "  - {id: me, name: Me, groups: [all]}\n",
        "  - {id: hanna, groups: [all, hr]}\n  - {id: otto, groups: [all]}\n",
    ).replace(
        '  - {match: "**", allow: [all]}\n',
        '  - {match: "**", allow: [all]}\n  - {match: "employment.md", allow: [hr]}\n',
    )
    path.write_text(text, encoding="utf-8")
    cli.run("ingest")
    assert "six weeks" in said(cli.ask(NOTICE, "--as", "hanna"))
    denied = cli.ask(NOTICE, "--as", "otto")
    assert denied["outcome"] == "abstained"
    assert "employment" not in json.dumps(denied).lower().replace("employment letter?", "")
    assert "six weeks" not in json.dumps(denied)
    # the rules change: at once for who loses a right, without a new ingest
    path.write_text(
        text.replace("{id: hanna, groups: [all, hr]}", "{id: hanna, groups: [all]}"), encoding="utf-8"
    )
    assert cli.ask(NOTICE, "--as", "hanna")["outcome"] == "abstained"
    # a document is opened to everybody: the index follows without reading it again
    path.write_text(
        text.replace('"employment.md", allow: [hr]', '"employment.md", allow: [all]'), encoding="utf-8"
    )
    assert cli.run("ingest", "--json").json["regrouped"] == 1
    assert "six weeks" in said(cli.ask(NOTICE, "--as", "otto"))
    unknown = cli.run("ask", NOTICE, "--as", "nobody", code=2)
    assert "unknown user 'nobody'; metier.yaml knows hanna, otto" in unknown.err


def test_what_is_prohibited_or_out_of_scope_is_refused(cli: Cli) -> None:
    path = cli.workspace / "metier.yaml"
    scope = 'scope:\n  prohibited: [{use: "Judging people", examples: ["Who is the laziest colleague?"]}]\n  examples: {in: ["How long is the notice period?"], out: ["Who won the football match?"]}\n'
    text = re.sub(r"scope:\n(  .*\n)+", scope, path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    cli.run("ingest")
    for question, words in (
        ("Who is the laziest colleague?", "Judging people"),
        ("Who won the football match?", "outside"),
    ):
        answer = cli.ask(question)
        assert answer["outcome"] == "refused"
        assert words in answer["abstention"]["reason"]
        assert answer["statements"] == []
    assert cli.ask(NOTICE)["outcome"] == "answered"


def test_releases_are_promoted_and_rolled_back(cli: Cli, tmp_path: Path) -> None:
    (zero,) = cli.run("release", "list", "--json").json
    assert zero["live"] is True
    assert "no earlier release" in cli.run("release", "rollback", code=2).err
    copy = tmp_path / "candidate"
    shutil.copytree(cli.workspace / ".metier" / "releases" / zero["id"], copy)
    (copy / "thresholds.json").write_text(
        json.dumps({"extractive": 1.0, "language_model": 1.0, "support": 1.0, "customer": 0.0}),
        encoding="utf-8",
    )
    from metier.store.releases import FileReleases

    state = cli.workspace / ".metier"
    candidate = FileReleases(state / "releases", state / "live").add(copy)
    cli.run("ingest")
    assert cli.ask(NOTICE)["outcome"] == "answered"
    cli.run("release", "promote", candidate.id[:12])
    strict = cli.ask(NOTICE)
    assert (strict["outcome"], strict["release"]) == ("abstained", candidate.id)
    assert cli.run("release", "rollback", "--json").json == {"live": zero["id"]}
    assert cli.ask(NOTICE)["outcome"] == "answered"
    # a damaged release says so, and there is a way out
    cli.run("release", "promote", candidate.id[:12])
    (state / "releases" / candidate.id / "scope.json").write_text("{}", encoding="utf-8")
    assert "was changed after it was made" in cli.run("ask", NOTICE, code=2).err
    assert "changed after it was made" in cli.run("release", "list").out
    cli.run("release", "rollback")
    assert cli.ask(NOTICE)["outcome"] == "answered"


def test_explain_shows_how_an_answer_came_about(cli: Cli) -> None:
    cli.run("ingest")
    shown = cli.run("ask", NOTICE, "--explain").out
    for words in (
        "milliseconds",
        "found by",
        "searched the snapshot",
        "keyword #1",
        "static #",
        "draft by extractive",
        "employment.md",
        "question in en, asked as me",
        "chance",
        "decision at or above the threshold of",
        "mixed keyword 0.",
        "the documents echo the question by",
    ):
        assert words in shown
    assert max(len(line) for line in shown.splitlines()) > 80, "lines are cut to a terminal nobody has"
    told = json.loads(cli.run("ask", NOTICE, "--explain", "--json").out)["explain"]
    echo = told["weights"].pop("echo")
    assert echo in {row["scores"]["echo"] for row in told["pool"]}
    assert sum(told["weights"].values()) == pytest.approx(1)


@pytest.mark.parametrize("command", [["ingest"], ["status"], ["ask", "x"], ["release", "list"], ["cancel"]])
def test_without_a_workspace_each_command_says_how_to_make_one(tmp_path: Path, command: list[str]) -> None:
    lost = Cli(tmp_path)
    (tmp_path / "work").mkdir()
    assert "`metier init DIR` makes a workspace" in lost.run(*command, code=2).err
