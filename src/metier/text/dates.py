"""Dates as people write them in English and German, with what they are precise to.

A numeric date with slashes is read day first unless the language is English or the numbers forbid it. Relative dates
("next Monday", "Ende des Monats") are not resolved.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from metier.text.stopwords import words

Precision = Literal["day", "month", "year", "quarter", "yearless"]

YEARLESS = 4  # the year put on "31 December": a leap year nobody writes about


@dataclass(frozen=True, slots=True)
class DateSpan:
    """One date in a text. `value` is the first day of what it means; `start:end` is its range in the text."""

    value: date
    precision: Precision
    start: int
    end: int


_MONTH_NUMBERS = {
    name: number
    for number, names in enumerate(
        (
            "january januar jänner jan",
            "february februar feber feb",
            "march märz maerz mar mär mrz",
            "april apr",
            "may mai",
            "june juni jun",
            "july juli jul",
            "august aug",
            "september sept sep",
            "october oktober oct okt",
            "november nov",
            "december dezember dec dez",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = r"(?P<month>" + "|".join(sorted(_MONTH_NUMBERS, key=len, reverse=True)) + r")\b\.?"
_YEAR = r"(?P<year>(?:18|19|20|21)\d\d)(?!\d|[.,]\d)"
_QUARTER_WORDS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "erste": 1, "zweite": 2, "dritte": 3, "vierte": 4,
}  # fmt: skip
_EDGE = r"(?<![\w.,/-])"
# A bare year is one only after a word that calls for it; after the weak ones ("of 2000 employees") only at the end of
# a phrase.
_CUES = words(
    "in im since seit until bis during year jahr jahre jahres ended ending early late version edition"
)
_WEAK_CUES = words("from ab of by von to and und für for before after vor nach")
_BARE_YEAR = (
    r"(?P<year>(?:19|20)\d\d)(?![\w%€$]|[.,'-]\d|\s?(?:%|€|\$|EUR|USD|Euro|mm|kg|km|m\b|days|Tage|Stück))"
)


def _behind(cues: frozenset[str]) -> str:
    return "(?:" + "|".join(rf"(?<=\b{word}\s)" for word in sorted(cues)) + r"|(?<=\())"


_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(_EDGE + pattern, re.IGNORECASE))
    for kind, pattern in (
        ("day", r"(?P<year>\d{4})-(?P<monthnr>\d{1,2})-(?P<day>\d{1,2})(?:T\d\d:\d\d(?::\d\d)?Z?)?(?![\w-])"),
        ("day", r"(?P<day>\d{1,2})\.\s?(?P<monthnr>\d{1,2})\.\s?(?P<year>\d{4}|\d{2})(?![\d]|\.\d)"),
        ("slash", r"(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d{4}|\d{2})(?![\w/])"),
        (
            "day",
            r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?\s+(?:day\s+of\s+|of\s+)?" + _MONTH + r"\s?,?\s+" + _YEAR,
        ),
        ("day", r"(?P<day>\d{1,2})-" + _MONTH + r"-(?P<year>\d{4})(?!\d)"),
        ("day", _MONTH + r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?\s?,?\s+" + _YEAR),
        ("quarter", r"Q(?P<quarter>[1-4])[\s/-]*(?P<year>(?:19|20)\d\d|\d\d)(?![\d])"),
        ("quarter", r"(?P<year>(?:19|20)\d\d)[\s/-]*Q(?P<quarter>[1-4])\b"),
        (
            "quarter",
            r"(?:(?P<quarter>[1-4])(?:\.|st|nd|rd|th)|(?P<quarterword>first|second|third|fourth|"
            r"(?:erste|zweite|dritte|vierte)[ns]?))\s+(?:quarter|quartal)s?\s+(?:of\s+|des\s+jahres\s+)?"
            r"(?:fiscal\s+(?:year\s+)?)?" + _YEAR,
        ),
        ("year", r"FY\s?'?(?P<year>(?:19|20)\d\d|\d\d)(?:/\d{2,4})?(?!\d)"),
        (
            "year",
            r"(?:fiscal|(?:fiscal|financial)\s+year|GJ|Geschäftsjahr(?:e?s)?)\s+(?P<year>(?:19|20)\d\d)(?:/\d{2,4})?(?!\d)",
        ),
        ("month", _MONTH + r",?\s+(?:of\s+)?" + _YEAR),
        ("month", r"(?P<monthnr>0?[1-9]|1[0-2])/(?P<year>(?:19|20)\d\d)(?![\w/])"),
        ("month", r"(?P<year>(?:19|20)\d\d)-(?P<monthnr>0[1-9]|1[0-2])(?![\w-])"),
        ("year", _behind(_CUES) + _BARE_YEAR),
        (
            "year",
            _behind(_WEAK_CUES) + _BARE_YEAR + r"(?=\s*(?:$|[).,;:!?–-]|and\b|und\b|to\b|bis\b|or\b|oder\b))",
        ),
    )
)
QUARTER_FORMS = tuple(form for kind, form in _FORMS if kind == "quarter")
_DAY_FORMS = tuple(form for form in _FORMS if form[0] in ("day", "slash"))
_YEARLESS_FORMS = tuple(
    re.compile(_EDGE + pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?\s+(?:day\s+of\s+|of\s+)?" + _MONTH,
        _MONTH + r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?(?![\d]|[.,]\d)",
        r"(?P<day>\d{1,2})\.(?P<monthnr>\d{1,2})\.(?!\d)",
    )
)
_ENDS_SENTENCE = re.compile(r"\d\.\d{1,2}\.|\d{2}\.\d\.")  # English writes no "4.2." for a day: "It was 4.2."
# Only the surroundings of these can hold a date; 48 and 24 characters cover "in the third quarter of fiscal year 2024"
# and "1st day of September 2025". Trying every form at every character of a page is six times slower.
_SEED = re.compile(r"(?:18|19|20|21)\d\d|\d[./]\s?\d{1,2}[./]\s?\d|\bQ[1-4]|\bFY", re.IGNORECASE)
_ANY_DIGIT = re.compile(r"\d")
_BEFORE, _AFTER = 48, 24


def dates(text: str, language: str = "", yearless: bool = False) -> list[DateSpan]:
    """Dates of `text` in order, none inside another. With `yearless` also "31 December", carrying the year YEARLESS."""
    windows = _windows(text, _ANY_DIGIT if yearless else _SEED)
    return _apart(_candidates(text, language, yearless, windows, _FORMS))


def days(text: str, language: str = "") -> list[DateSpan]:
    """Those of dates() that name a day, at a third of the cost: they come first there, so no other form is in their way."""
    return _apart(_candidates(text, language, False, _windows(text, _SEED), _DAY_FORMS))


def _apart(spans: Iterable[DateSpan]) -> list[DateSpan]:
    """The spans in order of start, without those that overlap one given before."""
    found: list[DateSpan] = []
    for span in spans:
        if not any(span.start < other.end and other.start < span.end for other in found):
            found.append(span)
    return sorted(found, key=lambda span: span.start)


def _windows(text: str, seed: re.Pattern[str]) -> list[tuple[int, int]]:
    windows: list[tuple[int, int]] = []
    for match in seed.finditer(text):
        start, end = max(0, match.start() - _BEFORE), min(len(text), match.end() + _AFTER)
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows


def _candidates(
    text: str,
    language: str,
    yearless: bool,
    windows: list[tuple[int, int]],
    forms: Sequence[tuple[str, re.Pattern[str]]],
) -> Iterator[DateSpan]:
    for kind, pattern in forms:
        for start, end in windows:
            for match in pattern.finditer(text, start, end):
                span = _slash(match, language) if kind == "slash" else _span(match, kind)
                if span:
                    yield span
    for pattern in _YEARLESS_FORMS if yearless else ():
        for start, end in windows:
            for match in pattern.finditer(text, start, end):
                is_figure = language == "en" and _ENDS_SENTENCE.fullmatch(match.group())
                if not is_figure and (span := _span(match, "yearless")):
                    yield span


def _span(match: re.Match[str], kind: str) -> DateSpan | None:
    parts = {name: value for name, value in match.groupdict().items() if value}
    year = _year(parts["year"]) if "year" in parts else YEARLESS
    month = (
        int(parts["monthnr"]) if "monthnr" in parts else _MONTH_NUMBERS.get(parts.get("month", "").lower(), 1)
    )
    if kind == "quarter":
        word = parts.get("quarterword", "").lower().rstrip("ns") if "quarterword" in parts else ""
        quarter = int(parts["quarter"]) if "quarter" in parts else _quarter(word)
        month = 3 * quarter - 2
    return _made(year, month, int(parts.get("day", 1)), kind, match)


def _quarter(word: str) -> int:
    return next(number for name, number in _QUARTER_WORDS.items() if name.startswith(word[:4]))


def _slash(match: re.Match[str], language: str) -> DateSpan | None:
    first, second = int(match["first"]), int(match["second"])
    month_first = second > 12 or (language == "en" and first <= 12)
    day, month = (second, first) if month_first else (first, second)
    return _made(_year(match["year"]), month, day, "day", match)


def _year(written: str) -> int:
    # Two digits: 70 and above are the last century, as in POSIX strptime (69).
    return int(written) if len(written) == 4 else int(written) + (1900 if int(written) >= 70 else 2000)


def _made(year: int, month: int, day: int, kind: str, match: re.Match[str]) -> DateSpan | None:
    precision: Precision = kind  # type: ignore[assignment]
    try:
        return DateSpan(date(year, month, day), precision, match.start(), match.end())
    except ValueError:  # the 31st of February: digits that only look like a date
        return None
