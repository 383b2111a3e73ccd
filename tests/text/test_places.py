from metier.text.places import boxes_for, merge_lines, page_of
from metier.types import Block, Box, Cell, Document, Page, Word, Words


def word(text: str, part: str, x: float, y: float, page: int = 1, wide: float = 30) -> Word:
    start = text.index(part)
    return Word(start, start + len(part), Box(page, x, y, x + wide, y + 12))


TEXT = "alpha beta gamma delta\n\nsecond page"
FIRST = (
    word(TEXT, "alpha", 10, 10),
    word(TEXT, "beta", 45, 10),
    word(TEXT, "gamma", 10, 24),
    word(TEXT, "delta", 45, 24.5),
)
SECOND = (word(TEXT, "second", 10, 10, 2), word(TEXT, "page", 45, 10, 2))
PAGES = (Page(1, 100, 100, 0, 22, Words.of(1, FIRST)), Page(2, 100, 100, 24, len(TEXT), Words.of(2, SECOND)))
DOCUMENT = Document("d", "d", "", "", "application/pdf", TEXT, PAGES, (), "test")


def test_one_box_per_line():
    assert boxes_for(DOCUMENT, 0, 22) == (Box(1, 10, 10, 75, 22), Box(1, 10, 24, 75, 36.5))


def test_a_part_of_a_word_lights_the_word_and_nothing_else():
    start = TEXT.index("eta")
    assert boxes_for(DOCUMENT, start, start + 2) == (Box(1, 45, 10, 75, 22),)


def test_a_range_over_two_pages_has_boxes_on_both():
    assert boxes_for(DOCUMENT, TEXT.index("delta"), TEXT.index("page")) == (
        Box(1, 45, 24.5, 75, 36.5),
        Box(2, 10, 10, 40, 22),
    )


def test_the_space_between_words_and_an_empty_range_have_none():
    assert boxes_for(DOCUMENT, 5, 6) == ()
    assert boxes_for(DOCUMENT, 3, 3) == ()


def test_without_words_cells_then_blocks_are_shown():
    box, other = Box(1, 0, 0, 50, 20), Box(1, 0, 30, 50, 60)
    cells = (Cell(0, 0, "alpha", 0, 5, box=box), Cell(0, 1, "beta", 6, 10, box=other))
    table = Block("d.0", "table", 0, 1, 0, 22, box=Box(1, 0, 0, 100, 100), cells=cells)
    plain = Block("d.1", "paragraph", 1, 2, 24, len(TEXT), box=Box(2, 1, 1, 9, 9))
    pages = tuple(Page(page.number, 100, 100, page.start, page.end) for page in PAGES)
    document = Document("d", "d", "", "", "x", TEXT, pages, (table, plain), "test")
    assert boxes_for(document, 7, 8) == (other,)
    assert boxes_for(document, 25, 26) == (Box(2, 1, 1, 9, 9),)


def test_columns_are_not_joined():
    left, right = Box(1, 0, 0, 30, 12), Box(1, 200, 0, 230, 12)
    assert merge_lines([left, right]) == [left, right]


def test_lines_of_a_narrow_column_are_not_joined():
    boxes = [Box(1, 0, 0, 30, 12), Box(1, 0, 13, 30, 25)]
    assert merge_lines(boxes) == boxes


def test_sideways_words_are_joined_along_their_line():
    up, further = Box(1, 0, 60, 12, 100), Box(1, 0, 15, 12, 55)
    assert merge_lines([up, further]) == [Box(1, 0, 15, 12, 100)]


def test_page_of_a_character():
    assert page_of(DOCUMENT, 0) == 1
    assert page_of(DOCUMENT, 21) == 1
    assert page_of(DOCUMENT, 30) == 2
