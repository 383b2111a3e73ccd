"""Answers from whole tables: cells and calculations, each checked against figures worked out by hand."""

from dataclasses import replace

import pytest

from metier.generate.tables import scale_of, tables
from metier.generate.tabular import from_row, from_tables, said_by
from metier.text.arithmetic import calculations
from metier.types import Evidence, Passage

COSTS = """ | Years ended June 30, |
 | 2024 | 2023 | 2022
Rent | $ 1,200 | $ 1,000 | $ 900
Energy | 300 | 400 | 350
Other: |  |  |
Travel | 50 | 40 | 20
Refunds | (30) | (20) | –
Total costs | 1,520 | 1,420 | 1,270"""


def evidence(
    table: str = COSTS, text: str = "Costs by kind (in thousands):", document: str = "d"
) -> list[Evidence]:
    parts, at, found = (("text", text), ("table", table)), 0, []
    for kind, part in parts:
        passage = Passage(
            f"{document}{at}", document, document, "", 1, at, at + len(part), part, (), kind, "en", "", ()
        )
        found.append(Evidence(passage, 1.0))
        at += len(part) + 2
    return found


@pytest.mark.parametrize(
    ("question", "values", "scale"),
    [
        ("What was the rent in 2023?", ("$ 1,000",), "thousand"),
        ("What were the refunds in 2024 and 2023 respectively?", ("(30)", "(20)"), "thousand"),
        ("What was the change in energy from 2023 to 2024?", ("-100",), "thousand"),
        ("What was the change in energy in 2024?", ("-100",), "thousand"),
        ("What is the difference in energy between 2023 and 2024?", ("100",), "thousand"),
        ("What was the percentage change in rent from 2023 to 2024?", ("20",), "percent"),
        ("What was the percentage change in refunds from 2023 to 2024?", ("50",), "percent"),
        ("What was the average rent between 2022 and 2024?", ("1,033.33",), "thousand"),
        ("What is the sum of rent and energy in 2024?", ("1,500",), "thousand"),
        ("What percentage of total costs was rent in 2024?", ("78.95",), "percent"),
        ("What is the ratio of energy to rent in 2024?", ("0.25",), ""),
        ("In which year was energy the lowest?", ("2024",), ""),
        ("In which years was energy more than 320 thousand?", ("2023", "2022"), ""),
        ("How many years did rent exceed $950 thousand?", ("2",), ""),
        ("Which years does the table give travel for?", ("2024", "2023", "2022"), ""),
    ],
)
def test_what_the_table_says(question: str, values: tuple[str, ...], scale: str) -> None:
    answer = from_tables(question, "en", evidence())
    assert answer is not None
    assert (answer.values, answer.scale) == (values, scale)


@pytest.mark.parametrize(
    "question", ["What is the wifi password?", "What was the rent in 2019?", "Who signs contracts?"]
)
def test_what_it_does_not_say(question: str) -> None:
    assert from_tables(question, "en", evidence()) is None


def test_a_calculation_is_right_and_cites_its_rows_and_heads() -> None:
    items = evidence()
    answer = from_tables("What was the average refund in 2023 and 2024?", "en", items)
    assert answer is not None
    statement = said_by(answer)
    assert len(calculations(statement.text, "en")) == 1
    assert [citation.quote for citation in statement.citations] == [
        "Refunds | (30) | (20) | –",
        " | 2024 | 2023 | 2022",
    ]
    text = items[1].passage
    for citation in statement.citations:
        assert text.text[citation.start - text.start : citation.end - text.start] == citation.quote


def test_a_table_with_its_years_in_the_labels_is_turned() -> None:
    turned = "Year | Rent | Energy\n2024 | 12 | 3\n2023 | 10 | 4"
    answer = from_tables("What was the energy in 2023?", "en", evidence(turned))
    assert answer is not None
    assert answer.values == ("4",)


