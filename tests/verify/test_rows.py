"""What rests on rows of a table: paraphrases of a row stand, another row's, column's, unit's or scale's figure does not."""

import pytest

from metier.types import Citation, Draft, Evidence, Passage, Query, Statement
from metier.verify.checks import all_checks
from metier.verify.combine import SupportModel
from metier.verify.numbers import Numbers

HEADCOUNT = (
    "Site | Department | Heads | Leavers 2025",
    "Paderborn | Assembly | 148 | 9",
    "Liberec | Assembly | 117 | 14",
)
REVENUE = (
    "Segment | Q2 2025 | Q2 2024 | Change",
    "Dosing Systems | 7,772 | 7,834 | -62",
    "Group revenue | 22,338 | 22,711 | -373",
)
TICKETS = (
    "Priority | Example | Reaction",
    "1 | whole site offline | 15 minutes",
    "2 | a department cannot work | 1 hour",
)
SURCHARGES = ("Zeit | Zuschlag in Prozent", "Nachtarbeit von 22 bis 6 Uhr | 30", "Sonntagsarbeit | 70")
PUMP = ("Property | Value | Unit", "Weight | 7.5 | kg", "Sound pressure level | 61 | dB(A)")
PRICES = (
    "Part number | Description | Fits | Price EUR",
    "VS-1 | Valve set | Ondara 25 | 52.35",
    "VS-2 | Valve set | Pulsano 60 | 44.15",
)


def passage(rows: tuple[str, ...], title: str, start: int = 200, kind: str = "table") -> Passage:
    text = "\n".join(rows)
    return Passage(
        f"p{start}", "d", "u", title, 1, start, start + len(text), text, (title,), kind, "en", "", ()
    )  # fmt: skip


def support(sentence: str, rows: tuple[str, ...], cited: int, title: str = "", above: str = "") -> float:
    """P(supported) of the sentence that cites that row of the table."""
    table = passage(rows, title)
    begin = 200 + sum(len(row) + 1 for row in rows[:cited])
    citation = Citation("c", "d", "u", title, "", 1, begin, begin + len(rows[cited]), rows[cited])
    statement = Statement("s1", sentence, (citation,))
    evidence = [Evidence(table, 1.0)]
    if above:
        evidence.append(Evidence(passage((above,), title, 199 - len(above), "text"), 0.5))
    draft = Draft((statement,), "test")
    findings = [found for check in all_checks() for found in check.check(Query("?"), draft, tuple(evidence))]
    return SupportModel().probability(findings)


@pytest.mark.parametrize(
    ("sentence", "rows", "cited", "title", "above"),
    [
        ("Assembly in Liberec had 14 leavers in 2025.", HEADCOUNT, 2, "", ""),
        ("The reaction time for a priority 2 ticket is 1 hour.", TICKETS, 2, "IT Service Desk", ""),
        ("The valve set VS-2 for the Pulsano 60 costs EUR 44.15.", PRICES, 2, "Spare parts", ""),
        ("The sound pressure level of the Ondara 25 is 61 dB(A).", PUMP, 2, "Manual Ondara 25", ""),
        ("Für Sonntagsarbeit wird ein Zuschlag von 70 Prozent gezahlt.", SURCHARGES, 2, "", ""),
        ("In the second quarter of 2025 the revenue of Dosing Systems was EUR 7,772 thousand.", REVENUE, 1, "Revenue", "All figures in EUR thousand."),
        ("Segment: Dosing Systems; Q2 2025: 7,772; Q2 2024: 7,834; Change: -62", REVENUE, 1, "Revenue", ""),
        ("Produkt: Emulgin; Kanister 25 kg: 3,65; Fass 200 kg: 3,38", ("Produkt | Kanister 25 kg | Fass 200 kg", "Emulgin | 3,65 | 3,38", "Fettlos | 3,05 | 2,78"), 1, "Preisliste", ""),
        ("Net income in 2019 was $5.1 million.", ("(in millions) | 2019 | 2018", "Net income | $5.1 | $4.8", "Taxes | 1.2 | 1.3"), 1, "Report", ""),
        ("Net income in 2019 was 5.1 million.", ("($ in millions) At December 31 | 2019 | 2018", "Net income | 5.1 | 4.8", "Taxes | 1.2 | 1.3"), 1, "Report", ""),
        ("2019: $5.1; 2018: $4.8", ("(in millions) | 2019 | 2018", "Net income | $5.1 | $4.8", "Taxes | 1.2 | 1.3"), 1, "Report", ""),
        ("The operating result of 2025 was -1,204.", ("Item | 2025 | 2024", "Operating result | (1,204) | 310", "Taxes | 12 | 14"), 1, "Report", ""),
        ("Region: Asia; 2025: 14,453; 2024: 15,623", ("Region | 2025 | 2024", "Asia | 14,453 | 15,623", "Americas | 14,064 | 13,330"), 1, "Report", ""),
        ("Dosing Systems fell from 7,834 in Q2 2024 to 7,772 in Q2 2025.", REVENUE, 1, "Quarterly statement", ""),
    ],
)  # fmt: skip
def test_a_row_in_other_words_is_supported(
    sentence: str, rows: tuple[str, ...], cited: int, title: str, above: str
) -> None:
    assert support(sentence, rows, cited, title, above) >= 0.5


