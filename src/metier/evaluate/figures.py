"""Numbers in a text with their unit and scale, every honest reading of each, for judging whether a value was stated.

Judging is not extracting: where the marks do not tell ("1.234" is a thousand in German and one in English) a figure
keeps both readings. Digits inside dates, clock times and names (`INV-12`, `1.2.3`) are no figures.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from metier.text.dates import dates
from metier.text.numbers import NUMBER, parse_number


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a text: its possible values as written, the power of ten and unit said beside it, its range."""

    values: frozenset[Decimal]
    scale: int  # 6 for "3.4 million"; 0 if none is said
    unit: str  # canonical, "" if none is said or the word after it is no known unit
    start: int
    end: int


_CASE_SCALES = {"thousand": 3, "million": 6, "billion": 9, "teur": 3, "tsd": 3, "mio": 6, "mrd": 9}

_SCALE_WORDS = (
    (r"thousand|tsd\.?|tausend|teur|k(?=\b)", 3),
    (r"million(?:s|en)?|mio\.?|mill\.?|mn\b|m(?=\s*(?:eur|usd|gbp|€|\$)|\b(?<=\dm))", 6),
    (r"billions?|milliarden?|mrd\.?|bn\b", 9),
)
_UNIT_WORDS = {
    r"%|percent\b|per\s+cent\b|prozent\b|pct\b|v\.\s?h\.": "%",
    r"percentage\s+points?|prozentpunkte?n?|pp\b": "pp",
    r"€|eur\b|euros?\b|teur\b": "eur",
    r"us\$|\$|usd\b|(?:us[\s-]?)?dollars?\b": "usd",
    r"£|gbp\b|pounds?\s+sterling": "gbp",
    r"chf\b|franken\b|swiss\s+francs?": "chf",
    r"(?:working|business)[\s-]days?\b|arbeitstagen?\b|arbeitstage?s?\b|werktage?n?s?\b": "workday",
    r"(?:calendar[\s-])?days?\b|(?:kalender)?tage?n?s?\b|tägig\w*": "day",
    r"weeks?\b|wochen?\b|wöchig\w*": "week",
    r"months?\b|monate?n?s?\b|monatig\w*": "month",
    r"quarters?\b|quartale?n?s?\b": "quarter",
    r"years?\b|jahre?n?s?\b|jährig\w*": "year",
    r"hours?\b|hrs?\b|h\b|stunden?\b|stündig\w*": "hour",
    r"minutes?\b|mins?\b|minuten?\b": "minute",
    r"seconds?\b|secs?\b|s\b|sekunden?\b": "second",
    r"km\b|kilomet(?:er|re)s?n?\b": "km",
    r"mm\b|millimet(?:er|re)s?n?\b": "mm",
    r"cm\b|centimet(?:er|re)s?\b|zentimetern?\b": "cm",
    r"m\b|met(?:er|re)s?n?\b": "m",
    r"kg\b|kilos?\b|kilograms?\b|kilogramme?n?\b": "kg",
    r"t\b|tons?\b|tonnes?\b|tonnen\b": "t",
    r"kwh\b|kilowattstunden?\b": "kwh",
    r"mwh\b": "mwh",
    r"kw\b|kilowatts?\b": "kw",
    r"°\s?c\b|degrees?\s+celsius|grad\s+celsius": "°c",
    r"l\b|lit(?:er|re)s?n?\b": "l",
    r"bar\b": "bar",
    r"(?:pieces?|pcs|units?|stück|stk)\b\.?": "piece",
}
_CURRENCY_BEFORE = re.compile(r"(€|eur|us\$|\$|usd|£|gbp|chf|teur)\s?$", re.IGNORECASE)
_AFTER_SCALE = tuple(
    (re.compile(rf"[\s-]?(?:{words})", re.IGNORECASE), power) for words, power in _SCALE_WORDS
)
_AFTER_UNIT = tuple(
    (re.compile(rf"[\s-]{{0,2}}(?:{words})", re.IGNORECASE), unit) for words, unit in _UNIT_WORDS.items()
)

# "one" and "ein" are articles and pronouns too: they count only in front of a unit.
_ARTICLE_LIKE = ("one", "a", "an", "ein", "eine", "einen", "einem", "einer", "eines")
_NUMBER_WORDS = {
    **dict.fromkeys(_ARTICLE_LIKE, 1),
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "fourteen": 14, "fifteen": 15, "eighteen": 18, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11,
    "zwölf": 12, "vierzehn": 14, "fünfzehn": 15, "achtzehn": 18, "zwanzig": 20, "dreißig": 30, "vierzig": 40,
    "fünfzig": 50, "sechzig": 60, "siebzig": 70, "achtzig": 80, "neunzig": 90,
}  # fmt: skip
_WORD_NUMBER = re.compile(r"(?<![\w-])(?:" + "|".join(_NUMBER_WORDS) + r")(?![^\W\d_])", re.IGNORECASE)
_WRITTEN = re.compile(NUMBER)
_NAME_BEFORE = re.compile(r"[^\W\d_][-_/]?$|_$")  # the letter of a name the digits belong to
_CLOCK = re.compile(r"(?<!\d)\d{1,2}:\d{2}(?!\d)")


