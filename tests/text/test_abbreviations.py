import pytest

from metier.text.abbreviations import explained, says_acronym, spelled_out


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("Earnings before interest and taxes (EBIT) fell.", [("EBIT", "Earnings before interest and taxes")]),
        ("EBIT (earnings before interest and taxes) fell.", [("EBIT", "earnings before interest and taxes")]),
        ("All wear personal protective equipment (PPE).", [("PPE", "personal protective equipment")]),
        ("We sign a Non-Disclosure Agreement (NDA) first.", [("NDA", "Non-Disclosure Agreement")]),
        ("Die persönliche Schutzausrüstung (PSA) ist zu tragen.", [("PSA", "persönliche Schutzausrüstung")]),
        ("Eastmoor Paper Ltd (the Customer) buys pumps.", []),
        ("Priority 2 (a department cannot work)", []),
        ("The weight (16.4 kg) is printed on it.", []),
        ("The meeting took place in Berlin (DE) today.", []),
        ("", []),
    ],
)
def test_what_a_text_explains(text: str, pairs: list[tuple[str, str]]) -> None:
    assert list(explained(text)) == pairs


def test_a_question_in_the_words_of_the_texts() -> None:
    texts = ["Earnings before interest and taxes (EBIT) fell.", "The plant was enlarged."]
    assert (
        spelled_out("What was EBIT in 2024?", texts) == "What was Earnings before interest and taxes in 2024?"
    )
    assert (
        spelled_out("What were earnings before interest and taxes in 2024?", texts)
        == "What were EBIT in 2024?"
    )
    assert spelled_out("What was the revenue?", texts) is None
    assert spelled_out("What was EBIT in 2024?", ["The plant was enlarged."]) is None


def test_an_acronym_is_said_by_itself_or_by_the_words_it_is_short_for() -> None:
    assert says_acronym("ebit", "the ebit of 2024")
    assert says_acronym("ebit", "earnings before interest and taxes came to eur 7 million")
    assert says_acronym("ebit", "the group earned eur 6,586 thousand before interest and taxes")
    assert says_acronym("nda", "non-disclosure agreement")
    assert not says_acronym("ebit", "at year-end the equity ratio was 44.7 per cent")
