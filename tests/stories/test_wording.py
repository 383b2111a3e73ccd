"""Colleagues call things otherwise than the rules do; what they mean is learnt from them, for those who may know."""

from pathlib import Path

import pytest
import yaml

from metier.api import open_workspace, specialize
from metier.system import System
from tests.specialize.offices import town
from tests.stories.conftest import Cli

RULES = ("canteen voucher menu", "locker key deposit", "travel expense claim")
CLOSED = ("pension transfer fund", "salary band review")
OFFICES = 26  # of each kind; nobody asks about the last one
USERS = {"ann": ["all"], "bob": ["all"], "cem": ["all"], "hal": ["all", "hr"], "hix": ["all", "hr"]}


def rule(folder: Path, number: int, subject: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = town(number).title()
    text = f"# {name}\n\nIn {name} the {subject} is settled within {10 + number} days.\n"
    (folder / f"{town(number)}-{subject.split()[0]}.md").write_text(text, encoding="utf-8")


@pytest.fixture
def company(tmp_path: Path) -> Cli:
    """Open rules of some offices, and rules of others that HR alone may read; without sentence vectors, which take a minute."""
    made = Cli(tmp_path)
    for number in range(OFFICES):
        for subject in RULES:
            rule(made.docs, number, subject)
        for subject in CLOSED:
            rule(made.docs / "hr", OFFICES + number, subject)
    made.run("init", "work", "--docs", "letters")
    settings = yaml.safe_load((made.workspace / "metier.yaml").read_text(encoding="utf-8"))
    settings["users"] = [{"id": name, "groups": groups} for name, groups in USERS.items()]
    settings["groups"] = [{"match": "**", "allow": ["all"]}, {"match": "hr/**", "allow": ["hr"]}]
    settings["retrieve"] = {"wide": 20, "narrow": 8, "legs": ["keyword", "static"], "known_items": 0}
    made.settings(yaml.safe_dump(settings))
    made.run("ingest", "--json")
    return made


def ask_and_correct(system: System) -> None:
    """Two kinds of people, each with a word of their own, who point at the rule that they mean."""
    for number in range(OFFICES - 1):
        for word, office, subject, place, people in (
            ("pinkslip", number, RULES[2], "", ("ann", "bob", "cem")),
            ("goldpen", OFFICES + number, CLOSED[0], "hr/", ("hal", "hix")),
        ):
            asker = people[number % len(people)]
            answer = system.ask(f"{word} in {town(office).title()}?", asker)
            quote = f"In {town(office).title()} the {subject} is settled within {10 + office} days."
            better = {"uri": f"{place}{town(office)}-{subject.split()[0]}.md", "quote": quote}
            system.add_feedback(
                [{"answer": answer.id, "kind": "citation", "value": {"better": better}}], asker
            )


@pytest.mark.timeout(500)
def test_colleagues_wording_is_learnt_and_stays_among_those_who_may_know(company: Cli) -> None:
    last = OFFICES - 1
    asked, closed = f"pinkslip in {town(last).title()}?", f"goldpen in {town(OFFICES + last).title()}?"
    with open_workspace(company.workspace) as system:
        parent = system.release
        ask_and_correct(system)
        made = specialize(
            system,
            leave_out=("adapter", "mixture", "reranker", "first_look", "answer_policy", "whole_answer"),
        )
        assert made.outcome is not None
        kept = {item.name: item for item in made.outcome.components}
        assert kept["expansion"].kept, kept["expansion"].reason
        assert "+ expansion" in made.outcome.ledger.rows
        release = system.load_release(made.release)
        books = release.parts["expansion"]["groups"]
        assert set(books["all"]["pinkslip"]) == {"travel", "expens", "claim"}
        assert "goldpen" not in books["all"]
        assert {"pension", "transfer", "fund"} <= set(books["hr"]["goldpen"])

        def first(release_id: str, question: str, user: str) -> str:
            trial = system.trial(system.load_release(release_id))
            return trial.find(question, user).evidence[0].passage.uri

        assert first(made.release, asked, "ann") == f"{town(last)}-travel.md"
        assert first(parent.id, asked, "ann") != f"{town(last)}-travel.md"
        assert first(made.release, closed, "hal") == f"hr/{town(OFFICES + last)}-pension.md"
        again = specialize(
            system,
            leave_out=("adapter", "mixture", "reranker", "first_look", "answer_policy", "whole_answer"),
        )
        assert again.release == made.release, "the same bytes"

    shown = company.run("release", "diff", parent.id[:12], made.release[:12], "--json").json
    assert {
        "part": "expansion",
        "value": "groups.all.pinkslip.travel",
        "before": None,
        "after": books["all"]["pinkslip"]["travel"],
    } in shown
    assert "expansion" in company.run("release", "show", made.release[:12]).out
    company.run("release", "export", made.release, "learnt.zip")
    company.run("release", "promote", made.release[:12], "--anyway")

    explained = company.run("ask", asked, "--as", "ann", "--explain", "--json").json["explain"]["expanded"]
    assert set(explained["pinkslip"]) == {"travel", "expens", "claim"}
    assert "for “pinkslip”" in company.run("ask", asked, "--as", "ann", "--explain").out
    told = company.run("ask", closed, "--as", "ann", "--explain", "--json").out
    assert not {"pension", "transfer", "fund"} & set(told.replace('"', " ").split()), (
        "nothing of HR's reaches others"
    )
    assert (
        "pension"
        in company.run("ask", closed, "--as", "hix", "--explain", "--json").json["explain"]["expanded"][
            "goldpen"
        ]
    )
    company.run("release", "rollback")
    assert company.run("ask", asked, "--as", "ann", "--explain", "--json").json["explain"]["expanded"] == {}
