"""A block said again in the page's own characters."""

from metier.extract.raw import RawWord
from metier.extract.retext import retext


def line(*texts: str, y: float = 0.0, gap: float = 4.0) -> list[RawWord]:
    """Words of one line, 10 points high and 6 per letter, `gap` apart."""
    words, x = [], 0.0
    for text in texts:
        words.append(RawWord(text, (x, y, x + 6 * len(text), y + 10)))
        x += 6 * len(text) + gap
    return words


def said(text: str, words: list[RawWord]) -> str:
    return retext(text, words, range(len(words)))[0]


def test_quotes_are_as_printed() -> None:
    assert said("the “best” offer", line("the", '"best"', "offer")) == 'the "best" offer'


def test_a_lost_space_comes_back() -> None:
    assert said("enablessemantic search", line("enables", "semantic", "search")) == "enables semantic search"


def test_a_raised_figure_stays_attached() -> None:
    assert said("content24", line("content", "24", gap=0.5)) == "content24"


def test_mended_hyphens_stay_mended() -> None:
    words = line("pos-") + line("sible", y=12)
    assert said("possible", words) == "possible"
    assert said("pos-sible", words) == "pos-sible"


def test_words_of_the_next_line_are_apart() -> None:
    assert said("oneTwo", line("one") + line("Two", y=12)) == "one Two"


def test_words_that_are_not_in_the_text_are_not_used() -> None:
    text, used = retext("one two", line("one", "other", "two"), range(3))
    assert (text, used) == ("one two", {0, 2})


def test_what_the_page_does_not_print_stays() -> None:
    assert said("one (seen) two", line("one", "two")) == "one (seen) two"
