"""The short answer inside a sentence."""

import pytest

from metier.generate.short import short_values


@pytest.mark.parametrize(
    ("question", "sentence", "values"),
    [
        ("How much was invested in Orvella?", "The group invested EUR 3.5 million in Orvella in May.", ("EUR 3.5 million",)),
        ("How long is the notice period?", "The notice period is three months for all staff.", ("three months",)),
        ("When did the warehouse open?", "The warehouse in Lund opened on 4 May 2021.", ("4 May 2021",)),
        (
            "What was the rent in 2023?",
            "Rent was $5 million and $4 million in 2024 and 2023, respectively.",
            ("$4 million",),
        ),
        (
            "What were the training costs in 2023 and 2024 respectively?",
            "Training costs were $5 million and $4 million in 2024 and 2023, respectively.",
            ("$4 million", "$5 million"),
        ),
        ("What is liquidity risk?", "Liquidity risk is the risk of not meeting obligations in time.", ("the risk of not meeting obligations in time",)),
        ("Why did sales fall?", "Sales fell because a mill in Borås was closed.", ("a mill in Borås was closed",)),
        ("What are minimum payments classified as?", "Minimum payments are classified as a finance lease.", ("a finance lease",)),
    ],
)  # fmt: skip
def test_what_is_shorter(question: str, sentence: str, values: tuple[str, ...]) -> None:
    assert short_values(question, "en", sentence, "en") == values


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Was there a write-off in 2023?", "There was no write-off in 2023."),
        ("How are losses recognised?", "They are recognised in earnings."),
        ("What does the plan say of pets?", "Dogs must stay outside."),
    ],
)
def test_what_is_its_own_answer(question: str, sentence: str) -> None:
    assert short_values(question, "en", sentence, "en") == ()


def test_the_german_was_asks_for_no_yes_or_no():
    question, sentence = "Was ist der Höchstbetrag je Nacht?", "Der Höchstbetrag je Nacht ist 40 EUR."
    assert short_values(question, "de", sentence, "de") == ("40 EUR",)
    assert short_values("Was the trip free?", "en", "The trip was free until May 2020.", "en") == ()
