"""What a written number means, with English or German decimal marks.

Where the marks alone do not tell ("1.000" is a thousand in German and one in English) the language decides, and
without a language three digits after a single mark are taken as thousands.
"""

import re
from decimal import Decimal, InvalidOperation

# Digits with marks between them: 1.000,50  1,000.50  1'000.50  1 000,50 (thin and no-break spaces)
NUMBER = r"\d+(?:[.,'’\u00a0\u202f\u2009]\d+)*"

_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,'’\u00a0\u202f\u2009])\d{3})(?:\1\d{3})*$")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SPACES = re.compile(r"['’\u00a0\u202f\u2009]")


def parse_number(text: str, language: str = "") -> Decimal | None:
    """The value of a written number ("1.000,50", "1,000.50", "12", "3,5"), or None if it is not one number
    (a date, a version such as 1.2.3)."""
    plain = _SPACES.sub("", text) if _SPACES.search(text) else text
    marks = [character for character in plain if character in ".,"]
    if not marks:
        return _decimal(plain)
    if len(set(marks)) == 2:  # the last mark is the decimal one, the others must group thousands
        last = marks[-1]
        whole, _, fraction = plain.rpartition(last)
        if last in whole or not _GROUPED.match(whole):
            return None
        return _decimal(re.sub(r"[.,]", "", whole) + "." + fraction)
    if len(marks) > 1:
        return _decimal(re.sub(r"[.,]", "", plain)) if _GROUPED.match(plain) else None
    decimal_mark = {"de": ",", "en": "."}.get(language)
    if _GROUPED.match(plain) and marks[0] != decimal_mark:
        return _decimal(re.sub(r"[.,]", "", plain))
    return _decimal(plain.replace(",", "."))


def has_digit(text: str) -> bool:
    """True for a figure, a code, or a text with either."""
    return any(map(str.isdigit, text))


def reads_as_year(number: str) -> bool:
    """True for 1900 to 2099, written as nothing but four digits."""
    return _YEAR.fullmatch(number) is not None


def number_term(value: Decimal) -> str:
    """One spelling per value: no grouping, decimal point, no trailing zeros."""
    written = format(value, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def written_step(text: str, value: Decimal) -> Decimal:
    """The value of the last digit as written: 0.1 for "4.2" or "4,2", 1 for "1,000"."""
    marks = re.search(r"[.,](\d+)$", text)
    if marks and value != value.to_integral_value():
        return Decimal(1).scaleb(-len(marks.group(1)))
    if marks and len(marks.group(1)) != 3:  # 1.50 -> 0.01 also where the digits are zeros
        return Decimal(1).scaleb(-len(marks.group(1)))
    return Decimal(1)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
