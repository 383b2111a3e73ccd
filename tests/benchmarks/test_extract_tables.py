"""What counts as a figure, and when it is kept."""

import pytest

from benchmarks.extract_tables import figure_of, figures_in, kept, truth_cells
from metier.extract.assemble import assemble
from metier.extract.raw import RawBlock, RawCell, RawDocument, RawPage


@pytest.mark.parametrize(
    ("cell", "figure"),
    [
        ("1,234.5", "1,234.5"),
        (" 12 % ", "12%"),
        ("(3.1)", "(3.1)"),
        ("−4", "-4"),
        ("€ 20", "€20"),
        ("Q3", ""),
        ("", ""),
        ("3 of 4", ""),
    ],
)
def test_figures(cell: str, figure: str) -> None:
    assert figure_of(cell) == figure


def test_cells_of_the_truth() -> None:
    assert truth_cells("|a|b|\n|-|-|\n|1|2|\n\n<table><tr><td>3</td></tr></table>") == [
        "a",
        "b",
        "1",
        "2",
        "3",
    ]


def test_kept_in_text_and_in_cells() -> None:
    cells = [RawCell(0, 0, "Item"), RawCell(0, 1, "12.5"), RawCell(1, 0, "7 8"), RawCell(1, 1, "9")]
    blocks = [RawBlock("table", cells=cells), RawBlock("paragraph", "and 4 more, not 112.5")]
    document = assemble(RawDocument("text/plain", "test", [RawPage()], blocks), "d", "u")
    wanted = figures_in(["12.5", "12.5", "9", "4", "5"])
    # 12.5 once of twice, 9, and 4 outside of any cell; 5 is nowhere by itself
    assert kept(wanted, document) == (3, 2)
