import pytest

from metier.text.answer_type import expected_answer_type


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Wie viele Urlaubstage habe ich?", "duration"),
        ("Wie viele Mitarbeiter hat die Firma?", "number"),
        ("Ab wann gilt die neue Regelung?", "date"),
        ("When does the contract end?", "date"),
        ("Wer genehmigt Dienstreisen?", "person"),
        ("Who is the CEO?", "person"),
        ("How long is the notice period?", "duration"),
        ("Wie lang ist die Kündigungsfrist?", "duration"),
        ("How much does the AX-4711 cost?", "money"),
        ("Was kostet AX-4711?", "money"),
        ("Wie hoch ist die Mehrwertsteuer?", "percent"),
        ("Is overtime paid?", "yes_no"),
        ("Darf ich Cookies setzen?", "yes_no"),
        ("Wie beantrage ich Urlaub?", "procedure"),
        ("How do I reset my password?", "procedure"),
        ("Why was the project delayed?", "reason"),
        ("Warum wurde das Projekt verschoben?", "reason"),
        ("Where is the head office?", "place"),
        ("Wo ist der Hauptsitz?", "place"),
        ("What is a service level agreement?", "definition"),
        ("Was bedeutet SLA?", "definition"),
        ("Which documents must be submitted?", "list"),
        ("Welche Unterlagen müssen eingereicht werden?", "list"),
        ("What is the difference between plan A and B?", "comparison"),
        ("Was ist der Unterschied zwischen A und B?", "comparison"),
        ("Tell me about the canteen", "span"),
    ],
)
def test_the_kind_of_answer(question: str, kind: str) -> None:
    assert kind in expected_answer_type(question)


def test_a_yes_no_question_about_a_price_asks_for_no_price() -> None:
    assert "money" not in expected_answer_type("Is the price higher than 5 EUR?")