def figures(text: str) -> list[Figure]:
    """Every number of the text in order, digits and small number words, with all its readings."""
    plain = text.replace("−", "-")
    masked = [span for span in dates(plain, yearless=True) if span.precision != "year"]
    taken = [(span.start, span.end) for span in masked]
    taken += [match.span() for match in _CLOCK.finditer(plain)]
    found = [figure for match in _WRITTEN.finditer(plain) if (figure := _figure(plain, match))]
    found += [figure for match in _WORD_NUMBER.finditer(plain) if (figure := _spelled(plain, match))]
    free = [figure for figure in found if not any(a < figure.end and figure.start < b for a, b in taken)]
    return sorted(free, key=lambda figure: figure.start)


def _figure(text: str, match: re.Match[str]) -> Figure | None:
    before = text[: match.start()]
    currency = _CURRENCY_BEFORE.search(before)
    if not currency and _NAME_BEFORE.search(before):
        return None
    readings = {parse_number(match.group(), language) for language in ("en", "de")}
    values = {value for value in readings if value is not None}
    if not values:
        return None
    start = currency.start() if currency else match.start()
    if _is_negative(text, match.start()) or _is_negative(text, start):
        values = {-value for value in values}
    elif text[match.start() - 1 : match.start()] == "(" and text[match.end() : match.end() + 1] == ")":
        values |= {-value for value in values}  # accountants write losses in parentheses
    return _with_words(text, frozenset(values), start, match.end(), currency.group(1) if currency else "")


def _spelled(text: str, match: re.Match[str]) -> Figure | None:
    word = match.group().lower()
    value = frozenset({Decimal(_NUMBER_WORDS[word])})
    figure = _with_words(text, value, match.start(), match.end(), "")
    return None if word in _ARTICLE_LIKE and not figure.unit else figure


def _is_negative(text: str, start: int) -> bool:
    # A minus sign is glued to its number and to nothing before it; "10-15" is a range, "A-12" a name.
    return text[start - 1 : start] == "-" and not re.search(r"[\w)%]$", text[: start - 1])


def _with_words(text: str, values: frozenset[Decimal], start: int, end: int, currency: str) -> Figure:
    scale, unit = 0, ""
    for pattern, power in _AFTER_SCALE:
        if match := pattern.match(text, end):
            scale, end = power, match.end()
            break
    if "teur" in (currency.lower(), text[max(0, end - 4) : end].lower()):
        scale, unit = 3, "eur"
    for pattern, name in _AFTER_UNIT:
        if match := pattern.match(text, end):
            unit, end = name, match.end()
            break
    if currency:
        unit = unit_of(currency)
    return Figure(values, scale, unit, start, end)


def unit_of(word: str) -> str:
    """The canonical unit of a unit word ("Tage" -> "day"), "" if it is none."""
    for pattern, name in _AFTER_UNIT:
        if pattern.fullmatch(word):
            return name
    return ""


def same_figure(gold: Figure, said: Figure, tolerance: float = 0.0, scale: str = "") -> bool:
    """True if `said` states the gold value: equal within `tolerance`, in the gold answer's own unit and scale.

    `scale` is the scale or unit of a gold figure written without one ("million", "percent", "EUR", "days"). A figure
    said without any scale may be the gold number as written (a table "in millions") or in full. One said without a
    unit is taken to have the right one, unless the gold answer is a small number written with its unit: "1 hour" is
    not stated by any 1.
    """
    written, unit = _scale_and_unit(scale)
    unit = gold.unit or unit
    if unit and said.unit and unit != said.unit:
        return False
    if gold.unit and not said.unit and not any(_is_distinctive(value) for value in gold.values):
        return False
    power = gold.scale or written
    allowed = Decimal(str(tolerance))
    for value in gold.values:
        for other in said.values:
            in_gold_scale = other.scaleb(said.scale - power)
            if abs(in_gold_scale - value) <= allowed or (not said.scale and abs(other - value) <= allowed):
                return True
    return False


def _is_distinctive(value: Decimal) -> bool:
    """True for numbers of three digits or more, which rarely stand in a text by accident."""
    return len(value.as_tuple().digits) >= 3


def _scale_and_unit(scale: str) -> tuple[int, str]:
    """What Case.scale says: "thousand EUR" is (3, "eur"), "days" is (0, "day"), an unknown unit (0, "")."""
    words = scale.lower().replace(".", "").split()
    power = next((_CASE_SCALES[word] for word in words if word in _CASE_SCALES), 0)
    return power, next((unit for word in words if (unit := unit_of(word))), "")
