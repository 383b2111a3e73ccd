"""What a question wants from a table."""

from decimal import Decimal

import pytest

from metier.text.table_question import asks_extreme, read_table_question


@pytest.mark.parametrize(
    ("question", "operation"),
    [
        ("What was the net income in 2024?", "value"),
        ("What is the respective revenue in 2024 and 2023?", "value"),
        ("What was the change in inventories from 2023 to 2024?", "change"),
        ("What is the difference between rent and leases in 2024?", "change"),
        ("Wie groß ist der Unterschied der Umsatzerlöse zwischen 2023 und 2024?", "change"),
        ("What was the percentage change in net income between 2023 and 2024?", "percent"),
        ("What is the percentage increase / (decrease) in rent from 2023 to 2024?", "percent"),
        ("Was ist die prozentuale Veränderung des Umsatzes?", "percent"),
        ("What was the average inventory for 2023 and 2024?", "average"),
        ("What is the weighted-average exercise price in 2024?", "value"),
        ("What is the sum of rent and leases in 2024?", "sum"),
        ("What is the total cost in 2023 and 2024?", "sum"),
        ("What percentage of total revenue was spent on rent?", "share"),
        ("What is the ratio of debt to equity?", "ratio"),
        ("In which year was the rent higher?", "which_year"),
        ("Which years does the table show?", "list_years"),
        ("Which segment had the highest revenue in 2024?", "which_row"),
        ("How many years did net income exceed $5 million?", "count"),
        ("How many components are there under current assets?", "count_rows"),
        ("What are the components of current assets?", "list_rows"),
    ],
)
def test_the_operation(question: str, operation: str) -> None:
    assert read_table_question(question).operation == operation


def test_years_in_their_order_and_ranges() -> None:
    assert read_table_question("Rent in 2024, 2022 and 2024?").years == ("2024", "2022")
    assert read_table_question("Average rent from 2021 to 2024?").is_range
    assert not read_table_question("Average rent from 2023 to 2024?").is_range


def test_the_limit_with_its_scale_and_side() -> None:
    asked = read_table_question("In which years was rent less than 2.5 million?")
    assert asked.limit is not None
    assert (asked.limit.value, asked.limit.scale, asked.most) == (Decimal("2.5"), Decimal(10**6), False)
    assert read_table_question("In which year was rent larger?").limit is None


def test_a_year_is_no_limit() -> None:
    assert read_table_question("In which segment was revenue higher than 2023?").limit is None


def test_a_difference_has_no_sign() -> None:
    assert read_table_question("What is the difference in rent between 2023 and 2024?").unsigned
    assert not read_table_question("What was the change in rent in 2024?").unsigned


@pytest.mark.parametrize(
    ("question", "most"),
    [
        ("Which customer has the highest discount?", True),
        ("Welcher Kunde hat die kürzeste Garantie?", False),
        ("Which customer has a discount?", None),
        ("What is the highest discount?", None),
    ],
)
def test_which_thing_has_most_is_asked(question, most):
    assert asks_extreme(question) is most
