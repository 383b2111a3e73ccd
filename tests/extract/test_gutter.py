"""Columns that were read across are told apart; rows of labels and values are not."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from metier.extract.gutter import columns_apart
from metier.extract.raw import RawBlock, RawPage, RawWord
from metier.extract.reconcile import lines_of, union

LEFT = """The pump may be stored in its
packaging for up to twelve months;
after that the diaphragm has to be
inspected before it is used again.
The storage room is dry and free of
frost in every month of the year."""
RIGHT = """Before the first start the pump is
vented: turn the stroke length to
100 per cent, open the screw and let
the pump run until no more bubbles
appear in the line behind it. Never
reach into the drive housing."""


def words(text: str, x: float, y: float, height: float = 10.0, step: float = 14.0) -> list[RawWord]:
    """The words of a column, 5 points a character."""
    found = []
    for number, line in enumerate(text.split("\n")):
        at = x
        for word in line.split():
            top = y + step * number
            found.append(RawWord(word, (at, top, at + 5 * len(word), top + height)))
            at += 5 * len(word) + 4
    return found


def page(*columns: list[RawWord]) -> RawPage:
    return RawPage(1, 500, 800, words=[word for column in columns for word in column])


def across(raw: RawPage, kind: str = "paragraph") -> RawBlock:
    """All words of the page as an engine that does not see columns reads them."""
    order = [place for line in lines_of(raw.words, range(len(raw.words))) for place in line]
    text = " ".join(raw.words[place].text for place in order)
    return RawBlock(kind, text, rect=union([word.rect for word in raw.words]))  # type: ignore[arg-type]


def flat(text: str) -> str:
    return " ".join(text.split())


def test_each_column_is_read_by_itself() -> None:
    for offset in (0.0, 6.0, 3.0):  # lines of both columns at one height, and between one another
        raw = page(words(LEFT, 40, 100), words(RIGHT, 260, 100 + offset))
        found = columns_apart([across(raw)], raw)
        assert [block.text for block in found] == [flat(LEFT), flat(RIGHT)]


def test_headings_of_both_columns_on_one_line_are_two() -> None:
    heads = page(words("3. Storage", 40, 80, 16), words("5. Operation", 260, 80, 16))
    raw = page(heads.words, words(LEFT, 40, 100), words(RIGHT, 260, 100))
    body = page(words(LEFT, 40, 100), words(RIGHT, 260, 100))
    found = columns_apart([across(heads, "heading"), across(body)], raw)
    assert [(block.kind, block.text) for block in found] == [
        ("heading", "3. Storage"),
        ("paragraph", flat(LEFT)),
        ("heading", "5. Operation"),
        ("paragraph", flat(RIGHT)),
    ]


def test_a_heading_and_items_inside_a_mixed_block_become_their_own() -> None:
    right = [
        *words(RIGHT, 260, 100),
        *words("6. Maintenance", 260, 190, 16),
        *words("• Change the oil of the\ngears every year.", 260, 214),
    ]
    raw = page(words(LEFT, 40, 100), right)
    found = columns_apart([across(raw)], raw)
    assert [(block.kind, block.text) for block in found[1:]] == [
        ("paragraph", flat(RIGHT)),
        ("heading", "6. Maintenance"),
        ("list_item", "• Change the oil of the gears every year."),
    ]


def test_the_rest_of_an_item_in_a_block_of_its_own_joins_it() -> None:
    left = words(LEFT.removesuffix(" of the year."), 40, 100)
    rest = words("of the cold half of a year.", 40, 184)
    right = words(f"{RIGHT}\nand do not look into\nthe drive while it runs.", 260, 100)
    raw = page(left, rest, right)
    mixed, tail = (
        across(page(left, right)),
        RawBlock("paragraph", "of the cold half of a year.", rect=union([word.rect for word in rest])),
    )
    first, _ = columns_apart([mixed, tail], raw)
    assert first.text.endswith("frost in every month of the cold half of a year.")


def test_a_line_over_both_columns_ends_the_gutter() -> None:
    title = words("A title that runs over the whole width of the page, from left to right and on", 40, 60)
    raw = page(title, words(LEFT, 40, 100), words(RIGHT, 260, 100))
    body = page(words(LEFT, 40, 100), words(RIGHT, 260, 100))
    head = RawBlock("heading", "A title", rect=union([word.rect for word in title]))
    assert [block.kind for block in columns_apart([head, across(body)], raw)] == [
        "heading",
        "paragraph",
        "paragraph",
    ]


ROWS = "Net revenue of the group\nCost of the goods sold\nOther operating income here\nEarnings before all taxes\nResult of the whole year"
FIGURES = "1,200 1,100 900 800\n400 300 200 100\n90 80 70 60\n50 40 30 20\n10 9 8 7"
REMEDIES = "Refill the tank to the mark\nStop the pump, replace it\nLet the pump cool down first\nCheck the cable and the plug\nCall the service of the maker"


def test_rows_stay_rows() -> None:
    for right in (FIGURES, REMEDIES, "Yes\nNo\nYes\nNo\nNo"):
        raw = page(words(ROWS, 40, 100), words(right, 260, 100))
        block = across(raw)
        assert columns_apart([block], raw) == [block]


def test_what_reaches_over_no_gutter_is_left_alone() -> None:
    raw = page(words(LEFT, 40, 100), words(RIGHT, 260, 100))
    one, two = (
        RawBlock("paragraph", flat(text), rect=union([word.rect for word in column]))
        for text, column in ((LEFT, raw.words[:38]), (RIGHT, raw.words[-38:]))
    )
    assert columns_apart([one, two], raw) == [one, two]
    lone = page(words(LEFT.replace("\n", " "), 40, 100))
    assert columns_apart([across(lone)], lone) == [across(lone)]
    assert columns_apart([], page()) == []


@given(
    st.lists(st.sampled_from([LEFT, RIGHT, ROWS, FIGURES, REMEDIES]), min_size=2, max_size=2),
    st.floats(0, 20), st.sampled_from([150.0, 230.0, 260.0, 320.0]),
)  # fmt: skip
def test_no_word_is_lost_or_doubled(texts: list[str], offset: float, x: float) -> None:
    raw = page(words(texts[0], 40, 100), words(texts[1], x, 100 + offset))
    block = across(raw)
    found = columns_apart([block], raw)
    assert Counter(" ".join(item.text for item in found).split()) == Counter(block.text.split())
