import pytest

from metier.evaluate.making.wording import worded


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("The notice period is six weeks to the end of a month.", "How long is the notice period?", "six weeks"),
        ("Net income was EUR 3,957 thousand.", "How much was net income?", "EUR 3,957 thousand"),
        ("Prompts and outputs are stored for 18 months for audit purposes.",
         "For how long are prompts and outputs stored for audit purposes?", "18 months"),
        ("Expense claims must be submitted within 20 calendar days of the end of the trip.",
         "Within what time of the end of the trip must expense claims be submitted?", "20 calendar days"),
        ("The lease with Castlegate Estates ends on 30 September 2030.",
         "On what date does the lease with Castlegate Estates end?", "30 September 2030"),
        ("Group revenue amounted to EUR 87,737 thousand.", "How much did group revenue amount to?", "EUR 87,737 thousand"),
        ("A business meal may cost up to EUR 120 per person.",
         "Up to what amount may a business meal cost per person?", "EUR 120"),
        ("Staff of Aldersund CZ receive 23 working days of leave per year.",
         "How many working days of leave per year do staff of Aldersund CZ receive?", "23 working days"),
        ("Mobile phones are exchanged every 3 years.", "How often are mobile phones exchanged?", "3 years"),
        ("The connection is cut after 8 hours and has to be set up anew.", "After what time is the connection cut?", "8 hours"),
        ("The monthly rent is EUR 21,000, payable in advance.", "How much is the monthly rent?", "EUR 21,000"),
    ],
)  # fmt: skip
def test_english(sentence: str, question: str, answer: str) -> None:
    found = worded(sentence, "en")
    assert found is not None
    assert (found.question, found.answer) == (question, answer)


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("Die monatliche Nettomiete beträgt 25.950 EUR.", "Wie hoch ist die monatliche Nettomiete?", "25.950 EUR"),
        ("Die Leasingdauer beträgt 36 Monate.", "Wie lang ist die Leasingdauer?", "36 Monate"),
        ("Sicherungen der Netzlaufwerke werden 100 Tage aufbewahrt.",
         "Wie lange werden Sicherungen der Netzlaufwerke aufbewahrt?", "100 Tage"),
        ("Rechnungen an die Brauerei sind innerhalb von 45 Tagen ab Rechnungsdatum zu zahlen.",
         "Innerhalb welcher Zeit sind Rechnungen an die Brauerei ab Rechnungsdatum zu zahlen?", "45 Tagen"),
        ("Das Mietverhältnis mit Grundbesitz Ostertor endet am 30. Juni 2029.",
         "Wann endet das Mietverhältnis mit Grundbesitz Ostertor?", "30. Juni 2029"),
    ],
)  # fmt: skip
def test_german(sentence: str, question: str, answer: str) -> None:
    found = worded(sentence, "de")
    assert found is not None
    assert (found.question, found.answer) == (question, answer)


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("It is six weeks.", "en"),  # of what?
        ("This period is six weeks.", "en"),
        ("If the course costs more, the period is six weeks.", "en"),
        ("The fee is EUR 40 or EUR 50.", "en"),  # two figures
        ("The fee is about EUR 40.", "en"),
        ("The fee is not EUR 40.", "en"),
        ("Depreciation was $2.5 million, $2.6 million and $2.4 million.", "en"),
        ("The office was well run and fell by 18 percent.", "en"),
        ("Where is it, at 40 euros?", "en"),
        (
            "Die Dokumentation wird 4 Jahre nach Abschluss des Verfahrens gelöscht.",
            "de",
        ),  # when, not how long
        (
            "Anna Berg looks at everyone without an increase for three years.",
            "en",
        ),  # "increase" is no verb here
        ("Sie beträgt 40 Euro.", "de"),
        ("La période est de six semaines.", "fr"),
        ("", "en"),
    ],
)
def test_what_is_no_plain_clause_is_left(sentence: str, language: str) -> None:
    assert worded(sentence, language) is None
