from metier.extract.columns import Region
from metier.extract.printed import printed_lines
from metier.extract.raw import RawWord
from metier.extract.rows import grid_rows, text_of

COLUMNS = [(50.0, 90.0), (100.0, 190.0), (200.0, 260.0)]


def grid(*lines: tuple[float, list[str]]) -> list[list[str]]:
    """The rows that lines (top, texts of the columns) become."""
    words = [
        RawWord(text, (COLUMNS[column][0], y, COLUMNS[column][0] + 4 * len(text), y + 8))
        for y, texts in lines
        for column, text in enumerate(texts)
        if text
    ]
    printed = printed_lines(words)
    rows = grid_rows(Region(printed, COLUMNS, 0, len(printed) - 1))
    return [[text_of(row.slots[c], words) if c in row.slots else "" for c in range(3)] for row in rows]


def test_every_line_is_a_row_where_nothing_says_otherwise():
    assert grid((10, ["A1", "pump", "3"]), (22, ["A2", "", "4"]), (34, ["", "valve", "5"])) == [
        ["A1", "pump", "3"],
        ["A2", "", "4"],
        ["", "valve", "5"],
    ]


def test_a_line_that_carries_cells_on_belongs_to_the_row_above():
    assert grid((10, ["A1", "a long", "3"]), (20, ["", "descrip-", ""]), (30, ["", "tion", ""]), (40, ["A2", "b", "4"])) == [
        ["A1", "a long description", "3"],
        ["A2", "b", "4"],
    ]  # fmt: skip


def test_wider_gaps_divide_rows():
    lines = [(10, ["A1", "one", "3"]), (19, ["", "two", ""]), (35, ["A2", "three", "4"]), (51, ["A3", "four", "5"]), (60, ["more", "", ""])]  # fmt: skip
    assert grid(*lines) == [["A1", "one two", "3"], ["A2", "three", "4"], ["A3 more", "four", "5"]]


def test_wider_gaps_may_set_off_groups_of_rows():
    full = ["A", "pump", "3"]
    assert len(grid((10, full), (19, full), (35, full), (44, full), (60, full), (69, full))) == 6


def test_cells_centred_beside_taller_ones_are_one_row():
    assert grid(
        (10, ["", "over", ""]), (15, ["A1", "", "3"]), (20, ["", "two", ""]), (40, ["A2", "b", "4"])
    ) == [
        ["A1", "over two", "3"],
        ["A2", "b", "4"],
    ]
