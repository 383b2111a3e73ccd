"""The text of a table -> a grid: what its columns and rows are called, and the figures in its cells.

Header rows are told from the rows below them by their cells: a row with figures other than years is none. Heads that
stand over several columns go to each of them; a row that has a label and nothing else names the rows below it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from metier.text.numbers import parse_number

SEPARATOR = " | "  # how the text of a table row separates its cells
# Codes alone: "Q1" is a quarter and "DK-1065" a part.
_CURRENCY = r"(?:[A-Z]{1,3}\$|EUR|USD|GBP|CHF|JPY|CNY|RMB|CZK|PLN|HUF|RON|SEK|NOK|DKK|CAD|AUD|NZD|HKD|SGD|TWD|KRW|INR|BRL|MXN|ZAR|TRY|ILS|RM|Rs\.?)"
_FIGURE = re.compile(
    rf"^[^\w\d(%.,−–-]{{0,2}}\s*(?:{_CURRENCY}\s*)?[$€£¥]?\s*(?P<open>\()?\s*(?P<sign>[-−–])?\s*[$€£¥]?\s*"
    r"(?P<number>\d+(?:[.,'’\u00a0\u202f]\d+)*|[.,]\d+)\s*(?P<percent>%)?\s*\)?\s*(?P<after>%|pts?|x|bps|pp)?\s*(?:\(\w\)|\*)*$"
)
_CODE = re.compile(r"^[A-Z]{1,4}-\d{2,}\w*$")
_YEAR = re.compile(r"(?:19|20)\d\d(?!\d)|\bFY\s?\d\d\b")
_PERIOD = re.compile(
    r"\b(?:ended?|years?|fiscal|as of|as at|months|weeks|quarters?|january|february|march|april|may|june|july|august|"
    r"september|october|november|december|dec|jahre?s?|stand|zum)\b|[(\d]|\b(?:thousand|million)s?\b",
    re.IGNORECASE,
)
_IS_YEAR = re.compile(
    r"^\W*(?:(?:FY|fiscal|year|as of|at|year ended|years ended|jahr|geschäftsjahr)\s*)?(?:(?:19|20)\d\d|FY\s?\d\d)[\s.,:]*(?:\(\w\)|\*)?$",
    re.IGNORECASE,
)
_NOTHING = frozenset({"", "-", "–", "—", "−", "$", "€", "£", "%", "n/a", "nm", "n.m."})
_SAID_OF_ALL = re.compile(
    r"^\(.*\b(?:thousands?|millions?|billions?|tausend|millionen|percent\w*|amounts?|dollars)\b.*\)$|^in (?:thousand|million|billion)s?\b",
    re.IGNORECASE,
)
_NOTE = re.compile(r"\s*\((?:\d{1,2}|[a-z])\)(?=\s|$|\s*\()")  # "Net income (1)": a mark of a note below


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a cell. `written` is its number as it stands there, without currency, sign and brackets."""

    value: Decimal
    written: str
    percent: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table's text; `start:end` is where it stands in the document."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header. `cells` are those after the label, one for each of the grid's heads."""

    label: str
    section: str  # the nearest label above that stands alone, "" if there is none
    cells: tuple[str, ...]
    line: Line


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. `caption` is what its header says of the whole of it ("in thousands"), `top` the lines of the header."""

    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    caption: str
    top: tuple[Line, ...] = ()


def figure(cell: str, language: str = "") -> Figure | None:
    """The number that a cell holds, brackets and minus signs read as negative; None if it is no single number."""
    match = _FIGURE.match(cell.strip())
    if match is None or match["number"] == "000":  # "$'000" stands over figures
        return None
    value = parse_number(
        match["number"].lstrip(".,") if match["number"][0] in ".," else match["number"], language
    )
    if value is None:
        return None
    if match["number"][0] in ".,":
        value = value.scaleb(1 - len(match["number"]))
    negative = bool(match["open"]) or bool(match["sign"])
    return Figure(
        -value if negative else value, match["number"], bool(match["percent"]) or match["after"] == "%"
    )