def test_the_better_fitting_of_two_tables() -> None:
    other = evidence(" | 2024 | 2023\nStaff | 7 | 6\nVisitors | 90 | 80", document="e")
    answer = from_tables("How many visitors were there in 2023?", "en", [*evidence(), *other])
    assert answer is not None
    assert answer.lines[0][0].passage.document == "e"
    assert answer.values == ("80",)


def test_the_parts_of_a_table_are_put_together_again() -> None:
    whole = evidence()[1].passage
    rows = COSTS.split("\n")
    head, rest = "\n".join(rows[:4]), "\n".join(rows[4:])
    parts = [
        Evidence(Passage("a", "d", "d", "", 1, 0, len(head), head, (), "table", "en", "", ()), 1.0),
        Evidence(
            Passage("b", "d", "d", "", 1, len(head) + 1, len(whole.text), rest, (), "table", "en", "", ()),
            1.0,
        ),
    ]
    (table,) = tables(parts)
    assert [row.label for row in table.grid.rows] == ["Rent", "Energy", "Travel", "Refunds", "Total costs"]


def test_a_row_that_was_chosen_gives_its_cell() -> None:
    items = evidence()
    start = items[1].passage.start + COSTS.index("Energy")
    answer = from_row("What did heat and light cost in 2023?", "en", items, "d", start)
    assert answer is not None
    assert answer.values == ("400",)
    assert from_row("What was the change in energy?", "en", items, "d", start) is None
    assert from_row("What did it cost in 2023?", "en", items, "d", start + 1) is None


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("(in thousands)", "thousand"),
        ("US$’000", "thousand"),
        ("$'000", "thousand"),
        ("2019 €m", "million"),
        ("RMB’Million", "million"),
        ("in billions of dollars", "billion"),
        ("revenue from customers", ""),
    ],
)
def test_the_scale_of_a_head(text: str, scale: str) -> None:
    assert scale_of(text) == scale


def test_an_amount_in_a_sentence_announces_no_scale() -> None:
    (table,) = tables(evidence(text="Sales rose by a $1.2 million increase in prices."))
    assert table.scale == ""


def test_nothing_is_per_share_in_thousands() -> None:
    answer = from_tables(
        "What were the earnings per share in 2024?",
        "en",
        evidence(" | 2024 | 2023\nEarnings per share | 1.2 | 1.1"),
    )
    assert answer is not None
    assert answer.scale == ""


def test_a_column_between_two_years_is_of_neither() -> None:
    variance = """ | 2018 | 2019 | 2019 vs. 2018, variance in dollars
Product | $ 900 | $ 1,200 | $ 300"""
    told = from_tables("What was product in 2018?", "en", evidence(variance))
    assert told is not None
    assert told.values == ("$ 900",)
    assert from_tables(
        "What was product in 2018 and 2019 respectively?", "en", evidence(variance)
    ).values == (  # type: ignore[union-attr]
        "$ 900",
        "$ 1,200",
    )


def test_a_column_between_two_years_answers_for_both() -> None:
    variance = """ | 2018 | 2019 | 2019 vs. 2018, variance in dollars | 2019 vs. 2018, variance in percent
Product | $ 900 | $ 1,200 | $ 300 | 33 %"""
    told = from_tables(
        "What was the product variance in dollars for 2019 vs. 2018?", "en", evidence(variance)
    )
    assert told is not None
    assert told.values == ("$ 300",)


def test_an_answer_names_its_document_where_others_say_something_else() -> None:
    here, there = (
        [
            replace(item, passage=replace(item.passage, title=title))
            for item in evidence(table, document=title)
        ]
        for title, table in (("North Ltd", COSTS), ("South Ltd", COSTS.replace("1,000", "4,000")))
    )
    told = from_tables("What was the rent in 2023?", "en", [*here, *there])
    assert told is not None
    assert said_by(told).text == "North Ltd: Rent 2023: $ 1,000."
    alone = from_tables("What was the rent in 2023?", "en", here)
    assert alone is not None
    assert said_by(alone).text == "Rent 2023: $ 1,000."


