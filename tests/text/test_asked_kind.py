import pytest

from metier.text.asked_kind import answers_kind, asked_acronyms, asked_kinds, told_kinds


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("How many watts does the mixer draw?", {"power"}),
        ("Wie viel Watt nimmt der Mischer auf?", {"power"}),
        ("Wie viele Ampere hat die Sicherung?", {"current"}),
        ("What is the fuse rating in amperes?", {"current"}),
        ("Auf wie viel Grad wird der Ofen geheizt?", {"°"}),
        ("How hot may the liquid be?", {"temperature"}),
        ("Wie schwer ist der Kessel?", {"mass"}),
        ("Which back pressure is allowed?", {"pressure"}),
        ("How loud is the fan?", {"dB"}),
        ("Wie fest ziehe ich die Schrauben an?", {"Nm"}),
        ("Wie weit darf ich im Jahr fahren?", {"length"}),
        ("Wie weit im Voraus muss ich buchen?", set()),
        ("What does the kit cost?", {"money"}),
        ("Was kostet der Filter?", {"money"}),
        ("How long is the notice period?", {"duration"}),
        ("Welche Durchwahl hat der Empfang?", {"contact"}),
        ("How much is left?", set()),
        ("Who signs the order?", set()),
    ],
)
def test_the_kind_of_value_that_is_asked_for(question: str, kinds: set[str]) -> None:
    assert asked_kinds(question) == kinds


@pytest.mark.parametrize(
    ("question", "text", "row", "answers"),
    [
        ("Wie viel Watt nimmt der Mischer auf?", "Die Leistungsaufnahme beträgt 0,37 kW.", False, True),
        (
            "Wie viel Watt nimmt der Mischer auf?",
            "Eigenschaft: Förderstrom; Wert: 25; Einheit: l/h",
            True,
            False,
        ),
        ("Wie viel Watt nimmt der Mischer auf?", "Eigenschaft: Leistung; Wert: 180; Einheit: W", True, True),
        ("How many watts does it draw?", "Power (W): 180", True, True),
        ("How many watts does it draw?", "Model: Nova; Draw: 180", True, None),
        ("Which pump is heavier?", "It works up to 16 bar.", False, False),
        ("Which pump is heavier?", "It weighs 16.4 kg.", False, True),
        ("How hot may the liquid be?", "Up to 60 °C.", False, True),
        (
            "Auf wie viel Grad wird der Ofen geheizt?",
            "Der Ofen wird auf 165 Grad Celsius geheizt.",
            False,
            True,
        ),
        ("How long may it stay?", "It may stay until 5 May 2026.", False, True),
        ("How long may it stay?", "It costs 5 euros.", False, False),
        ("What does the kit cost?", "Members get 20 per cent off.", False, True),
        ("Welche Durchwahl hat der Empfang?", "Empfang: 7112", False, True),
        ("Welche Durchwahl hat der Empfang?", "Der Empfang ist im Foyer.", False, False),
        ("For 3 days, how long is the notice period?", "The seminar takes 3 days.", False, False),
        ("Who signs the order?", "It costs 5 euros.", False, None),
    ],
)
def test_whether_a_text_tells_a_value_of_that_kind(
    question: str, text: str, row: bool, answers: bool | None
) -> None:
    told = told_kinds(text, "", row, question)
    assert answers_kind(asked_kinds(question), told) is answers


def test_acronyms_are_no_units_and_no_countries() -> None:
    assert asked_acronyms("What EBIT in EUR did the UK unit earn, and which VPN is used?") == {"ebit", "vpn"}
