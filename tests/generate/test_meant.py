"""Rules of what a question can mean; those that concern the order of candidates are tested with the ranking."""

import numpy as np

from metier.generate.candidates import Candidate, candidates
from metier.generate.meant import UNLIKELY, could_be_meant, still_meant
from metier.text.vocabulary import count_terms
from metier.types import Passage
from tests.builders import evidence, passage, table

VOCABULARY = count_terms(["claim day", "pump store", "group report", "trip policy"] * 20)
APPROVALS = """Net order value (EUR) | Approval by
up to 5,000 | Line manager
above 5,000 up to 20,000 | Head of Purchasing
above 20,000 | Managing Director"""


def meant(question: str, *passages: Passage) -> list[str]:
    options: list[Candidate] = list(candidates(evidence(*passages)))
    return [item.text for item in could_be_meant(question, "en", options, VOCABULARY)]


def test_of_a_table_of_ranges_the_row_of_the_amount_is_meant() -> None:
    other = passage("Orders are kept for ten years.", "d2")
    assert meant("Who approves an order of EUR 12,000?", table(APPROVALS), other) == [
        "Net order value (EUR): above 5,000 up to 20,000; Approval by: Head of Purchasing",
        "Orders are kept for ten years.",
    ]
    assert len(meant("Who approves an order?", table(APPROVALS), other)) == 4
    lowest = "Net order value (EUR) | Approval by\nabove 5,000 | Head of Purchasing"
    assert len(meant("Who approves an order of EUR 100?", table(lowest), other)) == 2  # no row has it


def test_a_scope_is_meant_by_who_asks_for_it() -> None:
    scope = passage("This policy applies to all employees who travel.", "d1")
    rule = passage("The line manager approves each trip.", "d1", start=80)
    assert meant("Who approves a trip?", scope, rule) == ["The line manager approves each trip."]
    assert len(meant("Who does the trip policy apply to?", scope, rule)) == 2


def test_the_figure_of_the_group_is_not_that_of_a_place() -> None:
    group = passage("The group had 635 employees.", "d1", title="Report")
    place = passage("At the plant in Zlin work 117 people.", "d2", title="Report")
    assert meant("How many people work in Liberec?", group, place) == [place.text]
    assert len(meant("How many people work for us?", group, place)) == 2


def sure(question: str, *passages: Passage, best: float = 0.8) -> float:
    """How certain the first of the passages is that was taken for likely."""
    options = list(candidates(evidence(*passages)))
    chance = np.array([best] + [0.01] * (len(options) - 1))
    return still_meant(question, options, np.arange(len(options)), chance, best)[1]


def test_a_row_without_the_measure_that_is_asked_for_is_no_answer() -> None:
    revenue = table("Segment | 2025\nDosing Systems | 38,103", title="Report 2025")
    assert sure("What EBIT did Dosing Systems earn in 2025?", revenue) <= UNLIKELY
    assert sure("What revenue did Dosing Systems earn in 2025?", revenue) == 0.8
    tunnel = passage("From home the tunnel of the company is used.")
    assert sure("How do I use the VPN?", tunnel) == 0.8  # a text may call it otherwise


def test_who_asks_when_something_was_is_told_a_day() -> None:
    kept = passage("Seidel keeps inspection records for 12 years.")
    audited = passage("Seidel was audited on 3 May 2024.", start=90)
    question = "When was Seidel last audited by us?"
    assert sure(question, kept) <= UNLIKELY
    assert sure(question, audited) == 0.8
    assert sure(question, kept, audited) == 0.01  # what was likely meant something else
    assert sure("When are inspection records thrown away?", kept) == 0.8


def test_who_asks_who_wrote_it_is_told_of_somebody() -> None:
    asked = "Who wrote the Tarn Guide?"
    said = passage("The guide describes the archiver.", title="Tarn Guide")
    assert sure(asked, said) <= UNLIKELY
    assert sure(asked, passage("It was written by Ilse Bromberg.", title="Tarn Guide")) == 0.8
