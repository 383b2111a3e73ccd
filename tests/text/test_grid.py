"""The text of a table read as a grid: heads, labels, sections, figures."""

from decimal import Decimal

import pytest

from metier.text.grid import Line, figure, is_year, read_grid, without_notes, years


def lines(*rows: str) -> list[Line]:
    return [Line(row, number * 100, number * 100 + len(row)) for number, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("cell", "value", "percent"),
    [
        ("$ 1,452.4", "1452.4", False),
        ("(155)", "-155", False),
        ("$(618)", "-618", False),
        ("−3.5", "-3.5", False),
        ("(3)%", "-3", True),
        ("98%", "98", True),
        ("€ 12", "12", False),
        (".25", "0.25", False),
        ("EUR 1,200", "1200", False),
        ("US$ 5", "5", False),
        ("1,083 (1)", "1083", False),
    ],
)
def test_a_cell_is_read_as_its_number(cell: str, value: str, percent: bool) -> None:
    found = figure(cell, "en")
    assert found is not None
    assert (found.value, found.percent) == (Decimal(value), percent)


@pytest.mark.parametrize(
    "cell",
    ["", "–", "n/a", "Note 4", "12 to 15", "$'000", "3 May 2024 and later", "Q1", "H2", "DK-1065", "VG 220"],
)
def test_what_is_no_single_number_is_none(cell: str) -> None:
    assert figure(cell, "en") is None


def test_german_marks() -> None:
    found = figure("1.234,5", "de")
    assert found is not None
    assert found.value == Decimal("1234.5")


def test_years_of_fiscal_years_and_dates() -> None:
    assert years("FY19 and March 31, 2018 (2017: 4)") == ["2019", "2018", "2017"]
    assert is_year("2019")
    assert is_year("FY 19")
    assert not is_year("2019 £m")


def test_heads_over_heads_reach_to_the_right() -> None:
    grid = read_grid(
        lines(
            " | Years ended May 31, | ",
            "(in thousands) | 2024 | 2023",
            "Pumps | $ 412 | $ 388",
            "Parts | 90 | (7)",
        )
    )
    assert grid is not None
    assert grid.heads == ("Years ended May 31, 2024", "Years ended May 31, 2023")
    assert grid.caption == "(in thousands)"
    assert [(row.label, row.cells) for row in grid.rows] == [
        ("Pumps", ("$ 412", "$ 388")),
        ("Parts", ("90", "(7)")),
    ]
    assert [line.start for line in grid.top] == [0, 100]


def test_a_head_of_one_column_stays_there() -> None:
    grid = read_grid(lines(" | | Percent change | ", " | 2024 | Actual | 2023", "Interest | 20 | 3 | 19"))
    assert grid is not None
    assert grid.heads[2] == "2023"


def test_a_label_alone_names_the_rows_below_it() -> None:
    grid = read_grid(
        lines(" | 2024 | 2023", "Assets: |  | ", "Cash (1) | 5 | 4", "Debts: |  | ", "Loans | 3 | 2")
    )
    assert grid is not None
    assert [(row.section, row.label) for row in grid.rows] == [("Assets:", "Cash"), ("Debts:", "Loans")]


def test_a_scale_alone_in_its_row_is_said_of_all() -> None:
    grid = read_grid(lines(" | 2024 | 2023", "(In thousands) |  | ", "Cash | 5 | 4"))
    assert grid is not None
    assert grid.caption == "(In thousands)"
    assert grid.rows[0].section == ""


def test_a_header_that_stands_elsewhere() -> None:
    grid = read_grid(lines("Cash | 5 | 4"), "Item | 2024 | 2023")
    assert grid is not None
    assert grid.heads == ("2024", "2023")


@pytest.mark.parametrize("rows", [(), ("one column",), ("a | b", "c | d")])
def test_without_figures_or_columns_there_is_no_grid(rows: tuple[str, ...]) -> None:
    assert read_grid(lines(*rows)) is None


def test_marks_of_notes_are_no_part_of_a_label() -> None:
    assert without_notes("Net income (1)") == "Net income"
    assert without_notes("Profit (loss)") == "Profit (loss)"
