"""What a question asks of the values of things: "contracts above EUR 100,000", "which contracts end in 2026", "Preise unter 50 Euro".

Words find rows that say the same; a condition is met by values that are written otherwise. Read are a comparison and the quantity, or the
day, month, quarter or year, after it, in English and German, in questions that ask for everything of a kind. "Who approves an order above
EUR 50,000?" asks for one row, and of what happened "in 2025" a question says the period, so neither is a condition. It does not know
conditions in words ("expensive", "soon") nor ones joined by "or".
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from metier.text.analyze import content_words
from metier.text.dates import DateSpan, dates
from metier.text.grid import SEPARATOR, figure
from metier.text.quantities import Quantity, quantities
from metier.text.several_asked import asks_every
from metier.text.units import FACTORS, SCALED_CURRENCIES, SCALES, unit_of

_OF_SEVERAL = re.compile(  # verbs of several: in German they end in -en, of one in -t
    r"^\W*how many [\w-]+s (?:end|expire|start|begin|cost|weigh|are)\b|"
    r"^\W*wie ?viele [\w-]+ (?:enden|laufen|beginnen|starten|kosten|wiegen|sind)\b|"
    r"^\W*welche\s+[\w-]+\s+(?:[\w-]+\s+){0,6}?\w+en\b|"
    r"^\W*(?:which|what)\s+(?:[\w-]+\s+){1,3}[\w-]+s\s+(?:are|were|have|had|end|expire|start|begin|cost|weigh|need|take|run|last|exceed|contain)\b",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"\b(?:above|over|(?:more|greater|higher|larger|longer|heavier|dearer) than|exceed(?:s|ing)?|über|(?:mehr|höher|größer|länger|schwerer|teurer) als)\s*$",
    re.IGNORECASE,
)
_FROM = re.compile(r"\b(?:at least|not less than|no less than|mindestens|wenigstens|ab)\s*$", re.IGNORECASE)
_BELOW = re.compile(
    r"\b(?:below|under|(?:less|fewer|lower|smaller|shorter|lighter|cheaper) than|unter|(?:weniger|niedriger|kleiner|kürzer|leichter|billiger|günstiger) als)\s*$",
    re.IGNORECASE,
)
_UP_TO = re.compile(
    r"\b(?:at most|up to|not more than|no more than|höchstens|maximal|bis(?: zu)?)\s*$", re.IGNORECASE
)
_BETWEEN = re.compile(r"\b(?:between|zwischen)\s*$", re.IGNORECASE)
_AND = re.compile(r"^\s*(?:and|und)\s*(?:the\s+|dem\s+)?$", re.IGNORECASE)
_THE = re.compile(r"\s(?:the|a|an|dem|der|den|about|of)\s*$", re.IGNORECASE)
_BEFORE = re.compile(r"\b(?:before|prior to|earlier than|vor)\s*$", re.IGNORECASE)
_UNTIL = re.compile(r"\b(?:by|until|till|no later than|bis(?: zum?)?|spätestens)\s*$", re.IGNORECASE)
_AFTER = re.compile(r"\b(?:after|later than|nach)\s*$", re.IGNORECASE)
_SINCE = re.compile(r"\b(?:since|from|starting|seit|ab)\s*$", re.IGNORECASE)
_WITHIN = re.compile(r"\b(?:in|during|within|on|im|am|während)\s*$", re.IGNORECASE)
# What happens on a day, and what its column is called.
_EVENTS = (
    (
        re.compile(
            r"\b(?:end(?:s|ing)?|expir\w+|run(?:s)? out|terminat\w+|enden|endet|ablaufen|auslaufen|laufen\b.*\baus|laufen\b.*\bab)\b",
            re.IGNORECASE,
        ),
        re.compile(
            r"\b(?:end\w*|expir\w*|until|valid to|to|terminat\w*|bis|ablauf\w*|\w*ende)\b", re.IGNORECASE
        ),
    ),
    (
        re.compile(
            r"\b(?:start(?:s|ed|ing)?|beg[ia]ns?|commenc\w+|(?:take|come)s? (?:effect|into force)|beginn\w*|starten|anfangen)\b",
            re.IGNORECASE,
        ),
        re.compile(r"\b(?:start\w*|begin\w*|from|effective|commenc\w*|ab|von|\w*beginn)\b", re.IGNORECASE),
    ),
    (
        re.compile(r"\b(?:due|fällig)\b", re.IGNORECASE),
        re.compile(r"\b(?:due|next|deadline|fällig\w*|frist\w*|nächste\w*)\b", re.IGNORECASE),
    ),
)
_THING = re.compile(
    r"^\W*(?:which|what are|what|how many|list|name|show me|give me|welche[rsnm]?|wie ?viele|nenne|liste|zeige?)\s+"
    r"(?:(?:of|all|every|the|our|my|alle|die|unsere|meine|mir)\s+)*(?P<thing>[\w-]+)",
    re.IGNORECASE,
)
# What heads say, not rows: "in which years was revenue above 100 million?" (generate/tabular.py)
_PERIODS = frozenset(content_words("year quarter month period week day", "en")) | frozenset(
    content_words("Jahre Quartale Monate Wochen Tage", "de")
)
_IN_HEAD = re.compile(r"[(\[]([^)\]]+)[)\]]|\b(?:in|per)\s+(\S+)\s*$", re.IGNORECASE)
_HEAD_WORD = re.compile(r"[^\s()\[\],;:/]+")
_DIGIT = re.compile(r"\d")
_SAYS_MORE = re.compile(r"[^\d.,'’()\s−–-]")
_DATED = re.compile(r"(?:18|19|20|21)\d\d(?!\d)|\d[./-]\s?\d{1,2}[./-]\s?\d|\bQ[1-4]", re.IGNORECASE)
_MOST_CELL_WORDS = 6  # a longer cell is a text, whose figures are not its value


@dataclass(frozen=True, slots=True)
class Condition:
    """Values from `least` to `most`, both included if `closed`; days as ordinals. `unit` is that of quantities, "" if the question names none;
    `column` is what the head of the column must match, None if any may be meant."""

    least: Decimal | None
    most: Decimal | None
    unit: str = ""
    closed: bool = True
    is_day: bool = False
    column: re.Pattern[str] | None = None

    def holds(self, value: Decimal) -> bool:
        """Whether the value lies between."""
        if self.closed:
            return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)
        return (self.least is None or value > self.least) and (self.most is None or value < self.most)


@dataclass(frozen=True, slots=True)
class Conditions:
    """All that a question asks of values, which a row must meet together."""

    each: tuple[Condition, ...]
    thing: frozenset[str]  # what is asked for, as stems: "contract"
    words: frozenset[str]  # the question's other content words

    @property
    def is_of_periods(self) -> bool:
        """True if years, quarters or the like are asked for, which are columns of most tables and rows of some."""
        return bool(self.thing & _PERIODS)


@lru_cache(maxsize=256)  # asked by the search and by whoever tells what was found
def read_conditions(question: str, language: str) -> Conditions | None:
    """What the question asks of values; None if it asks nothing of any, or not for everything of a kind."""
    if not (asks_every(question) or _OF_SEVERAL.search(question)):
        return None
    spans = dates(question, language) or _bare_years(question)
    amounts = [
        one
        for one in quantities(question, language)
        if one.kind != "reference"
        and not any(span.start < one.end and one.start < span.end for span in spans)
    ]
    found = (*_of_amounts(question, amounts), *_of_days(question, spans))
    if not found:
        return None
    match = _THING.match(question)
    thing = frozenset(content_words(match["thing"], language)) if match else frozenset()
    rest = _without(question, [place for one in found for place in one.places])
    return Conditions(
        tuple(one.condition for one in found), thing, frozenset(content_words(rest, language)) - thing
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """A condition and the places in the question that say its values."""

    condition: Condition
    places: tuple[tuple[int, int], ...]


def _without(text: str, places: Sequence[tuple[int, int]]) -> str:
    for start, end in sorted(places, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text


_YEAR = re.compile(r"(?<![\d.,])(?:19|20)\d\d(?![\d%€$]|[.,]\d|\s*(?:€|EUR\b|euro\b|kg\b))", re.IGNORECASE)


def _bare_years(text: str) -> list[DateSpan]:
    """The years of a question in which something ends or begins: "Welche Verträge enden 2026?"."""
    if not any(says.search(text) for says, _ in _EVENTS):
        return []
    return [DateSpan(date(int(match.group()), 1, 1), "year", *match.span()) for match in _YEAR.finditer(text)]


def _of_amounts(text: str, amounts: Sequence[Quantity]) -> Iterator[_Said]:
    between: Quantity | None = None
    for number, one in enumerate(amounts):
        before = _THE.sub(" ", text[: one.start])
        if between is not None:
            if _AND.match(text[between.end : one.start]):
                low, high = sorted((between.value, one.value))
                yield _Said(Condition(low, high, one.unit or between.unit), (_place(between), _place(one)))
            between = None
        elif _BETWEEN.search(before) and number + 1 < len(amounts):
            between = one
        elif found := next((make(one) for says, make in _COMPARING if says.search(before)), None):
            yield _Said(found, (_place(one),))


_COMPARING: tuple[tuple[re.Pattern[str], Callable[[Quantity], Condition]], ...] = (
    (_ABOVE, lambda one: Condition(one.value, None, one.unit, closed=False)),
    (_FROM, lambda one: Condition(one.value, None, one.unit)),
    (_BELOW, lambda one: Condition(None, one.value, one.unit, closed=False)),
    (_UP_TO, lambda one: Condition(None, one.value, one.unit)),
)


def _place(one: Quantity | DateSpan) -> tuple[int, int]:
    return one.start, one.end


def _of_days(text: str, spans: Sequence[DateSpan]) -> Iterator[_Said]:
    column = next((head for says, head in _EVENTS if says.search(text)), None)
    between: DateSpan | None = None
    for number, span in enumerate(spans):
        before = _THE.sub(" ", text[: span.start])
        if between is not None:
            if _AND.match(text[between.end : span.start]):
                whole = _days(between.value, last_day(span), column)
                yield _Said(whole, (_place(between), _place(span)))
            between = None
        elif _BETWEEN.search(before) and number + 1 < len(spans):
            between = span
        elif found := next((make(span, column) for says, make in _TIMING if says.search(before)), None):
            yield _Said(found, (_place(span),))
        elif column is not None and (_WITHIN.search(before) or span.precision == "year"):
            yield _Said(_days(span.value, last_day(span), column), (_place(span),))


def _days(first: date | None, last: date | None, column: re.Pattern[str] | None) -> Condition:
    low, high = (None if day is None else Decimal(day.toordinal()) for day in (first, last))
    return Condition(low, high, is_day=True, column=column)


_DAY = timedelta(days=1)
_TIMING: tuple[tuple[re.Pattern[str], Callable[[DateSpan, re.Pattern[str] | None], Condition]], ...] = (
    (_BEFORE, lambda span, column: _days(None, span.value - _DAY, column)),
    (_AFTER, lambda span, column: _days(last_day(span) + _DAY, None, column)),
    (_UNTIL, lambda span, column: _days(None, last_day(span), column)),
    (_SINCE, lambda span, column: _days(span.value, None, column)),
)


def last_day(span: DateSpan) -> date:
    """The last day of what a date means."""
    day = span.value
    if span.precision == "day":
        return day
    months = {"month": 1, "quarter": 3}.get(span.precision, 12)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1) - timedelta(days=1)


# --- rows -----------------------------------------------------------------------------------------------------------


def read_cells(header: str, row: str) -> list[tuple[str, str]]:
    """(head, cell) of a row below a header; none of a row that does not fit it."""
    heads, cells = _split(header), _split(row)
    return list(zip(heads, cells, strict=True)) if len(heads) == len(cells) > 1 else []


def _split(line: str) -> list[str]:
    return [" ".join(cell.split()) for cell in line.split(SEPARATOR)]


_CACHED = 1 << 15  # cells: the tables that are asked come up again and again


@lru_cache(maxsize=_CACHED)
def value_of(cell: str, head: str, language: str) -> tuple[Decimal, str] | None:
    """The quantity that a cell below this head says, and its unit; None if it says none, several, or is a text."""
    if not _DIGIT.search(cell) or len(cell.split()) > _MOST_CELL_WORDS:
        return None
    unit, scale = _said_of_column(head)
    plain = figure(cell, language)
    is_bare = plain is not None and not _SAYS_MORE.search(cell)
    found = [] if is_bare else [one for one in quantities(cell, language) if one.kind != "reference"]
    if plain is not None:
        own = next((one.unit for one in found if one.unit), "")
        return (plain.value, "%") if plain.percent else (plain.value * scale, own or unit)
    if len(found) != 1:
        return None
    return found[0].value * (scale if found[0].scale == 1 else 1), found[0].unit or unit


@lru_cache(maxsize=_CACHED)
def day_of(cell: str, language: str) -> Decimal | None:
    """The day that a cell says, as ordinal; the last one of a month or year."""
    may_be = _DATED.search(cell) and len(cell.split()) <= _MOST_CELL_WORDS
    spans = dates(cell, language) if may_be else []
    return Decimal(last_day(spans[0]).toordinal()) if len(spans) == 1 else None


@lru_cache(maxsize=1 << 10)
def _said_of_column(head: str) -> tuple[str, Decimal]:
    """The unit and the scale that a head gives to the figures below it: in brackets, after "in" or as its last word."""
    inside = " ".join(part for match in _IN_HEAD.finditer(head) for part in match.groups() if part)
    words = [*_HEAD_WORD.findall(inside), *_HEAD_WORD.findall(head)[-1:]]
    scales = SCALED_CURRENCIES | SCALES
    scale = next((scales[word.lower()] for word in words if word.lower() in scales), Decimal(1))
    unit = next((found for word in words if (found := unit_of(word)[0])), "")
    is_euro = any(word.lower() in SCALED_CURRENCIES for word in words)
    return unit or ("EUR" if is_euro else ""), scale


def met_by(asked: Conditions, header: str, row: str, language: str) -> float | None:
    """1, and up to 1 more for the share of its heads that the question names, if the row meets all conditions; 0 if it fails one; None if
    it fails none and says nothing of one."""
    cells = read_cells(header, row)
    worth, is_silent = 1.0, False
    for condition in asked.each:
        compared = [
            (_named(asked, head, language), holds)
            for head, cell in cells
            if (holds := _holds(condition, head, cell, asked, language)) is not None
        ]
        if not compared:
            is_silent = True
            continue
        meeting = [named for named, holds in compared if holds]
        if not meeting or max(meeting) < max(named for named, _ in compared):
            return 0.0  # also where another column is the one that the question names
        worth += max(meeting) / len(asked.each)
    return None if is_silent else worth


def _named(asked: Conditions, head: str, language: str) -> float:
    """Share of the head's words that the question has."""
    own = _head_words(head, language)
    return len(own & (asked.words | asked.thing)) / len(own) if own else 0.0


@lru_cache(maxsize=1 << 10)
def _head_words(head: str, language: str) -> frozenset[str]:
    return frozenset(content_words(head, language))


def _holds(condition: Condition, head: str, cell: str, asked: Conditions, language: str) -> bool | None:
    """Whether the cell meets the condition; None if it holds nothing that the condition speaks of."""
    if condition.is_day:
        is_column = condition.column is None or bool(condition.column.search(head))
        day = day_of(cell, language) if is_column else None
        return None if day is None else condition.holds(day)
    if (said := value_of(cell, head, language)) is None:
        return None
    value, unit = said
    if (compared := _in_unit(value, unit, condition.unit)) is None:
        return None
    if not (unit and condition.unit) and not _named(asked, head, language):
        return False  # one of the two says no unit, so the column must be named
    return condition.holds(compared)


def _in_unit(value: Decimal, unit: str, wanted: str) -> Decimal | None:
    """The value in the unit that is wanted; as it is where one of them says none; None if they do not convert."""
    if unit == wanted or not unit or not wanted:
        return value
    own, other = FACTORS.get(unit), FACTORS.get(wanted)
    if own is None or other is None or own[0] != other[0]:
        return None
    return value * own[1] / other[1]
