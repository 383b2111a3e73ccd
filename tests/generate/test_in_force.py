import dataclasses

import pytest

from metier.generate.candidates import candidates
from metier.generate.in_force import in_force
from tests.builders import evidence, passage

OLD = passage(
    "The weekly working time is 39 hours. Overtime needs consent.",
    "old",
    title="Works Agreement Working Time",
)
NEW = passage(
    "Section 1 is replaced as follows: From 2026 the weekly working time is 35 hours.",
    "new",
    title="Amendment 1 to the Works Agreement Working Time",
)


def dated(item, date):
    return dataclasses.replace(item, version_date=date)


def told(question, *passages, superseded_by="", language="en"):
    found = [
        dataclasses.replace(item, superseded_by=superseded_by if item.passage.document == "old" else "")
        for item in evidence(*passages)
    ]
    return [item.text for item in in_force(question, language, list(candidates(found)))]


@pytest.mark.parametrize(("old", "new"), [("2020-01-01", "2026-01-01"), ("", ""), ("2020-01-01", "")])
def test_an_amended_clause_is_left_out_and_the_rest_of_the_document_stays(old, new):
    texts = told("How long do we work a week?", dated(OLD, old), dated(NEW, new))
    assert texts == ["Overtime needs consent.", NEW.text]


@pytest.mark.parametrize(
    "question", ["How long did we work a week until 2025?", "What was the weekly working time in 2020?"]
)
def test_who_asks_for_the_past_is_told_the_past(question):
    assert "The weekly working time is 39 hours." in told(question, dated(OLD, "2020-01-01"), NEW)


def test_the_german_was_asks_for_no_past():
    old = passage("Der Rabatt beträgt 7,5 Prozent.", "old", title="Vertrag Hirschgrund", language="de")
    new = passage(
        "Ab 2026 beträgt der Rabatt 12,5 Prozent.",
        "new",
        title="Nachtrag zum Vertrag Hirschgrund",
        language="de",
    )
    assert told("Was bekommt Hirschgrund als Rabatt?", old, new, language="de") == [new.text]
    assert old.text in told("Wie hoch war der Rabatt für Hirschgrund?", old, new, language="de")


def test_an_addendum_for_one_company_changes_nothing_for_the_others():
    policy = passage("Claims have to reach Accounting within 14 days.", "old", title="Travel Policy")
    addendum = passage(
        "Staff employed by Aldersund UK Ltd file their claims within 60 days.",
        "new",
        title="Addendum to the Travel Policy",
    )
    assert policy.text in told("Within how many days are claims due?", policy, addendum)
    assert told("When are claims due at Aldersund UK Ltd?", policy, addendum) == [addendum.text]


def test_an_older_amendment_does_not_replace():
    texts = told("How long do we work?", dated(OLD, "2026-01-01"), dated(NEW, "2020-01-01"))
    assert "The weekly working time is 39 hours." in texts


def test_another_document_of_the_same_words_is_no_amendment():
    other = dataclasses.replace(NEW, title="Amendment to the Lease Derby")
    assert "The weekly working time is 39 hours." in told("How long do we work?", OLD, other)


def test_a_superseded_version_gives_way_to_the_one_in_force():
    current = passage("The weekly working time is 35 hours.", "new", title="Works Agreement Working Time")
    texts = told("How long do we work?", OLD, current, superseded_by=current.uri)
    assert texts == ["Overtime needs consent.", "The weekly working time is 35 hours."]


def test_the_same_said_twice_stays():
    assert (
        len(told("How long do we work?", OLD, dataclasses.replace(OLD, document="new", title=NEW.title))) == 4
    )


def test_another_number_of_the_same_thing_needs_fewer_words_in_common():
    old = passage("The account may show at most 100 credit hours.", "old", title="Works Agreement Time")
    new = passage(
        "No more than 120 credit hours stand on it from now on.",
        "new",
        title="Amendment: Works Agreement Time",
    )
    assert told("How many credit hours are allowed?", old, new) == [new.text]
    rate = passage("Overtime is paid with a supplement of 25 percent.", "old", title="Works Agreement Time")
    assert rate.text in told("How much is it?", rate, new)


def test_the_line_of_the_parties_replaces_no_clause():
    contract = passage(
        "Acme Ltd delivers pumps of the type Tempora to Brookvale Ltd.",
        "c",
        title="Supply contract V-1",
        uri="c.md",
        version_date="2023-01-01",
    )
    amendment = passage(
        "between Acme Ltd and Brookvale Ltd, effective 1 February 2026",
        "a",
        title="Amendment to the Supply contract V-1",
        uri="a.md",
        version_date="2026-01-01",
    )
    kept = in_force("Which pumps does Brookvale get?", "en", list(candidates(evidence(contract, amendment))))
    assert [item.passage.document for item in kept] == ["c", "a"]
