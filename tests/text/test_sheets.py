import pytest

from metier.text.sheets import cell_name, cell_position, cells_for
from metier.types import Block, Cell, Document, Page


@pytest.mark.parametrize(
    ("name", "place"),
    [("A1", (0, 0)), ("B4", (3, 1)), ("Z9", (8, 25)), ("AA1", (0, 26)), ("XFD1048576", (1048575, 16383))],
)
def test_names_of_cells_both_ways(name, place):
    assert cell_name(*place) == name
    assert cell_position(name) == place


def test_no_cell_is_an_error():
    with pytest.raises(ValueError, match="names no cell"):
        cell_position("4B")


TEXT = "Note\n\nPlan | Price\nBasic | 10"
CELLS = (
    Cell(0, 0, "Plan", 6, 10),
    Cell(0, 1, "Price", 13, 18),
    Cell(1, 0, "Basic", 19, 24),
    Cell(1, 1, "10", 27, 29),
)


def document(label: str) -> Document:
    blocks = (
        Block("d.0", "paragraph", 0, 1, 0, 4, anchor="B2"),
        Block("d.1", "table", 1, 1, 6, 29, cells=CELLS, anchor="C5"),
    )
    return Document("d", "a.xlsx", "a", "en", "x", TEXT, (Page(1, 0, 0, 0, 29, label=label),), blocks, "e")


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [(0, 4, "B2"), (19, 29, "C6:D6"), (27, 29, "D6"), (6, 29, "C5:D6"), (13, 18, "D5"), (4, 6, "")],
)
def test_ranges_of_text_as_ranges_of_cells(start, end, found):
    assert cells_for(document("Prices"), start, end) == (f"Prices!{found}" if found else "")


def test_odd_sheet_names_are_quoted_and_hidden_is_no_part_of_them():
    assert cells_for(document("Jan's 2026 (hidden sheet)"), 0, 4) == "'Jan''s 2026'!B2"
    assert cells_for(document(""), 0, 4) == "B2"
