"""Which kind of value a question asks for (watts, a weight, a price, how long), and which kinds a text tells; English and German.

A question that says how much of what ("how many watts", "wie schwer", "what does it cost") is not answered by a flow rate. Only
what the words say for sure: "how much" alone asks for anything, and a question that names no kind gets none.
"""

import re
from functools import lru_cache
from typing import Final

from metier.text.analyze import fold
from metier.text.dates import dates
from metier.text.quantities import Quantity, quantities
from metier.text.units import FACTORS, UNIT_PATTERN, UNITS, unit_of

# Kinds that the words of a question say by themselves. A kind is that of units.py (money, duration, mass ...), for other units
# what they measure (power, pressure) or the unit itself (V, Nm); besides "clock", "date" and "contact" (a number to call).
_MEASURED: Final = (  # kind, English, German
    ("mass", r"heav(?:y|ier|iest)|weighs?|weight", r"wiegt|wiegen|gewicht\w*|(?:wie|zu) schwer|schwerer|schwerste"),
    ("temperature", r"how (?:hot|cold|warm)|hotter|colder|temperatures?", r"wie (?:hei(?:ß|ss)|kalt|warm)|heißer|kälter|\w*temperatur(?:en)?"),
    ("V", r"voltage", r"\w*spannung"),
    ("power", r"wattage|power consumption", r"leistungsaufnahme|nennleistung"),
    ("pressure", r"pressures?", r"\w*druck"),
    ("flow", r"flow rates?", r"förder(?:menge|strom|leistung)|durchfluss\w*"),
    ("dB", r"how (?:loud|noisy|quiet)|louder|noisier|quieter|noise level", r"wie (?:laut|leise)|lauter als|leiser als|\w*schall\w*pegel"),
    ("Nm", r"\w*torque|how tight", r"\w*drehmoment|anzugsmoment|anziehmoment|wie fest"),
    ("rpm", r"rotational speed", r"\w*drehzahl"),
    ("area", r"floor area|how many square", r"\w*fläche"),
    ("length", r"how far (?=.*\b(?:drive|travel|away|go by|from)\b)", r"wie weit(?=.*\b(?:fahren|entfernt|weg|reisen)\b)"),
    ("percent", r"percentage|what (?:share|portion|percent)", r"wie (?:groß|hoch) ist (?:mein|der|unser|ihr) \w*anteil|welche[rnm]? \w*anteil|\w*steuersatz|prozentsatz"),
    ("money", (
        r"how expensive|how much (?:does|do|did|will|would) [^?]*\bcost|what (?:does|do|did|will) [^?]*\bcost|what (?:is the )?(?:\w+ ){0,2}salary|"
        r"how much [^?]*\b(?:money|paid|pay|earn)|price of|list price"
    ), r"wie teuer|was kostet|was kosten|wie viel kostet|wie ?viel geld|wie ?viel lohn|gehalt|\w*preis (?:von|für|der|des)"),
    ("duration", (
        r"how long|how soon|how quickly|how many (?:working |calendar |business )?(?:days|weeks|months|years|hours|minutes)|notice period|"
        r"lead time|shelf life|delivery time|keeps? longer|lasts? longer"
    ), (
        r"wie lang(?:e)?|wie schnell|wie ?viele \w*(?:tage|wochen|monate|jahre|stunden|minuten)|\w*lieferzeit|\w*laufzeit|"
        r"\w*kündigungsfrist|haltbar"
    )),
    ("clock", r"what time", r"uhrzeit|wie ?viel uhr"),
    ("date", r"(?:on|by|until|from) (?:what|which) (?:date|day)|what is the date", r"an welchem (?:tag|datum)|(?:bis|ab) (?:zu )?welchem (?:tag|datum)|welches datum"),
    ("contact", (
        r"(?:which|what) (?:extension|phone number|telephone number|number do i (?:call|dial|ring))|extension of|phone number of"
    ), r"welche (?:durchwahl|nummer wähle|telefonnummer|rufnummer)|durchwahl (?:von|der|des)"),
)  # fmt: skip
_WORDS: Final = tuple(
    (kind, re.compile(rf"\b(?:{english}|{german})\b", re.IGNORECASE)) for kind, english, german in _MEASURED
)
_COUNTED: Final = re.compile(
    rf"\b(?:how (?:many|much)|wie ?viele?[nr]?|number of|anzahl(?: der)?|in|by|um)\s+(?P<unit>{UNIT_PATTERN})(?![^\W\d_])",
    re.IGNORECASE,
)
# What also answers: who asks how long may be told until when, who asks for a price a share of it.
_ALSO: Final = {
    "duration": {"date", "clock", "calendar", "time"}, "date": {"duration", "clock"}, "clock": {"date", "duration"}, "money": {"percent"},
    "°": {"temperature"},
}  # fmt: skip
_CONTACT: Final = re.compile(r"@|(?<![\d.,])\d{3,}(?![\d.,])")
# letters of a unit that people write in small or capital letters as they like: "w" is no watt
_SHORTEST: Final = 3
_APART: Final = re.compile(r"[\s():;,\[\]]+")
_ACRONYM: Final = re.compile(r"\b[A-Z][A-Z0-9]{1,5}\b")
_COUNTRIES: Final = frozenset({"US", "USA", "UK", "EU", "DACH"})  # texts call them by other names as often
_WEEKDAY: Final = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)s?\b|"
    r"\b(?:today|tomorrow|heute|morgen|noon|mittag|midnight|mitternacht)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def asked_kinds(question: str) -> frozenset[str]:
    """The kinds of value of which one is asked for; empty if the words do not say."""
    found = {
        _kind(*unit_of(" ".join(match["unit"].split())))
        for match in _COUNTED.finditer(question)
        if _is_meant(match)
    }
    return frozenset(found - {""} or {kind for kind, words in _WORDS if words.search(question)})