def years(text: str) -> list[str]:
    """The years a text names, as four digits, in order."""
    return [
        found if len(found) == 4 and found.isdigit() else "20" + found[-2:] for found in _YEAR.findall(text)
    ]


def is_year(cell: str) -> bool:
    """True for a cell that says a year and nothing else of weight."""
    return bool(_IS_YEAR.match(cell.strip()))


def read_grid(lines: Sequence[Line], header: str = "") -> Grid | None:
    """The table in these rows of text. `header`: its header row where that is known and not among them. None where the
    rows have no two columns or no figures."""
    table = [_split(line.text) for line in lines]
    wide = max((len(cells) for cells in table), default=0)
    if wide < 2:
        return None
    table = [[" ".join(cell.split()) for cell in (*cells, *[""] * (wide - len(cells)))] for cells in table]
    top = (
        [[" ".join(cell.split()) for cell in header.split(SEPARATOR)]]
        if header.count(SEPARATOR) == wide - 1
        else []
    )
    first = next((n for n, cells in enumerate(table) if _is_body(cells)), None)
    if first is None:
        return None
    labels = _labels_above(table[:first], bool(top))
    heads = [*top, *table[: first - len(labels)]]
    rows: list[Row] = []
    section = labels[-1] if labels else ""
    for cells, line in zip(table[first:], lines[first:], strict=True):
        if cells[0] and not any(cell for cell in cells[1:]):
            if not _SAID_OF_ALL.match(cells[0]):
                section = cells[0]
        elif any(cells[1:]):
            rows.append(Row(without_notes(cells[0]), without_notes(section), tuple(cells[1:]), line))
    caption = " ".join(cells[0] for cells in heads if cells[0])
    return Grid(_heads(heads, wide - 1), tuple(rows), caption, tuple(lines[: first - len(labels)]))


def _split(text: str) -> list[str]:
    """The cells of a line; the first and the last may be empty, and their spaces gone."""
    text = f" {text}" if text.startswith(SEPARATOR.lstrip()) else text
    return (f"{text} " if text.endswith(SEPARATOR.rstrip()) else text).split(SEPARATOR)


def without_notes(label: str) -> str:
    """The label without the marks of notes below the table."""
    return _NOTE.sub("", label)


def _is_body(cells: Sequence[str]) -> bool:
    """True for a row with a figure that is no year, or with the code of a room or part."""
    told = [cell for cell in cells[1:] if cell not in _NOTHING]
    return any(_CODE.match(cell) or (figure(cell) is not None and not is_year(cell)) for cell in told)


def _labels_above(head: Sequence[Sequence[str]], is_headed: bool) -> list[str]:
    """Labels at the end of the header rows that stand alone in their row: they name the rows below, not the columns."""
    found: list[str] = []
    for number in range(len(head) - 1, -1, -1):
        if _SAID_OF_ALL.match(head[number][0]):
            break
        has_heads_above = is_headed or any(any(cells[1:]) for cells in head[:number])
        if not head[number][0] or any(head[number][1:]) or not has_heads_above:
            break
        found.insert(0, head[number][0])
    return found


def _heads(rows: Sequence[Sequence[str]], columns: int) -> tuple[str, ...]:
    """What stands over each column, from the top; a head reaches to the right until the next one of its row."""
    heads: list[list[str]] = [[] for _ in range(columns)]
    for cells in rows:
        told = [cell for cell in cells[1:] if cell]
        reach = told[0] if told else ""
        # a single one stands over all of them; of several each over those up to the next
        for column in range(columns):
            reach = cells[column + 1] or reach
            is_lone = len(told) == 1 and bool(_PERIOD.search(told[0])) and not is_year(told[0])
            if cells[column + 1] or (
                len(told) < columns and (is_lone or (len(told) > 1 and _is_group(cells, column)))
            ):
                heads[column].append(cells[column + 1] or reach)
    return tuple(" ".join(dict.fromkeys(parts)) for parts in heads)


def _is_group(cells: Sequence[str], column: int) -> bool:
    """True if the empty cell continues a head to its left."""
    return any(cells[1 : column + 1])