@pytest.mark.parametrize(
    ("sentence", "rows", "cited", "title", "above"),
    [
        ("Assembly in Liberec had 9 leavers in 2025.", HEADCOUNT, 2, "", ""),  # of the row above
        ("Assembly in Liberec had 117 leavers in 2025.", HEADCOUNT, 2, "", ""),  # of another column
        ("Assembly in Paderborn had 14 leavers in 2025.", HEADCOUNT, 2, "", ""),  # of another town
        ("Sunday work has 30 per cent.", ("Time | Per cent", "night work | 30", "sunday work | 70"), 1, "", ""),
        ("In Q2 2025 the revenue of Dosing Systems was 7,834.", REVENUE, 1, "Revenue", ""),
        ("The revenue of Dosing Systems in Q2 2025 was EUR 7,772 million.", REVENUE, 1, "Revenue", "All figures in EUR thousand."),
        ("The revenue of Dosing Systems in Q2 2025 was EUR 7,772.", REVENUE, 1, "Revenue", "All figures in EUR thousand."),
        ("The weight of the Ondara 25 is 7.5 g.", PUMP, 1, "Manual Ondara 25", ""),
        ("The valve set VS-2 for the Pulsano 60 costs USD 44.15.", PRICES, 2, "Spare parts", ""),
        ("The valve set VS-2 for the Tempora 40 costs EUR 44.15.", PRICES, 2, "Spare parts", ""),
    ],
)  # fmt: skip
def test_what_the_row_does_not_say_is_not_supported(
    sentence: str, rows: tuple[str, ...], cited: int, title: str, above: str
) -> None:
    assert support(sentence, rows, cited, title, above) < 0.5


def test_a_unit_that_nothing_tells_is_taken_as_said() -> None:
    rows = ("Part | Price", "A-1 | 52.35", "A-2 | 44.15")
    assert support("Part A-2 has a price of EUR 44.15.", rows, 2) >= 0.5


def test_of_two_cells_each_stands_in_its_own_column() -> None:
    assert support("Assembly in Liberec has 117 heads and had 14 leavers in 2025.", HEADCOUNT, 2) >= 0.5
    assert support("Assembly in Liberec has 14 heads.", HEADCOUNT, 2) < 0.5


def test_a_row_of_empty_cells_among_those_cited_says_nothing() -> None:
    table = passage((*HEADCOUNT[:2], " |  |  | ", HEADCOUNT[2]), "")
    citation = Citation("c", "d", "u", "", "", 1, table.start, table.end, table.text)
    statement = Statement("s1", "Assembly in Liberec had 14 leavers in 2025.", (citation,))
    draft = Draft((statement,), "test")
    (numbers,) = Numbers().check(Query("?"), draft, (Evidence(table, 1.0),))
    assert numbers.ok


def test_of_two_rows_the_one_that_is_named_gives_the_figure() -> None:
    table = passage(("Absence | Allowance (EUR)", "more than 8 hours | 16", "full calendar day | 32"), "")
    quote = "\n".join(table.text.split("\n")[1:])
    begin = table.start + table.text.index(quote)
    citation = Citation("c", "d", "u", "", "", 1, begin, begin + len(quote), quote)

    def check(text: str) -> bool:
        (found,) = Numbers().check(
            Query("?"), Draft((Statement("s1", text, (citation,)),), "test"), (Evidence(table, 1.0),)
        )
        return found.ok

    assert check("The allowance for a full calendar day is EUR 32.")
    assert not check("The allowance for a full calendar day is EUR 16.")
    assert check("The allowance is EUR 16 from 8 hours on and EUR 32 for a full calendar day.")