def _is_meant(match: re.Match[str]) -> bool:
    """True for "how many m", "in metres"; not for "in m"."""
    return len(match["unit"]) >= _SHORTEST or match.group().lower().startswith(
        ("how", "wie", "number", "anzahl")
    )


def told_kinds(text: str, language: str, row: bool = False, question: str = "") -> frozenset[str]:
    """The kinds of the values of a text, without those that the question says itself. Of a `row` also the units of its labels and
    cells, and "number" where more figures stand without any: what they count is said elsewhere."""
    values, others, named = _told(text, language, row)
    asked = {item.value for item in _told(question, language, False)[0]}
    found = [item for item in values if item.value not in asked]
    kinds = {_kind_of(item) for item in found} | others
    kinds.discard("number")
    bare = sum(not item.unit and item.kind != "reference" for item in found) if row else 0
    if bare:
        kinds |= {*named, "number" if bare > len(named) else ""}
    return frozenset(kinds - {""})


@lru_cache(maxsize=1 << 14)  # sentences of the passages that come up again and again
def _told(
    text: str, language: str, row: bool
) -> tuple[tuple[Quantity, ...], frozenset[str], tuple[str, ...]]:
    """Quantities, whether there is a date or a number to call, and what the units that stand alone in a row measure."""
    is_date = bool(dates(text, language)) or _WEEKDAY.search(text) is not None
    others = {"date" if is_date else "", "contact" if _CONTACT.search(text) else ""}
    named = [kind for word in _APART.split(text) if (kind := _named(word))] if row else []
    return tuple(quantities(text, language)), frozenset(others), tuple(named)


def asked_acronyms(question: str) -> frozenset[str]:
    """What the question calls by three capitals or more (EBIT, VPN), folded; units and countries are none."""
    found = _ACRONYM.findall(question)
    words = (word for word in found if word not in UNITS and word not in _COUNTRIES)
    return frozenset(fold(word) for word in words if len(word) > 2 and word.isalpha())


def answers_kind(asked: frozenset[str], told: frozenset[str]) -> bool | None:
    """True if one of the kinds asked for is told, False if only others are, None if that cannot be said."""
    if not asked:
        return None
    if told & asked.union(*(_ALSO.get(kind, ()) for kind in asked)):
        return True
    return None if "number" in told else False


def _kind_of(item: Quantity) -> str:
    if item.unit == "clock":
        return "clock"
    return "" if item.kind == "reference" else _kind(item.unit, item.kind)


def _kind(unit: str, kind: str) -> str:
    """What a unit measures: its kind, or the dimension in which it converts, or the unit itself."""
    if kind != "other":
        return kind
    return FACTORS[unit][0] if unit in FACTORS else unit


def _named(word: str) -> str:
    """The kind of a word that is a unit as it is written; short ones only so."""
    unit, kind = unit_of(word)
    return _kind(unit, kind) if unit and (word in UNITS or len(word) >= _SHORTEST) else ""
