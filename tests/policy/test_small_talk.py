"""A greeting is answered with what this is for; a question that only begins with one is a question."""

import pytest

from metier.policy.small_talk import small_talk
from metier.types import Outcome, Query


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("hello", "This system answers"),
        ("Hi there!", "This system answers"),
        ("What can you do?", "This system answers"),
        ("what can I ask you here", "This system answers"),
        ("Thank you very much.", "This system answers"),
        ("Guten Morgen!", "Dieses System beantwortet"),
        ("Was kannst du?", "Dieses System beantwortet"),
        ("was kann ich dich fragen?", "Dieses System beantwortet"),
        ("Vielen Dank", "Dieses System beantwortet"),
    ],
)
def test_nothing_is_looked_up(text: str, begins: str) -> None:
    settled = small_talk(Query(text), "For the people of the port.", ("When does the ferry leave?",))
    assert settled is not None
    assert settled.outcome is Outcome.ABSTAINED
    assert settled.abstention is not None
    assert settled.abstention.reason.startswith(begins)
    assert settled.abstention.reason.endswith("For the people of the port.")
    assert "“When does the ferry leave?”" in settled.abstention.next


def test_without_examples_it_says_how_to_ask() -> None:
    settled = small_talk(Query("help"), "", ())
    assert settled is not None
    assert settled.abstention is not None
    assert settled.abstention.next == "Ask a question in a sentence."


@pytest.mark.parametrize(
    "text",
    [
        "Hello, how many days of leave do I have?",
        "What can you do with a broken pump?",
        "Help with the travel form",
        "Who are you allowed to invite?",
        "Hallo, wer ist der Datenschutzbeauftragte?",
        "Was kann ich tun, wenn der Ausweis weg ist?",
        "Test pressure of the Ondara 25",
        "",
        "?",
    ],
)
def test_a_question_is_a_question(text: str) -> None:
    assert small_talk(Query(text), "", ()) is None
