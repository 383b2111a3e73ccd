from metier.extract.raw import RawBlock, RawCell, RawWord
from metier.extract.torn import mend, torn_words


def line(*places: tuple[str, float, float], top: float = 100.0) -> list[RawWord]:
    """Words of type 10 high from their starts and ends."""
    return [RawWord(text, (x0, top, x1, top + 10)) for text, x0, x1 in places]


BURNED = line(("BURN", 50, 80), ("ING", 80.6, 100), ("BR", 104, 120), ("IDGES", 120.6, 150))


def test_pieces_without_a_space_between_are_one_word_if_the_text_layer_says_so():
    block = RawBlock("heading", "BURN ING BR IDGES", rect=(50, 100, 150, 110))
    mend([block], BURNED, {"BURNING", "BRIDGES"})
    assert block.text == "BURNING BRIDGES"


def test_a_space_stays_though_the_text_layer_leaves_it_out():
    words = line(("enables", 50, 80), ("semantic", 81.5, 110))
    block = RawBlock("paragraph", "enables semantic", rect=(50, 100, 150, 110))
    mend([block], words, {"enablessemantic"})
    assert block.text == "enables semantic"


def test_pieces_stay_apart_that_are_no_word_of_the_text_layer():
    assert list(torn_words(BURNED, {"BURN", "ING", "BRIDGE"})) == []


def test_the_longest_word_counts_and_quotes_may_be_curled():
    words = line(("u", 50, 54), (".a.e", 54, 70), ('."', 70, 74), ("72", 74, 80))
    (pieces,) = torn_words(words, {"u.a.e.”", "u.a.e"})
    assert [piece.text for piece in pieces] == ["u", ".a.e", '."']


def test_words_of_two_lines_are_not_pieces_of_one():
    words = line(("in", 50, 60)) + line(("to", 60, 70), top=112.0)
    assert list(torn_words(words, {"into"})) == []


def test_only_the_block_that_holds_the_pieces_changes():
    words = line(("10", 50, 60), (".1%", 60, 75))
    table = RawBlock(
        "table", rect=(40, 90, 200, 120), cells=[RawCell(0, 0, "share 10 .1%"), RawCell(0, 1, "x10 .1%")]
    )
    note = RawBlock("paragraph", "section 10 .1% of it", rect=(40, 300, 200, 320))
    mend([table, note], words, {"10.1%"})
    assert [cell.text for cell in table.cells] == ["share 10.1%", "x10 .1%"]
    assert note.text == "section 10 .1% of it"
