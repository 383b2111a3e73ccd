"""Which questions ask several things in one sentence, and which do not."""

import pytest

from metier.text.language import detect_language
from metier.text.parts import parts_of


def parts(question: str) -> tuple[str, ...]:
    return parts_of(question, detect_language(question))


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        (
            "How much does the Ondara 25 weigh and what does it cost?",
            "How much does the Ondara 25 weigh?",
            "What does the Ondara 25 cost?",
        ),
        (
            "What is the notice period, and who signs the contract?",
            "What is the notice period?",
            "Who signs the contract?",
        ),
        (
            "Wie schwer darf eine Last in Halle 1 sein und wer prüft die Kräne?",
            "Wie schwer darf eine Last in Halle 1 sein?",
            "Wer prüft die Kräne?",
        ),
        (
            "What does the kit DK-1065 cost and is it in stock at Derby?",
            "What does the kit DK-1065 cost?",
            "Is DK-1065 in stock at Derby?",
        ),
        (
            "Wer haftet für Schäden und wie lange kann es dauern, bis gezahlt wird?",
            "Wer haftet für Schäden?",
            "Wie lange kann es dauern, bis gezahlt wird?",
        ),
        (
            "How many days of leave are there in Derby and in Liberec?",
            "How many days of leave are there in Derby?",
            "How many days of leave are there in Liberec?",
        ),
        (
            "Wie hoch war der Umsatz im Jahr 2024 und im Jahr 2025?",
            "Wie hoch war der Umsatz im Jahr 2024?",
            "Wie hoch war der Umsatz im Jahr 2025?",
        ),
    ],
)
def test_each_part_is_a_question_of_its_own(question: str, first: str, second: str) -> None:
    assert list(parts(question)) == [first, second]


@pytest.mark.parametrize(
    "question",
    [
        "Who signs and dates the form?",
        "Where and when does the meeting take place?",
        "Which pumps and which valves?",
        "What is the difference between what is said and what is written?",
        "Do we know what and how much was sold?",
        "Who leads the department and how do I reach her?",
        "Can the wine ever go on expenses, and who decides?",
        "Is the pump paid for and is delivered by when?",
        "How many days off do I get for a marriage in the family and in law?",
        "Wer ist Leiter der Personalabteilung und wie erreiche ich ihn?",
        "Explain the policy and what it means",
        "",
    ],
)
def test_one_question_stays_whole(question: str) -> None:
    assert parts(question) == ()
