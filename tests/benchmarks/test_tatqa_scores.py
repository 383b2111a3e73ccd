"""Scores of short answers, worked out by hand."""

import pytest

from benchmarks.tatqa_scores import number_of, score


def question(kind: str, answer: object, scale: str) -> dict[str, object]:
    return {"answer_type": kind, "answer": answer, "scale": scale}


@pytest.mark.parametrize(
    ("asked", "values", "scale", "exact", "f1"),
    [
        (question("span", ["$1,949"], "thousand"), ("$1,949",), "thousand", 1.0, 1.0),
        (question("span", ["$1,949"], "thousand"), ("1949",), "million", 0.0, 0.0),
        (question("span", ["$1,949"], "thousand"), ("1.949",), "million", 0.0, 0.0),  # rounded to two decimals first
        (question("span", ["$1,950"], "thousand"), ("1.95",), "million", 1.0, 1.0),
        (question("arithmetic", -3.62, "percent"), ("-3.62",), "percent", 1.0, 1.0),
        (question("arithmetic", -3.62, "percent"), ("-0.0362",), "", 1.0, 1.0),
        (question("arithmetic", 10, ""), ("10.4",), "", 0.0, 0.0),
        (question("multi-span", ["2018", "2017"], ""), ("2017", "2018"), "", 1.0, 1.0),
        (question("multi-span", ["2018", "2017"], ""), ("2017",), "", 0.0, 0.67),
        (question("span", ["the finance lease."], ""), ("a finance lease",), "", 1.0, 1.0),
        (question("count", 2, ""), ("2",), "", 1.0, 1.0),
        (question("count", 2, ""), (), "", 0.0, 0.0),
    ],
)  # fmt: skip
def test_scores(
    asked: dict[str, object], values: tuple[str, ...], scale: str, exact: float, f1: float
) -> None:
    assert score(asked, values, scale) == (exact, f1)


@pytest.mark.parametrize(
    ("text", "number"), [("(155)", -155), ("$(3.5)", -3.5), ("99%", 0.99), ("−4", -4), ("about 4", None)]
)
def test_numbers(text: str, number: float | None) -> None:
    assert number_of(text) == number
