from metier.extract.printed import as_one, printed_lines, split_line
from metier.extract.raw import RawWord


def word(text: str, x: float, y: float, width: float | None = None) -> RawWord:
    return RawWord(text, (x, y, x + (6 * len(text) if width is None else width), y + 10))


def test_words_become_lines_and_wide_gaps_divide_them():
    words = [word("right", 200, 11), word("A", 50, 10), word("word", 59, 10), word("below", 50, 30)]
    first, second = printed_lines(words)
    assert first.parts == [[1, 2], [0]]
    assert first.spans == [(50, 83), (200, 230)]
    assert second.parts == [[3]]


def test_words_without_extent_and_hidden_ones_are_left_out():
    assert printed_lines([word("", 50, 10), word("hidden", 50, 30)], skip={1}) == []


def test_a_line_is_divided_where_white_space_lies_between_two_words():
    (line,) = printed_lines([word("AB-1", 50, 10), word("2,091", 77, 10), word("Of", 110, 10)])
    assert line.parts == [[0, 1, 2]]
    assert split_line(line, [(74, 77)]).parts == [[0], [1, 2]]
    assert split_line(line, [(80, 82)]).parts == [[0, 1, 2]]  # inside a word


def test_lines_that_overlap_are_one_row():
    upper, middle = printed_lines([word("Measure-", 100, 10), word("No.", 50, 16), word("Date", 200, 16)])
    row = as_one([upper, middle])
    assert row.spans == [(50, 68), (100, 148), (200, 224)]
    assert (row.top, row.bottom) == (10, 26)
