"""Quantities as people write them in English and German: value, unit, scale, and where they stand.

Dates, ordinals and identifiers are not quantities. A reference ("section 4", "Abs. 2") is one of kind "reference". It
does not read fractions written in words or table headings such as "in EUR thousand".
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from metier.text.dates import dates
from metier.text.numbers import NUMBER, parse_number, written_step
from metier.text.stopwords import STOP_WORDS, words
from metier.text.units import (
    CURRENCIES_BEFORE,
    FACTORS,
    SCALED_CURRENCIES,
    SCALES,
    UNIT_PATTERN,
    UNITS,
    Kind,
    unit_of,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity of a text. `value` is with the scale applied (5 Mio. -> 5000000); `unit` is canonical, "" if none.

    `step` is the value of the last digit as written (100000 for "4.2 million"): what rounding may hide."""

    value: Decimal
    unit: str
    kind: Kind
    scale: Decimal
    step: Decimal
    start: int
    end: int


_WORDS: dict[str, dict[str, int]] = {
    "en": {
        "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
        "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
        "ninety": 90, "a": 1, "an": 1,
    },
    "de": {
        "ein": 1, "eine": 1, "einen": 1, "einem": 1, "einer": 1, "eines": 1, "zwei": 2, "zweier": 2, "drei": 3,
        "dreier": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11,
        "zwölf": 12, "vierzehn": 14, "fünfzehn": 15, "zwanzig": 20, "dreißig": 30, "vierzig": 40, "fünfzig": 50,
        "sechzig": 60, "neunzig": 90, "hundert": 100,
    },
}  # fmt: skip
_NUMBER_WORDS = {word: value for table in _WORDS.values() for word, value in table.items()}
# Articles and "one" count things only before a unit: "one of them", "ein Mitarbeiter" are no quantities.
_ONLY_WITH_UNIT = words("a an one ein eine einen einem einer eines")

_WORD_NUMBER = "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True))
_SCALE = "|".join(re.escape(name) for name in sorted(SCALES, key=len, reverse=True))
_BEFORE = "|".join(re.escape(name) for name in sorted(CURRENCIES_BEFORE, key=len, reverse=True))
_QUANTITY = re.compile(
    rf"(?<![\w.,/@#])(?<!\d:)(?<![^\d\s(][-–])(?:(?P<currency>{_BEFORE})\s?(?:[-−–](?=\d))?)?(?P<sign>(?<![\w)])[-−])?"
    rf"(?:(?P<number>{NUMBER})|(?P<word>{_WORD_NUMBER})(?![\w]))"
    rf"(?P<ordinal>(?:st|nd|rd|th)\b)?"
    rf"(?:[\s\u00a0\u202f-]*(?P<scale>{_SCALE})(?![\w]))?"
    rf"(?:(?P<gap>[\s\u00a0\u202f-]*)(?P<unit>{UNIT_PATTERN})(?![^\W\d_]))?",
    re.IGNORECASE,
)
_GLUED = re.compile(  # dreimonatig, 14tägig, zweijährig
    rf"\b(?P<word>{_WORD_NUMBER}|\d+)-?(?P<unit>tägig|wöchig|monatig|jährig|stündig|minütig)(?:e[nmrs]?)?\b",
    re.IGNORECASE,
)
_GLUED_UNITS = {
    "tägig": "days", "wöchig": "weeks", "monatig": "months", "jährig": "years", "stündig": "hours",
    "minütig": "minutes",
}  # fmt: skip
_CLOCK = re.compile(
    r"(?<![\w.,:])(?P<hour>[01]?\d|2[0-4])(?:(?::(?P<minute>[0-5]\d)(?::[0-5]\d)?|\.(?P<dotted>[0-5]\d)(?=\s?Uhr))"
    r"(?![\d:])\s?(?P<half>[ap]\.?m\b\.?)?(?:\s?Uhr)?|\s?(?:(?P<bare>[ap]\.?m\b\.?)|Uhr\b))",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"(?:§{1,2}|\b(?:sections?|sec\.|clauses?|articles?|art\.|artikel|paragraphs?|para\.|absatz|abs\.|nr\.|no\.|nummer|"
    r"number|ziffer|ziff\.|kapitel|chapter|page|pages|seite|seiten|s\.|p\.|pp\.|table|tabelle|figure|fig\.|abbildung|"
    r"abb\.|annex|appendix|anlage|anhang|version|step|schritt|level|stufe|rev\.|item|line|zeile|room|raum|building))"
    r"\s*$",
    re.IGNORECASE,
)
_RANGE_GAP = re.compile(r"\s*(?:-|–|—|to|bis(?:\s+zu)?|and|und|or|oder)\s*$", re.IGNORECASE)
_NEXT_WORD = re.compile(r"\.\s+([^\W\d_]+)")
_IDENTIFIER_TAIL = re.compile(r"[-/_:]?\w|[.,]\d|/\d")


