import pytest

from metier.text.when_asked import asks_when_it_was, says_date


@pytest.mark.parametrize(
    "question",
    [
        "When was Seidel Dichtungstechnik last audited by us?",
        "When did the lease start?",
        "Wann wurde die Firma gegründet?",
        "Seit wann haben die Kollegen eine Kantine?",
    ],
)
def test_what_has_been_is_asked_for_its_date(question: str) -> None:
    assert asks_when_it_was(question)


@pytest.mark.parametrize(
    "question",
    [
        "When are expenses paid?",
        "When do I have to hand in the claim?",
        "Wann muss ich den Antrag stellen?",
        "Who was there when the lease was signed?",
    ],
)
def test_what_holds_always_or_is_to_come_is_not(question: str) -> None:
    assert not asks_when_it_was(question)


@pytest.mark.parametrize(
    "text", ["on 3 May 2024", "in KW 9", "since 1998", "am 1. September 2023", "in Q3 2024"]
)
def test_days_weeks_quarters_and_years_are_dates(text: str) -> None:
    assert says_date(text)


@pytest.mark.parametrize("text", ["Inspection records are kept for 12 years.", "Supply Agreement E-2023-31"])
def test_durations_and_numbers_of_documents_are_none(text: str) -> None:
    assert not says_date(text, "en")
