"""A document that is asked for by its title is shown; a place, a thing or a fact is not."""

import pytest

from metier.generate.candidates import candidates
from metier.generate.named_document import named_documents, summary
from metier.text.language import detect_language
from metier.types import Evidence
from tests.builders import evidence, passage

POLICY = passage("This policy applies to everybody.", "p4", title="Travel and Expense Policy")
LATER = passage("Flights are booked in economy class.", "p4", start=400, title="Travel and Expense Policy")
OLD = passage("This policy applied to managers.", "p3", title="Travel and Expense Policy")
MANUAL = passage("Read it before use.", "m", title="Operating Manual Ondara 25")
LEAVE = passage("Diese Richtlinie gilt für alle.", "u", title="Urlaubsrichtlinie", language="de")


def found(question: str, *more: Evidence) -> list[tuple[str, str]]:
    options = list(candidates([*evidence(LATER, POLICY, MANUAL, LEAVE), *more]))
    statements = named_documents(question, detect_language(question), options)
    return [(item.text, item.citations[0].document) for item in statements]


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("Where can I find the travel policy?", "p4"),
        ("Where is the current travel policy?", "p4"),
        ("Show me the operating manual of the Ondara 25", "m"),
        ("Wo finde ich die Urlaubsrichtlinie?", "u"),
        ("Zeig mir bitte die Urlaubsrichtlinie", "u"),
    ],
)
def test_the_document_is_shown(question: str, document: str) -> None:
    assert [one for _, one in found(question)] == [document]


def test_its_title_and_what_it_says_first() -> None:
    assert found("Where can I find the travel policy?") == [
        ("Travel and Expense Policy: This policy applies to everybody.", "p4")
    ]


def test_the_version_in_force_and_the_old_one_where_there_is_no_other() -> None:
    old = Evidence(OLD, 0.4, scores={"superseded": 1.0})
    assert [one for _, one in found("Where can I find the travel policy?", old)] == ["p4"]
    statements = named_documents("Where is the travel policy?", "en", list(candidates([old])))
    assert [item.citations[0].document for item in statements] == ["p3"]


@pytest.mark.parametrize(
    "question",
    [
        "Where is the assembly point?",
        "Where can I find the canteen?",
        "What does the travel policy say about flights?",
        "Who wrote the travel policy?",
        "Where in the travel policy are flights?",
        "Show me the travel policy of Derby",
        "Wo ist der Sammelplatz?",
        "",
    ],
)
def test_other_questions_are_no_such(question: str) -> None:
    assert found(question) == []


def under(
    text: str, start: int, *headings: str, title: str = "Remote Work Policy", document: str = "r"
) -> Evidence:
    (item,) = evidence(passage(text, document, start, title=title, heading_path=headings))
    return item


REMOTE = [
    under("Employees ask their manager. The manager decides.", 500, "Approval"),
    under("Up to two days a week may be worked at home.", 200, "Extent"),
    under("Remote Work Policy", 0),
    under(
        "It replaces the figure in Extent.",
        0,
        title="Amendment No. 1 to the Remote Work Policy",
        document="a",
    ),
]


@pytest.mark.parametrize(
    "question",
    [
        "Summarise the remote work policy.",
        "Give me a short summary of the remote work policy",
        "What is the remote work policy about?",
        "What are the key points of the remote work policy?",
    ],
)
def test_a_summary_is_the_first_sentence_under_each_heading(question: str) -> None:
    statements = summary(question, "en", list(candidates(REMOTE)))
    assert [item.text for item in statements] == [
        "Up to two days a week may be worked at home.",
        "Employees ask their manager.",
    ]


def test_no_summary_of_what_is_not_called_so_or_hardly_found() -> None:
    assert summary("Summarise the lease.", "en", list(candidates(REMOTE))) == ()
    assert summary("Who sums up the remote work policy?", "en", list(candidates(REMOTE))) == ()
    assert summary("Summarise the remote work policy.", "en", list(candidates(REMOTE[1:]))) == ()
