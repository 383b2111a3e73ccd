"""Rules of what a question can mean; those that concern the order of candidates are tested with the ranking."""

from metier.generate.candidates import Candidate, candidates
from metier.generate.meant import could_be_meant
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
