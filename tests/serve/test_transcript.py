from metier.serve.transcript import Transcript
from metier.types import (
    Abstention,
    Answer,
    Box,
    Citation,
    Conflict,
    DescribedFigure,
    Figure,
    Outcome,
    Statement,
)


def cite(start: int, document: str = "d") -> Citation:
    return Citation(f"c{start}", document, "a.pdf", "A", "", 3, start, start + 5, "quote")


def test_sources_keep_their_numbers_and_positions_count_code_points() -> None:
    script = Transcript("http://127.0.0.1:1/", "de")
    first = script.say(Statement("s1", "Ein Zug 🚆 fährt.", (cite(1), cite(9), cite(1))))
    second = script.say(Statement("s2", "Er hält.", (cite(9),)))
    answer = Answer("x", Outcome.ANSWERED, "r")
    assert script.close(answer) == ""
    assert first + second == script.text == "Ein Zug 🚆 fährt. [1][2] Er hält. [2]"
    notes = [note["url_citation"] for note in script.annotations(answer)]
    assert [script.text[note["start_index"] : note["end_index"]] for note in notes] == ["[1]", "[2]", "[2]"]
    assert notes[0]["title"] == "A, Seite 3"
    assert notes[0]["url"] == "http://127.0.0.1:1/?answer=x&citation=c1"


def test_conflicts_are_said_with_their_sources() -> None:
    script = Transcript("http://h", "en")
    script.say(Statement("s1", "It is 180 days.", (cite(1),)))
    conflict = Conflict("s1", (cite(1), cite(2)), "An older version says 270 days.")
    rest = script.close(Answer("x", Outcome.ANSWERED, "r", conflicts=(conflict,)))
    assert rest == "\n\nThe sources disagree: An older version says 270 days. [1][2]"


def test_an_abstention_in_full() -> None:
    script = Transcript("http://h", "xx")
    nothing = Abstention("No amount is given.", ("Handbook",), ("Austria",), "Ask HR.")
    text = script.close(Answer("x", Outcome.ABSTAINED, "r", abstention=nothing))
    assert text.splitlines()[1:] == [
        "No amount is given.", "What is there:", "- Handbook", "What nothing speaks of:", "- Austria",
        "What you can do: Ask HR.",
    ]  # fmt: skip


def test_a_greeting_is_answered_without_a_verdict() -> None:
    script = Transcript("http://h", "en")
    told = Abstention("This system answers questions.", next="Ask one.")
    text = script.close(Answer("x", Outcome.ABSTAINED, "r", abstention=told))
    assert text == "This system answers questions.\nWhat you can do: Ask one."


def test_an_escalation_without_reason_still_says_something() -> None:
    script = Transcript("http://h", "en")
    assert script.close(Answer("x", Outcome.ESCALATED, "r")) == script.text == "A person will look at this."


def test_a_figure_is_named_with_who_described_it() -> None:
    script = Transcript("http://h", "en")
    figure = Figure("d.f1", "d", Box(3, 0, 0, 9, 9), "Figure 1", 0, 8)
    shown = DescribedFigure(figure, "a.pdf", "Report", "en", "A chart of arrivals.", "eye", "now")
    nothing = Abstention("No month is given.")
    text = script.close(Answer("x", Outcome.ABSTAINED, "r", abstention=nothing, figures=(shown,)))
    assert text.splitlines()[-2:] == [
        "Figures that may show it:",
        "- Figure on page 3 of Report. Described by eye, not the document's words: A chart of arrivals.",
    ]
