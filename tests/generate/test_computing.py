import pytest

from metier.generate.candidates import candidates
from metier.generate.computing import Computed, computed, operation
from metier.generate.extractive import ExtractiveGenerator
from metier.generate.scoring import FEATURES
from metier.generate.sides import side_words
from metier.text.understand import understand
from metier.text.vocabulary import Vocabulary
from metier.verify.checks import all_checks
from metier.verify.combine import SupportModel
from tests.builders import WordEmbedder, evidence, passage, table


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("By how many euros did the kit become more expensive from 2025 to 2026?", "difference"),
        ("What is the difference in rent between Lund and Oslo?", "difference"),
        ("Um wie viel ist die Miete in Kiel höher als in Bonn?", "difference"),
        ("Wie stark stieg der Preis von 2024 auf 2025?", "difference"),
        ("By what percentage did revenue grow from 2024 to 2025?", "change"),
        ("Um wie viel Prozent sank der Umsatz von 2024 auf 2025?", "change"),
        ("Which kit is dearer, A or B?", None),
        ("How much is the rent in Lund?", None),
        ("Wie viel kostet der Filter?", None),
    ],
)
def test_what_is_to_be_computed(question, wanted):
    assert operation(question) == wanted


def result(question, one, two):
    query = understand(question)
    assert query.compares, question
    (first,), (second,) = (
        [item for item in candidates(evidence(side)) if item.passage.kind == "text" or item.piece.is_row][:1]
        for side in (one, two)
    )
    parts = query.rewrites
    sides = [side_words(part, other, query.language) for part, other in (parts, parts[::-1])]
    return computed(query, first, second, sides)


def said(question, one, two):
    found = result(question, one, two)
    return found.text if found else None


def test_figures_of_two_sentences():
    told = said(
        "By how much did spending on training change between 2024 and 2025?",
        passage("In 2024 we spent EUR 3,142 thousand on training in 4 countries."),
        passage("Training took EUR 4,145 thousand in 2025 in 4 countries.", "d2"),
    )
    assert told == "Difference: 4,145 − 3,142 = EUR 1,003 thousand."


def test_figures_of_the_column_that_is_asked_for():
    told = said(
        "Um wie viel Euro ist Klarin im Kanister 2026 teurer als 2025?",
        table("Produkt | Kanister 25 kg | Fass 200 kg\nKlarin | 3,05 | 2,78", language="de"),
        table("Produkt | Kanister 25 kg | Fass 200 kg\nKlarin | 2,15 | 1,88", "t2", language="de"),
    )
    assert told == "Unterschied: 3,05 − 2,15 = 0,90."


def test_a_change_in_percent_goes_from_the_earlier_year():
    ones = (
        passage("Revenue in 2025 was 1,900 million euros."),
        passage("Revenue was EUR 2,150 in 2024.", "d2"),
    )
    assert said("By what percentage did revenue change from 2024 to 2025?", *ones) is None  # unlike scales
    told = said(
        "By what percentage did revenue change from 2024 to 2025?",
        passage("Revenue in 2024 was EUR 2,150 thousand."),
        passage("Revenue in 2025 was EUR 1,900 thousand.", "d2"),
    )
    assert told == "Change: (1,900 − 2,150) / 2,150 = −11.6 %."


@pytest.mark.parametrize(
    ("question", "note"),
    [
        (
            "By how many euros did the kit become dearer from 2025 to 2026?",
            "It became less, not more: from EUR 95 to EUR 80.",
        ),
        ("By how many euros did the kit become cheaper from 2025 to 2026?", None),
        ("By how many euros did the price of the kit change from 2025 to 2026?", None),
    ],
)
def test_a_difference_says_if_it_goes_the_other_way_than_the_question_takes_for_granted(question, note):
    found = result(
        question, passage("In 2025 the kit is EUR 95."), passage("In 2026 the kit is EUR 80.", "d2")
    )
    assert found.text == "Difference: 95 − 80 = EUR 15."
    assert found.notes == ((note,) if note else ())


