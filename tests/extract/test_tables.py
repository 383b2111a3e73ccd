from metier.extract.raw import RawCell
from metier.extract.tables import grid_cells, is_figure, looks_like_header, render_table


def test_rows_are_lines_and_cells_know_their_place():
    text, placed = render_table(grid_cells([["Article", "Price"], ["Bolt\nM4", ""], ["", ""]], 1))
    assert text == "Article | Price\nBolt M4 | "
    assert [text[start:end] for _, start, end in placed] == ["Article", "Price", "Bolt M4", ""]


def test_cells_over_rows_are_repeated_and_cells_over_columns_are_not():
    cells = [
        RawCell(0, 0, "DE", row_span=2),
        RawCell(0, 1, "wide", column_span=2),
        RawCell(1, 1, "a"),
        RawCell(1, 2, "b"),
    ]
    assert render_table(cells)[0] == "DE | wide\nDE | a | b"


def test_what_looks_like_a_header():
    assert looks_like_header([["Article", "Price"], ["Bolt", "1"]])
    assert looks_like_header([["", "2023", "2024"], ["Sales", "5", "6"]])
    assert not looks_like_header([["Bolt", "12.50"], ["Nut", "3.20"]])
    assert not looks_like_header([["a", "a"], ["1", "2"]])
    assert not looks_like_header([["Article", "Price"]])


def test_figures():
    assert is_figure("1,234.50 €")
    assert not is_figure("M4")
    assert not is_figure("2024")
