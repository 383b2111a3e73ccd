import random

from metier.extract.columns import aligned, over_columns, regions
from metier.extract.printed import printed_lines
from metier.extract.raw import RawWord


def row(y: float, *cells: tuple[float, str]) -> list[RawWord]:
    """Cells of words five points a letter, three points between words."""
    words = []
    for x, text in cells:
        for part in text.split():
            words.append(RawWord(part, (x, y, x + 5 * len(part), y + 9)))
            x += 5 * len(part) + 3
    return words


PROSE = (
    "the supplier delivers within ten days of the order unless the parties agree in writing on another date"
)


def prose(y: float, lines: int) -> list[RawWord]:
    rng = random.Random(7)
    words: list[RawWord] = []
    for number in range(lines):
        text = " ".join(rng.sample(PROSE.split(), 14))
        words += row(y + 12 * number, (50, text))
    return words


def test_lines_that_share_white_space_are_a_region():
    words = [w for n in range(4) for w in row(100 + 14 * n, (50, f"AB-{n}"), (150, "pump"), (260, f"{n},5"))]
    (region,) = regions(printed_lines(words))
    assert len(region.columns) == 3
    assert (region.first, region.last) == (0, 3)
    assert aligned(region, 1) == 1


def test_text_around_a_table_is_not_in_it():
    table = [w for n in range(5) for w in row(200 + 14 * n, (50, f"AB-{n}"), (200, "some valve"), (330, "9"))]
    lines = printed_lines([*prose(100, 6), *table, *prose(290, 4)])
    (region,) = regions(lines)
    assert (region.first, region.last) == (6, 10)


def test_running_text_is_no_region_even_if_a_space_is_wide():
    assert regions(printed_lines(prose(100, 30))) == []
    gap = [*row(88, (50, "1"), (70, "Scope")), *prose(100, 30)]
    assert regions(printed_lines(gap)) == []


def test_narrow_white_space_counts_where_many_lines_start_at_it():
    names = ("pump", "valve set", "hose", "filter", "motor gear", "axle", "belt")
    words = [
        w
        for n, name in enumerate(names)
        for w in row(100 + 14 * n, (50, f"AB{n:07d}"), (98, f"{n}{n},{n}1"), (200, name))
    ]
    (region,) = regions(printed_lines(words))  # 3 points between the first two columns: a space between words
    assert len(region.columns) == 3


def test_a_line_no_region_goes_over():
    words = [w for n in range(8) for w in row(100 + 14 * n, (50, f"AB-{n}"), (200, "9"))]
    first, second = regions(printed_lines(words), bars={4})
    assert (first.first, first.last, second.first, second.last) == (0, 3, 5, 7)


def test_a_header_may_stand_over_several_columns():
    body = [w for n in range(4) for w in row(100 + 14 * n, (50, f"A{n}"), (150, "1"), (200, "2"), (300, "3"))]
    header, over, *_ = printed_lines([*row(72, (50, "a b c d e f g h i j k l m")), *row(86, (50, "No"), (150, "Both of them"), (300, "Sum")), *body])  # fmt: skip
    (region,) = regions(printed_lines(body))
    assert over_columns(region, over)
    assert not over_columns(region, header)