def test_nothing_is_computed_of_unlike_units_or_where_it_is_not_asked():
    kilos, metres = passage("The Ondara weighs 12 kg."), passage("The Pulsano is 3 m long.", "d2")
    assert said("What is the difference between Ondara and Pulsano?", kilos, metres) is None
    other = passage("The Pulsano weighs 15 kg.", "d2")
    assert said("Which is heavier, the Ondara or the Pulsano?", kilos, other) is None


def test_the_answer_begins_with_the_result_and_its_checks_find_it_supported():
    found = evidence(
        passage("Rent for the office in Lund is EUR 1,200 a month."),
        passage("Rent for the office in Oslo is EUR 1,950 a month.", "d2"),
    )
    weights = {"bias": 0.0, "weights": dict.fromkeys(FEATURES, 1.0)}
    generator = ExtractiveGenerator({**weights, "weights": weights["weights"]}, WordEmbedder(), Vocabulary)
    query = understand("What is the difference in rent between Lund and Oslo?")
    draft = generator.generate(query, found)
    first = draft.statements[0]
    assert first.text == "Difference: 1,950 − 1,200 = EUR 750."
    assert {citation.document for citation in first.citations} == {"d1", "d2"}
    identities = [citation.id for item in draft.statements for citation in item.citations]
    assert len(set(identities)) == len(identities) == 4
    findings = [
        finding
        for check in all_checks()
        for finding in check.check(query, draft, found)
        if finding.statement == first.id
    ]
    assert all(finding.ok for finding in findings), [item for item in findings if not item.ok]
    assert SupportModel().probability(findings) > 0.7


def test_two_rows_of_one_table_differ_in_what_is_asked_not_in_what_names_them():
    awards = table("Years of service | Award (EUR) | Days off\n10 | 600 | 1\n25 | 1,500 | 2")
    ten, more = list(candidates(evidence(awards)))[-2:]
    query = understand("By how many euros do the awards for 10 and 25 years of service differ?")
    assert computed(query, more, ten) == Computed("Difference: 1,500 − 600 = EUR 900.")
    assert computed(understand("What are the awards for 10 and 25 years of service?"), more, ten) is None


def test_two_figures_that_nothing_tells_apart_have_no_difference():
    budgets = passage("Marketing has a budget of EUR 742,000. Sales has a budget of EUR 710,000.")
    one, two = candidates(evidence(budgets))
    assert computed(understand("By how much did the budget rise?"), one, two) is None
    assert (
        computed(understand("What is the difference in budget of marketing and sales?"), one, two) is not None
    )
    years = passage("The budget for 2025 is EUR 742,000. The budget for 2024 was EUR 710,000.")
    one, two = candidates(evidence(years))
    said = computed(understand("By how much did the budget fall?"), one, two)
    assert said is not None
    assert said.text == "Difference: 742,000 − 710,000 = EUR 32,000."
    assert said.notes == ("It became more, not less: from EUR 710,000 to EUR 742,000.",)


def test_figures_of_two_measures_are_not_subtracted():
    question = "By how much did group revenue grow from 2024 to 2025?"
    revenue = passage("Group revenue in 2024 amounted to EUR 94,683 thousand.")
    research = passage("In 2025 the company spent EUR 3,409 thousand on research.", "d2")
    assert said(question, revenue, research) is None
    later = passage("In 2025 revenue of the group was EUR 92,200 thousand.", "d2")
    assert said(question, revenue, later) == "Difference: 94,683 − 92,200 = EUR 2,483 thousand."


def test_words_that_begin_alike_tell_one_measure():
    told = said(
        "By how many did the number of employees grow between 2024 and 2025?",
        passage("We had 651 employees in 2024."),
        passage("In 2025 the firm employed 667 people.", "d2"),
    )
    assert told == "Difference: 667 − 651 = 16."
