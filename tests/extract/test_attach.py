from metier.extract.attach import attach
from metier.extract.raw import RawBlock, RawCell, RawDocument, RawPage, RawRun, RawWord

TABLE = (50.0, 200.0, 300.0, 260.0)


def document(*blocks: RawBlock, page: RawPage | None = None) -> list[RawBlock]:
    raw = RawDocument("", "", [page or RawPage(1, 600, 800)], list(blocks))
    attach(raw)
    return raw.blocks


def table() -> RawBlock:
    return RawBlock("table", rect=TABLE, cells=[RawCell(0, 0, "a")])


def test_a_caption_belongs_to_the_table_beside_it():
    above = RawBlock("paragraph", "Table 3: Prices", rect=(50, 180, 200, 192))
    other = RawBlock("paragraph", "Table 4: Far away", rect=(50, 500, 200, 512))
    text = RawBlock("paragraph", "The table 3 shows prices.", rect=(50, 265, 200, 277))
    found = document(above, table(), text, other)
    assert [block.belongs_to for block in found] == [TABLE, None, None, None]
    assert found[0].kind == "paragraph"


def test_a_caption_of_a_figure_is_none_of_a_table():
    caption = RawBlock("paragraph", "Figure 1. Growth", rect=(50, 265, 200, 277))
    figure = RawBlock("figure", "10 20 30", rect=(50, 290, 300, 400))
    assert document(table(), caption, figure)[1].belongs_to == figure.rect
    assert (
        document(table(), RawBlock("paragraph", "Figure 1. Growth", rect=(50, 265, 200, 277)))[1].belongs_to
        is None
    )


def test_two_tables_have_a_caption_each():
    second = (50.0, 300.0, 300.0, 360.0)
    one = RawBlock("paragraph", "Tabelle 1: Preise", rect=(50, 262, 200, 274))
    two = RawBlock("paragraph", "Tabelle 2: Fristen", rect=(50, 362, 200, 374))
    found = document(table(), one, RawBlock("table", rect=second, cells=[RawCell(0, 0, "b")]), two)
    assert (found[1].belongs_to, found[3].belongs_to) == (TABLE, second)


def test_a_footnote_belongs_to_the_block_that_refers_to_it():
    text = (50.0, 100.0, 400.0, 124.0)
    note = RawBlock("paragraph", "1See the annex.", rect=(50, 700, 200, 709))
    small = RawRun("1See the annex.", (50, 700, 200, 709), "Times", 8)
    body = RawRun("The price1 is fixed for a year and may not rise.", (50, 100, 400, 112), "Times", 10)
    words = [RawWord("The", (50, 100, 65, 110)), RawWord("price1", (70, 100, 95, 110))]
    page = RawPage(1, 600, 800, words=words, runs=[body, small])
    found = document(RawBlock("paragraph", "The price1 is fixed", rect=text), note, page=page)
    assert found[1].belongs_to == text
    numbered = RawBlock("paragraph", "1 Lamp", rect=(50, 700, 200, 709))
    big = RawPage(1, 600, 800, words=words, runs=[body, RawRun("1 Lamp", (50, 700, 200, 709), "Times", 10)])
    assert document(RawBlock("paragraph", "The price1", rect=text), numbered, page=big)[1].belongs_to is None


def test_a_raised_mark_of_its_own_refers_too():
    text = (50.0, 100.0, 400.0, 124.0)
    words = [RawWord("price", (50, 100, 72, 110)), RawWord("*", (72, 99, 76, 104))]
    runs = [
        RawRun("a text of some length", (50, 100, 200, 112), "Times", 10),
        RawRun("* Net.", (50, 700, 90, 708), "Times", 7),
    ]
    note = RawBlock("paragraph", "* Net.", rect=(50, 700, 90, 708))
    found = document(
        RawBlock("paragraph", "price*", rect=text), note, page=RawPage(1, 600, 800, words=words, runs=runs)
    )
    assert found[1].belongs_to == text
