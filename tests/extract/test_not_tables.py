import pytest

from metier.extract.columns import Region
from metier.extract.not_tables import Looks, why_none
from metier.extract.printed import printed_lines
from metier.extract.raw import RawWord


def judged(
    grid: list[list[str]], looks: Looks | None = None, lines: list[list[str]] | None = None, **kinds: bool
) -> str:
    """Of a grid whose columns start at the same places."""
    lines = lines or grid
    widths = [max(len(row[column]) for row in lines) for column in range(len(grid[0]))]
    lefts = [50 + sum(5 * width + 20 for width in widths[:column]) for column in range(len(widths))]
    words = [
        RawWord(text, (lefts[column], 14 * y, lefts[column] + 5 * len(text), 14 * y + 9))
        for y, row in enumerate(lines)
        for column, text in enumerate(row)
        if text
    ]
    columns = [(float(left), left + 5.0 * width) for left, width in zip(lefts, widths, strict=True)]
    printed = printed_lines(words)
    return why_none(Region(printed, columns, 0, len(printed) - 1), grid, lines, looks or Looks(), **kinds)


FIGURES = [["Pump", "3", "4.50"], ["Valve", "12", "7.10"], ["Hose", "1", "0.80"]]


def test_a_table_is_one():
    assert judged(FIGURES) == ""
    assert judged([["Name", "Price"], ["Pump", "3"], ["Valve", "12"], ["Hose", "1"]]) == ""


@pytest.mark.parametrize(
    ("grid", "why"),
    [
        (FIGURES[:2], "few rows"),
        ([["Pump", "3"], ["Valve", "12"], ["Hose", "1"]], "few rows"),
        ([["aa", "", "cc"], ["bb", "", ""], ["cc", "dd", ""], ["", "dd", "ee"], ["", "", "pp"], ["ff", "", ""], ["gg", "", ""]], "sparse"),
        ([["x", "=", "∫"], ["→", "+", "∑"], ["α", "⊂", "±"], ["y", "∈", "≤"]], "formulas"),
        ([["1.", "Turn the knob"], ["2.", "Look inside"], ["3.", "Move it"], ["4.", "Stop"]], "list"),
        ([["2 .", "Turn the knob"], ["3 .", "Look inside"], ["4 .", "Move it"], ["5 .", "Stop"]], "list"),
        ([["7", "open it"], ["8", "look inside"], ["9", "move it"], ["10", "stop"]], "list"),
        ([["• a one", "• b two"], ["• c three", "• d four"], ["• e five", "• f six"], ["• g", "• h"]], "list"),
        ([["1", "Scope", "3"], ["2", "Terms", "5"], ["2.1", "Prices", "5"], ["3", "End", "12"]], "contents"),
        ([["Scope . . . . . .", "3"], ["Terms . . . . . .", "5"], ["Prices . . . . .", "5"], ["End . . . . .", "12"]], "contents"),
        ([["Preface", "v"], ["Scope", "3"], ["Terms", "5"], ["Prices", "5"], ["Liability", "9"], ["End", "12"]], "contents"),
        ([["apple, 3, 9", "pear, 4"], ["bolt, 7", "rust, 2, 8"], ["cog, 1", "screw, 19"], ["dowel, 5", "tap, 6"]], "index"),
        ([["apple", "3, 4, 9"], ["bolt", "7, 12"], ["cog", "1, 5"], ["dowel", "5, 8"]], "index"),
        ([[r"\def\x#1{\y{#1}_[2]}", "one"], [r"\let\z=\relax{}_{}", "two"], [r"\def\q{\box0}{}{}", "three"], [r"\end{document}{}=;", "four"]], "listing"),
        ([["the supplier delivers the", "of the order unless they"], ["goods in time and within", "agree in writing that it"],
          ["ten days of the date that", "is another one and so on"], ["was agreed upon by them", "until all has been said"]], "text"),
    ],
)  # fmt: skip
def test_what_stands_in_columns_and_is_no_table(grid: list[list[str]], why: str):
    assert judged(grid) == why


def test_a_term_with_lines_of_explanation_is_no_table():
    lines = [["rmfont", "This option changes the font"], ["", "of the text to a roman one."]] * 4
    grid = [["rmfont", "This option changes the font of the text to a roman one."]] * 4
    assert judged(grid, lines=lines) == "text"


def test_a_typewriter_face_is_a_listing():
    assert judged(FIGURES, Looks(mono=0.9)) == "listing"


def test_columns_of_chance_are_not_aligned():
    words = [RawWord("Ab", (50, 14 * y, 60, 14 * y + 9)) for y in range(6)]
    words += [RawWord("Some", (100 + 17 * y, 14 * y, 120 + 17 * y, 14 * y + 9)) for y in range(6)]
    printed = printed_lines(words)
    grid = [["Ab", "Some"]] * 6
    assert why_none(Region(printed, [(50, 60), (100, 205)], 0, 5), grid, grid, Looks()) == "not aligned"


def test_few_rows_are_enough_where_the_columns_are_known():
    assert judged(FIGURES[:1], carried=True) == ""
    assert judged([["27.1", "Set operations", "793"]], carried=True) == "contents"
