"""Two documents in force that say otherwise are shown; versions, other parties and other facts are no conflict."""

from dataclasses import replace

import pytest

from metier.types import Citation, Evidence, Passage, Query, Statement
from metier.verify.conflict import conflicts

QUESTION = Query("How long is the notice period?", "en")
SAID = "The notice period is six weeks to the end of a month."


def passage(document: str, text: str, title: str = "", kind: str = "text", dated: str = "") -> Passage:
    start = 100
    return Passage(
        document, document, f"{document}.txt", title or document, 1, start, start + len(text), text, (), kind, "en", dated, ()
    )  # fmt: skip


def citing(own: Passage, quote: str) -> Statement:
    start = own.start + own.text.index(quote)
    place = Citation(
        "c1", own.document, own.uri, own.title, own.version_date, 1, start, start + len(quote), quote
    )
    return Statement("s1", quote, (place,), 0.9)


def found(
    other: str, said: str = SAID, question: Query = QUESTION, title: str = "", kind: str = "text"
) -> list[str]:
    own = passage("handbook", f"Rules. {said}", title="Handbook", dated="2024-01-01")
    against = passage("letter", f"Dear Anna. {other}", title=title or "Letter", kind=kind)
    evidence = [Evidence(own, 1.0), Evidence(against, 0.5)]
    return [item.note for item in conflicts(question, [citing(own, said)], evidence)]


def test_both_sources_and_dates_are_told_and_cited() -> None:
    own = passage("handbook", f"Rules. {SAID}", title="Handbook", dated="2024-01-01")
    text = "The notice period is four weeks to the end of a month."
    other = passage("policy", f"Old. {text} End.", title="Policy", dated="2023-05-02")
    (conflict,) = conflicts(QUESTION, [citing(own, SAID)], [Evidence(own, 1.0), Evidence(other, 0.5)])
    assert conflict.note == "Handbook (2024-01-01): “six weeks” ≠ Policy (2023-05-02): “four weeks”"
    assert [item.quote for item in conflict.citations] == [SAID, text]
    cited = conflict.citations[1]
    assert other.text[cited.start - other.start : cited.end - other.start] == cited.quote


@pytest.mark.parametrize(
    ("said", "other", "note"),
    [
        (SAID, "The notice period is 8 weeks to the end of a month.", "8 weeks"),
        ("The canteen opens on 3 May 2024 for all staff.", "The canteen opens on 5 May 2024 for all staff.", "2024-05-05"),
        ("Private use of company cars is allowed.", "Private use of company cars is not allowed.", "is not allowed"),
        ("Private use of company cars is allowed.", "Private use of company cars is prohibited.", "prohibited"),
    ],
)  # fmt: skip
def test_numbers_dates_and_sense(said: str, other: str, note: str) -> None:
    (told,) = found(other, said)
    assert note in told


@pytest.mark.parametrize(
    "other",
    [
        "The notice period is 42 days to the end of a month.",  # the same
        "The notice period is six weeks to the end of a quarter and must be given in writing.",
        "The probation period is three months.",
        "The notice period in the contract of Acme is two weeks, for Beta it is six weeks to the end of a month.",
        "Notice is four.",
    ],
)
def test_the_same_or_something_else_is_no_conflict(other: str) -> None:
    assert found(other) == []


def test_what_the_question_does_not_mean_is_no_conflict() -> None:
    other = "The notice period is four weeks to the end of a month."
    asked = Query("How long is the notice period in the handbook?", "en")
    assert found(other, question=asked) == []
    assert found(other, kind="table") == []
    own = passage("handbook", SAID, title="Handbook")
    old = Evidence(passage("old", other), 0.5, superseded_by="handbook.txt")
    assert conflicts(QUESTION, [citing(own, SAID)], [Evidence(own, 1.0), old]) == []
    assert conflicts(QUESTION, [citing(own, SAID)], [replace(Evidence(own, 1.0), superseded_by="x"), Evidence(passage("new", other), 1.0)]) == []  # fmt: skip