def test_a_share_reads_as_one() -> None:
    told = from_tables("What percentage of total costs was rent in 2024?", "en", evidence())
    assert told is not None
    assert told.text == "Rent as a share of Total costs. Share: 1,200 / 1,520 = 78.95 %."


def test_a_unit_in_a_column_of_its_own_is_said_and_no_figure_ends_as_a_date() -> None:
    sheet = "Property | Value | Unit\nWeight | 7.5 | kg\nPressure | 12 | bar"
    answer = from_tables("What is the weight?", "en", evidence(sheet))
    assert answer is not None
    assert (answer.text, answer.values) == ("Weight: 7.5 kg.", ("7.5",))
    plain = from_tables(
        "What is the weight?", "en", evidence("Property | Value\nWeight | 7.5\nPressure | 12.1")
    )
    assert plain is not None
    assert plain.text == "Weight: 7.5"


SEGMENTS = """Segment | 2024 | 2025
Pumps | 43,260 | 41,485
Dosing Systems | 29,487 | 29,213
Group revenue | 72,747 | 70,698"""


def test_the_total_is_no_row_of_the_kind_that_is_asked_for():
    most = from_tables("Which segment had the highest revenue in 2025?", "en", evidence(SEGMENTS, "Revenue"))
    least = from_tables("Which segment had the lowest revenue in 2024?", "en", evidence(SEGMENTS, "Revenue"))
    assert most is not None
    assert (most.values, most.fit) == (("Pumps",), 1.0)
    assert least is not None
    assert least.values == ("Dosing Systems",)


PUMPS = """Article | Model | Price 2026 EUR | Lead time weeks
1-A | Ondara | 1,750 | 6
1-B | Ondara twin | 3,370 | 7
2-A | Pulsano | 1,780 | 10
2-B | Pulsano twin | 3,430 | 11
3-A | Tempora | 1,915 | 4"""


def test_the_highest_of_a_long_table_by_the_column_that_the_question_names():
    dearest = from_tables("Which model is the most expensive in 2026?", "en", evidence(PUMPS, "Prices"))
    fastest = from_tables("Which article has the shortest lead time?", "en", evidence(PUMPS, "Prices"))
    assert dearest is not None
    assert fastest is not None
    assert (dearest.values, dearest.text) == (
        ("Pulsano twin",),
        "Model: Pulsano twin; Price 2026 EUR: 3,430.",
    )
    assert (fastest.values, len(fastest.lines)) == (("3-A",), 6)  # the head names the year


def test_of_what_stands_in_several_rows_none_is_the_highest():
    sites = "Site | Department | Staff\nDerby | Sales | 96\nDerby | Works | 148\nLiberec | Works | 64"
    found = from_tables("Which site has the most staff?", "en", evidence(sites, "Staff"))
    assert found is None or found.fit < 0.5


QUARTERS = """Segment | Q1 | Q2 | Q3 | Q4 | 2025
Pumps | 9 | 10 | 14 | 11 | 44
Group revenue | 21 | 24 | 23 | 22 | 90"""


@pytest.mark.parametrize(
    ("question", "quarter"),
    [
        ("In which quarter of 2025 was group revenue highest?", "Q2"),
        ("In which quarter of 2025 was revenue of pumps lowest?", "Q1"),
    ],
)
def test_the_quarter_of_the_highest_figure(question, quarter):
    found = from_tables(question, "en", evidence(QUARTERS, "Revenue"))
    assert found is not None
    assert found.values == (quarter,)


def test_quarters_of_two_years_are_not_compared():
    table = "Segment | Q1 2025 | Q1 2024 | Change\nGroup revenue | 21 | 24 | -3"
    assert (
        from_tables("In which quarter of 2025 was revenue highest?", "en", evidence(table, "Revenue")) is None
    )
