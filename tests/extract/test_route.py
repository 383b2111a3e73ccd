"""Which pages the cheap engine may have got wrong."""

from metier.extract.raw import RawBlock, RawPage, RawWord
from metier.extract.route import doubt

WORDS = [RawWord("word", (0, 10 * n, 24, 10 * n + 9)) for n in range(50)]
PAGE = RawPage(1, 400, 600, words=WORDS)
ABOVE, BELOW = (
    RawBlock("paragraph", "a", rect=(0, 0, 300, 100)),
    RawBlock("paragraph", "b", rect=(0, 101, 300, 200)),
)


def test_plain_text_is_not_in_doubt() -> None:
    assert doubt(PAGE, [ABOVE, BELOW]) == 0


def test_tables_are() -> None:
    assert doubt(PAGE, [ABOVE, RawBlock("table", rect=(0, 101, 300, 200))]) > 0


def test_blocks_over_one_another_are() -> None:
    assert doubt(PAGE, [ABOVE, RawBlock("paragraph", "b", rect=(0, 50, 300, 200))]) > 0
    touching = RawBlock("paragraph", "b", rect=(0, 98, 300, 200))
    assert doubt(PAGE, [ABOVE, touching]) == 0


def test_few_words_are() -> None:
    assert doubt(RawPage(1, 400, 600, words=WORDS[:5]), [ABOVE]) > 0


def test_a_page_without_words_is_not_for_the_structure_engine() -> None:
    assert doubt(RawPage(1, 400, 600), [RawBlock("table")]) == 0


def test_a_page_of_hundreds_of_blocks_is_in_doubt_without_comparing_them() -> None:
    many = [RawBlock("paragraph", "a", rect=(0, n, 10, n + 0.5)) for n in range(2000)]
    assert doubt(PAGE, many) == 1.0
