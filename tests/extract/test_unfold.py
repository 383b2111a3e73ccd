"""Running text comes out of a table that was drawn around it; tables that are tables stay."""

from metier.extract.raw import RawBlock, RawCell
from metier.extract.unfold import unfold

LONG = (
    "The pump may be stored in its packaging for up to twelve months and after that the diaphragm is inspected "
    * 2
)


def table(*rows: tuple[str, ...]) -> RawBlock:
    """A table of three columns, rows 20 points apart from y = 100; a row of one text is one cell over all of them."""
    cells = []
    for number, row in enumerate(rows):
        y = 100.0 + 20 * number
        for column, text in enumerate(row):
            rect = (50.0 + 100 * column, y, 140.0 + 100 * column, y + 10)
            span = 3 if len(row) == 1 else 1
            cells.append(RawCell(number, column, text, number == 0, 1, span, rect))
    return RawBlock("table", rect=(50.0, 100.0, 350.0, 100.0 + 20 * len(rows)), cells=cells)


def text(content: str, y: float, x: float = 50.0, **more: object) -> RawBlock:
    return RawBlock("paragraph", content, rect=(x, y, x + 130, y + 10), **more)  # type: ignore[arg-type]


GIANT = table(
    ("Property", "Value", "Unit"),
    ("Weight", "7", "kg"),
    (LONG,),
    ("Code", "Meaning", "Remedy"),
    ("E1", "a", "b"),
)


def test_a_row_of_running_text_ends_the_table() -> None:
    left, right = text(LONG[:110], 138), text(LONG[110:], 138, 200)
    top, one, two, bottom = unfold([GIANT], [text("above", 20), left, right])
    assert (one, two) == (left, right), "in the order of the engine that follows columns"
    assert [[cell.text for cell in part.cells] for part in (top, bottom)] == [
        ["Property", "Value", "Unit", "Weight", "7", "kg"],
        ["Code", "Meaning", "Remedy", "E1", "a", "b"],
    ]
    assert [cell.row for cell in bottom.cells] == [0, 0, 0, 1, 1, 1]
    assert [cell.header for cell in bottom.cells] == [True, True, True, False, False, False]
    assert bottom.rect == (50.0, 160.0, 350.0, 190.0)


def test_columns_that_only_the_other_part_had_are_gone() -> None:
    wide = table(("A", "B", "C"), (LONG,))
    wide.cells += [
        RawCell(2, 0, "x", rect=(50, 140, 60, 150)), RawCell(2, 2, "y", rect=(250, 140, 260, 150))
    ]  # fmt: skip
    *_, below = unfold([wide], [text(LONG, 120)])
    assert [(cell.column, cell.text) for cell in below.cells] == [(0, "x"), (1, "y")]


def test_without_the_text_in_the_other_reading_nothing_changes() -> None:
    for cheap in (
        [],
        [text("Only a few of its words.", 138)],
        [text(LONG, 400)],
        [text(LONG, 138, added=True)],
    ):
        assert unfold([GIANT], cheap) == [GIANT]


def test_short_rows_over_all_columns_and_other_blocks_stay() -> None:
    noted = table(("A", "B", "C"), ("Costs in thousands of euros",), ("1", "2", "3"))
    narrow = RawBlock("table", rect=(0, 0, 9, 9), cells=[RawCell(0, 0, LONG)])
    blocks = [text("before", 10), noted, narrow]
    assert unfold(blocks, [text("Costs in thousands of euros", 120)]) == blocks
