"""A part of the question that nothing speaks of is named; everything else is not."""

import pytest

from metier.types import Citation, Query, Statement
from metier.verify.complete import left_open

PARTS = ("How many days of leave do I get?", "Who approves travel expenses?")


def said(*texts: str, quote: str = "") -> list[Statement]:
    place = Citation("c", "d", "a.txt", "Handbook", "", 1, 0, 1, quote)
    return [Statement(f"s{n}", text, (place,)) for n, text in enumerate(texts)]


def asked(*parts: str, compares: bool = False) -> Query:
    return Query(" ".join(parts), "en", parts, compares=compares)


def test_a_part_without_a_word_in_the_answer_is_open() -> None:
    assert left_open(asked(*PARTS), said("Employees get 30 days of leave.")) == (PARTS[1],)


@pytest.mark.parametrize(
    ("query", "statements"),
    [
        (asked(*PARTS), said("You get 30 days of leave.", "The line manager approves them.")),
        (asked(*PARTS), said("30 days of leave.", quote="Travel is approved by Ms Weber.")),
        (asked(PARTS[0]), said("The canteen opens at noon.")),
        (asked(*PARTS, compares=True), said("The canteen opens at noon.")),
        (asked(*PARTS), said("Die Beschäftigten haben dreißig Tage Urlaub im Jahr.")),
        (asked(*PARTS), []),
    ],
)
def test_nothing_is_open(query: Query, statements: list[Statement]) -> None:
    assert left_open(query, statements) == ()
