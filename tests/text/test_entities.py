from metier.text.entities import name_words, names


def found(text: str, language: str) -> list[tuple[str, str]]:
    return [(span.text, span.kind) for span in names(text, language)]


def test_english_names() -> None:
    text = "The Acme Group Inc. hired Anna Weber of the Berlin office. NASA uses AX-4711/B and LanceDB. Refunds take 30 days; Mr. Smith agrees."
    assert found(text, "en") == [
        ("Acme Group Inc", "organisation"),
        ("Anna Weber", "name"),
        ("Berlin", "name"),
        ("NASA", "acronym"),
        ("AX-4711/B", "code"),
        ("LanceDB", "name"),
        ("Smith", "name"),
    ]


def test_german_nouns_are_no_names() -> None:
    assert found("Der Urlaubsanspruch beträgt 30 Tage. Die Kündigung bedarf der Schriftform.", "de") == []


def test_a_german_noun_beside_the_end_of_a_year_is_no_name() -> None:
    assert names("Wie viele Mitarbeiter hatte der Konzern Ende 2025?", "de") == []
    assert names("Das Werk stand Mitte März still, sagt Anna Weber.", "de")[-1].text == "Anna Weber"


def test_german_names_with_a_sign() -> None:
    text = "Die Nordwind Logistik GmbH beschäftigt Frau Weber und Anna Schmidt. Die DSGVO gilt."
    assert found(text, "de") == [
        ("Nordwind Logistik GmbH", "organisation"),
        ("Weber", "name"),
        ("Anna Schmidt", "name"),
        ("DSGVO", "acronym"),
    ]


def test_months_amounts_and_dates_are_no_names() -> None:
    assert found("It starts on Monday, 1 March 2025, with 30kg and the 3rd item.", "en") == []


def test_currencies_and_units_are_no_acronyms() -> None:
    assert found("It costs EUR 5 for 3 GB.", "en") == []


def test_what_is_found_may_be_changed_and_is_found_again() -> None:
    names("We pay Nordwind GmbH.", "en").clear()
    assert [span.text for span in names("We pay Nordwind GmbH.", "en")] == ["Nordwind GmbH"]


def test_the_words_of_names_are_stems() -> None:
    assert name_words("The contract with Brightwater Ltd ends in May.", "en") == {"brightwat", "ltd"}
