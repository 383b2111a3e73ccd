import numpy as np

from metier.generate.agreeing import agreeing
from metier.generate.candidates import Candidate, candidates
from metier.generate.ranking import Ranked
from metier.types import Passage
from tests.builders import evidence, passage, table


def ranked(*passages: Passage) -> Ranked:
    items = list(candidates(evidence(*passages)))
    return Ranked(items, np.linspace(0.3, 0.1, len(items)), 0.4)


def documents(found: list[Candidate]) -> list[str]:
    return [item.passage.document for item in found]


def test_the_same_figure_and_the_same_text_agree() -> None:
    found = agreeing(
        "How high was group revenue in 2025?",
        "en",
        ranked(
            passage("In 2025 group revenue was EUR 92,200 thousand.", "d1"),
            passage("In 2025 group revenue was EUR 92,200 thousand.", "d2"),
            passage("Revenue of the group: EUR 92,200 thousand.", "d3"),
            passage("Group revenue of 2024 was EUR 94,683 thousand.", "d4"),
        ),
    )
    assert documents(found) == ["d1", "d2", "d3"]


def test_variants_in_one_table_agree() -> None:
    rows = "Model | Price 2026 EUR\nOndara 25 | 1,750\nOndara 25 twin | 3,370\nTempora 40 | 1,915"
    found = agreeing("What is the price of the Ondara 25 in 2026?", "en", ranked(table(rows)))
    assert [item.text.split(";")[0] for item in found] == ["Model: Ondara 25", "Model: Ondara 25 twin"]


def test_nothing_agrees_with_what_says_little_of_the_question() -> None:
    rows = "Model | Price\nOndara 60 | 1,795\nOndara 60 twin | 3,460"
    found = agreeing(
        "Which lot of Ondara 60 pump heads leaks at the sealing face?", "en", ranked(table(rows))
    )
    assert len(found) == 1


def test_nothing_agrees_where_the_number_that_is_asked_about_is_not_said() -> None:
    rows = "Years of service | Award (EUR)\n10 | 600\n25 | 1,500"
    assert len(agreeing("How much is the award for 40 years of service?", "en", ranked(table(rows)))) == 1
    assert len(agreeing("How much is the award for years of service?", "en", ranked(table(rows)))) == 2
