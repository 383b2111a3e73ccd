import pytest

from metier.verify.numbers import Numbers
from tests.verify.conftest import Run

TABLE = "EUR thousand | 2019 | 2018 | 2017\nPumps | 120 | 110 | 130\nLoss | (5) | (9) | (2)\nRatio | 46.0% | 52.9% | 55.8%"


@pytest.mark.parametrize(
    ("statement", "row", "ok"),
    [
        ("Pumps were higher in 2019 than in 2018.", 1, True),
        ("Pumps were higher in 2018 compared to 2019.", 1, False),
        ("Compared to 2019, pumps were lower in 2018.", 1, True),
        ("Compared to 2019, pumps were higher in 2018.", 1, False),
        ("Pumps were the highest in 2017.", 1, True),
        ("Pumps were the highest in 2019.", 1, False),
        ("The ratio was the smallest in 2019.", 3, True),
        ("The ratio was the largest in 2019.", 3, False),
        ("Pumps increased from 2018 to 2019.", 1, True),
        ("Pumps fell between 2018 and 2019.", 1, False),
        ("Der Umsatz mit Pumpen war 2019 niedriger als 2018.", 1, False),
        ("Der Umsatz mit Pumpen war 2019 höher als 2018.", 1, True),
        ("The loss was higher in 2018 than in 2019.", 2, True),  # below zero: not judged
        ("The loss was higher in 2019 than in 2018.", 2, True),
        ("Pumps made more than 100 in 2019.", 1, False),  # 100 stands nowhere; nothing is compared
        ("Pumps were at 120 in 2019, more than 110 in 2018.", 1, True),
    ],
)
def test_years_of_a_row(run: Run, statement: str, row: int, ok: bool) -> None:
    (finding,) = run(Numbers(), statement, TABLE, quote=TABLE.split("\n")[row], kind="table")
    assert finding.ok is ok, finding.detail


@pytest.mark.parametrize(
    ("statement", "ok"),
    [
        ("Pumps in both 2018 and 2019 made 120.", False),
        ("Pumps from 2018 to 2019 made 120.", False),
        ("Pumps made 120 in 2019 and 110 in 2018.", True),
        ("Pumps made 120 in 2019, more than in 2018.", True),
        ("Pumps rose from 2018 to 2019, to 120.", True),
        ("The change of pumps between 2018 and 2019 was 10.", True),
    ],
)
def test_one_figure_is_not_of_two_years(run: Run, statement: str, ok: bool) -> None:
    table = "Segment | 2019 | 2018 | Change\nPumps | 120 | 110 | 10"
    (finding,) = run(Numbers(), statement, table, quote=table.split("\n")[1], kind="table")
    assert finding.ok is ok, finding.detail


def test_years_without_a_column_are_not_judged(run: Run) -> None:
    (finding,) = run(
        Numbers(), "Pumps were higher in 2016 than in 2015.", TABLE, quote=TABLE.split("\n")[1], kind="table"
    )
    assert "higher" not in finding.detail


def test_prose_is_not_judged(run: Run) -> None:
    (finding,) = run(
        Numbers(), "Pumps were higher in 2018 than in 2019.", "In 2018 and 2019 pumps were sold."
    )
    assert finding.ok