def quantities(text: str, language: str = "") -> list[Quantity]:
    """Quantities of `text` in order. Ends of a range ("10-15 days") come as two, both with the unit."""
    return list(_quantities(text, language))


# a question and its sentences are looked at by many rules, and come up again and again
@lru_cache(maxsize=1 << 13)
def _quantities(text: str, language: str) -> tuple[Quantity, ...]:
    taken = [(span.start, span.end) for span in dates(text, language, yearless=True)]
    found: list[Quantity] = []
    for match in _CLOCK.finditer(text):
        found.append(_clock(match))
        taken.append(match.span())
    for match in _GLUED.finditer(text):
        unit = _GLUED_UNITS[match["unit"].lower()]
        value = _word_value(match["word"])
        found.append(Quantity(value, unit, "duration", Decimal(1), Decimal(1), *match.span()))
        taken.append(match.span())
    last_end = -1
    for match in _QUANTITY.finditer(text):
        number_end = match.end("number") if match["number"] else match.end("word")
        if any(match.start() < end and start < number_end for start, end in taken):
            continue
        start = match.start()
        if start > 1 and text[start - 1] in "-–" and text[start - 2].isdigit() and last_end != start - 1:
            continue  # the tail of a telephone or part number
        if quantity := _quantity(text, match, language):
            found.append(quantity)
            last_end = quantity.end
    found.sort(key=lambda quantity: quantity.start)
    return tuple(_with_range_units(text, found))


def number_word(word: str) -> int | None:
    """The value of a number word ("twelve", "zwölf"), None for articles and everything else."""
    low = word.lower()
    return None if low in _ONLY_WITH_UNIT else _NUMBER_WORDS.get(low)


def same_quantity(one: Quantity, other: Quantity, rounding: bool = False) -> bool:
    """True if both mean the same amount of the same thing, across units of one dimension (12 months = 1 year).

    A side without a unit matches any unit of the same value. With `rounding`, `one` may be `other` rounded to the
    digits it is written with (4.2 million for 4,213,000)."""
    mine, theirs = one.value, other.value
    step = one.step
    if one.unit != other.unit and one.unit and other.unit:
        if (one.unit in FACTORS and other.unit in FACTORS) and FACTORS[one.unit][0] == FACTORS[other.unit][0]:
            mine, theirs = mine * FACTORS[one.unit][1], theirs * FACTORS[other.unit][1]
            step = step * FACTORS[one.unit][1]
        else:
            return False
    if mine == theirs:
        return True
    # Only a coarser number rounds a finer one, and not below two digits: "about 1 million" may hide anything.
    return bool(
        rounding
        and one.step > other.step
        and abs(mine - theirs) * 2 <= step
        and abs(one.value) >= 10 * one.step
    )


def _clock(match: re.Match[str]) -> Quantity:
    """A time of day as minutes after midnight."""
    half = (match["half"] or match["bare"] or "").lower()
    hour = int(match["hour"]) % 12 + 12 * half.startswith("p") if half else int(match["hour"])
    minutes = 60 * hour + int(match["minute"] or match["dotted"] or 0)
    return Quantity(Decimal(minutes), "clock", "other", Decimal(1), Decimal(1), *match.span())


def _quantity(text: str, match: re.Match[str], language: str) -> Quantity | None:
    if match["ordinal"] or _is_ordinal(text, match, language):
        return None
    number_end = match.end("number") if match["number"] else match.end("word")
    unit_text = match["unit"] or ""
    glued = not unit_text and not match["scale"] and _IDENTIFIER_TAIL.match(text, number_end)
    if glued and not _RANGE_TAIL.match(text, number_end):
        return None
    if len(unit_text) == 1 and unit_text not in UNITS:  # "7 a", "5 T": no units in this case
        unit_text = ""
    currency = match["currency"] or ""
    millions = bool(currency) and unit_text.lower() == "m"
    unit, kind = _unit("" if millions else unit_text, currency)
    value = _value(match, language)
    if value is None:
        return None
    word = (match["word"] or "").lower()
    if word in _ONLY_WITH_UNIT and not _counts(text, word, number_end, kind):
        return None
    scale = _scale("mio" if millions else match["scale"] or "", language)
    scale *= SCALED_CURRENCIES.get((currency or unit_text).lower(), 1)
    step = written_step(match["number"] or "", value) * scale if match["number"] else scale
    sign = -1 if match["sign"] else 1
    end = match.end("unit") if unit_text else match.end("scale") if match["scale"] else number_end
    if not unit and scale == 1 and _REFERENCE.search(text, max(0, match.start() - 24), match.start()):
        kind = "reference"
    return Quantity(sign * value * scale, unit, kind, scale, step, match.start(), end)


def _counts(text: str, word: str, end: int, kind: Kind) -> bool:
    """Whether an article or "one" is a number here: before a unit, or as the lower end of a range ("one to three")."""
    if word in {"a", "an"}:
        return kind == "duration"
    return kind not in ("number", "reference") or _RANGE_WORD_TAIL.match(text, end) is not None


_RANGE_WORD_TAIL = re.compile(
    rf"\s*(?:-|–|to\b|bis\b|or\b|oder\b)\s*(?:\d|(?:{_WORD_NUMBER})\b)", re.IGNORECASE
)
_RANGE_TAIL = re.compile(r"[-–]\s?\d")


def _value(match: re.Match[str], language: str) -> Decimal | None:
    return parse_number(match["number"], language) if match["number"] else _word_value(match["word"])


def _word_value(word: str) -> Decimal:
    return Decimal(word) if word.isdigit() else Decimal(_NUMBER_WORDS[word.lower()])


def _is_ordinal(text: str, match: re.Match[str], language: str) -> bool:
    """German "3. Absatz": one or two digits and a period inside a sentence."""
    number = match["number"]
    if (
        language == "en"
        or not number
        or not number.isdigit()
        or len(number) > 2
        or match["unit"]
        or match["currency"]
    ):
        return False
    following = _NEXT_WORD.match(text, match.end("number"))
    return bool(following) and following is not None and following[1].lower() not in STOP_WORDS["de"]


def _unit(written: str, currency: str) -> tuple[str, Kind]:
    if currency:
        return CURRENCIES_BEFORE[_canonical_key(currency, CURRENCIES_BEFORE)], "money"
    return unit_of(re.sub(r"[\s\u00a0-]+", " ", written)) if written else ("", "number")


def _canonical_key(written: str, table: dict[str, str]) -> str:
    return written if written in table else next(name for name in table if name.lower() == written.lower())


def _scale(written: str, language: str) -> Decimal:
    if not written:
        return Decimal(1)
    key = written.lower().rstrip(".")
    if key.startswith("billion") and (language == "de" or key == "billionen"):
        return Decimal(10) ** 12
    return SCALES.get(written.lower(), SCALES.get(key, Decimal(1)))


def _with_range_units(text: str, found: list[Quantity]) -> list[Quantity]:
    """ "10 bis 15 Tage", "EUR 5 - 10 million": the end without unit or scale takes the other's."""
    result = list(found)
    for index in range(len(found) - 2, -1, -1):
        first, second = result[index], result[index + 1]
        if first.unit or first.kind == "reference" or not second.unit:
            continue
        if _RANGE_GAP.fullmatch(text, first.end, second.start):
            scale = second.scale if first.scale == 1 and first.value < 1000 else Decimal(1)
            result[index] = Quantity(
                first.value * scale, second.unit, second.kind, scale * first.scale, first.step * scale,
                first.start, first.end,
            )  # fmt: skip
    return result
