"""Sentences made wrong in one place: the suite that plain word overlap cannot pass.

From a sentence that its source supports, makes the same sentence with another number, unit, date, name, or with its
sense turned round; and faithful rewordings, so that "any change is a fault" does not pass either. Business sentences in
English and German are generated here, so that nothing of a data set has to be shipped. Dice are passed in.
"""

import hashlib
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from metier.text.dates import dates
from metier.text.entities import names
from metier.text.negation import negations
from metier.text.numbers import number_term
from metier.text.quantities import quantities

SwapKind = Literal["faithful", "number", "unit", "date", "name", "negation", "opposite"]


@dataclass(frozen=True, slots=True)
class Swap:
    """One case: does `source` support `statement`? True for kind "faithful" alone."""

    id: str
    group: str  # source or template: what halves and intervals are clustered by
    source: str
    statement: str
    language: str
    kind: SwapKind


def half(group: str) -> Literal["tuning", "checking"]:
    """Which half a group belongs to: first byte of its sha256 even = tuning, odd = checking."""
    return "checking" if hashlib.sha256(group.encode()).digest()[0] % 2 else "tuning"


def swap_cases(group: str, source: str, sentence: str, language: str, rng: random.Random) -> list[Swap]:
    """The faithful cases and one wrong one of every kind that `sentence` (a sentence of `source`) allows."""
    made: list[tuple[SwapKind, str]] = [("faithful", sentence)]
    if (reworded := faithful(sentence, language)) != sentence:
        made.append(("faithful", reworded))
    for kind, make in _MAKERS.items():
        wrong = make(sentence, language, rng)
        # a wrong value that the source states elsewhere may be right after all
        if wrong and wrong != sentence and wrong not in source:
            made.append((kind, wrong))
    return [
        Swap(f"{group}/{index}", group, source, statement, language, kind)
        for index, (kind, statement) in enumerate(made)
    ]


def faithful(sentence: str, language: str) -> str:
    """`sentence` said a little otherwise, meaning the same: numbers and dates respelled, an opening put in front."""
    pieces = []
    for quantity in quantities(sentence, language):
        if (
            quantity.unit != "clock"
            and quantity.scale == 1
            and quantity.value >= 1000
            and quantity.kind != "reference"
        ):
            pieces.append((quantity.start, quantity.end, quantity.value))
    for start, end, value in reversed(pieces):
        written = re.sub(r"\d[\d.,]*\d", number_term(value), sentence[start:end], count=1)
        sentence = sentence[:start] + written + sentence[end:]
    for span in reversed(dates(sentence, language)):
        if span.precision == "day":
            sentence = sentence[: span.start] + span.value.isoformat() + sentence[span.end :]
    if pieces or not sentence[:1].isupper():
        return sentence
    first = sentence.split(" ", 1)[0].lower()
    if first in {
        "the",
        "a",
        "an",
        "all",
        "each",
        "every",
        "der",
        "die",
        "das",
        "alle",
        "jede",
        "ein",
        "eine",
    }:
        opening = "Laut der Quelle gilt: " if language == "de" else "According to the source, "
        return opening + (sentence if language == "de" else sentence[:1].lower() + sentence[1:])
    return sentence


def _number(sentence: str, language: str, rng: random.Random) -> str:
    found = [
        item for item in quantities(sentence, language) if re.search(r"\d", sentence[item.start : item.end])
    ]
    if not found:
        return ""
    chosen = rng.choice(found)
    written = sentence[chosen.start : chosen.end]
    digits = [match.start() for match in re.finditer(r"\d", written)]
    place = digits[0] if len(digits) == 1 else rng.choice(digits[: max(1, len(digits) - 1)])
    low = 1 if place == digits[0] else 0
    others = [str(digit) for digit in range(low, 10) if str(digit) != written[place]]
    changed = written[:place] + rng.choice(others) + written[place + 1 :]
    return sentence[: chosen.start] + changed + sentence[chosen.end :]


_UNIT_SWAPS: Final = {
    "days": "weeks", "weeks": "months", "months": "years", "years": "months", "hours": "days", "EUR": "USD",
    "euros": "dollars", "Euro": "US-Dollar", "USD": "EUR", "€": "$", "$": "€", "kg": "t", "mm": "cm", "cm": "mm",
    "km": "m", "Tage": "Wochen", "Tagen": "Wochen", "Wochen": "Monate", "Monate": "Jahre", "Monaten": "Jahren",
    "Jahre": "Monate", "Jahren": "Monaten", "Stunden": "Tage", "million": "billion", "Millionen": "Milliarden",
    "Mio.": "Mrd.", "percent": "percentage points", "Prozent": "Prozentpunkte", "°C": "°F", "Arbeitstage": "Kalendertage",
    "minutes": "hours", "Minuten": "Stunden", "working days": "calendar days", "feet": "metres", "miles": "metres",
}  # fmt: skip


def _unit(sentence: str, language: str, rng: random.Random) -> str:
    found = []
    for item in quantities(sentence, language):
        written = sentence[item.start : item.end]
        found += [
            (item.start + match.start(1), item.start + match.end(1), _UNIT_SWAPS[match[1]])
            for match in re.finditer(r"(?:^|(?<=[\d\s-]))([^\d\s,.-][^\d,]*|Mio\.)", written)
            if match[1] in _UNIT_SWAPS
        ]
    if not found:
        return ""
    start, end, other = rng.choice(found)
    return sentence[:start] + other + sentence[end:]


def _date(sentence: str, language: str, rng: random.Random) -> str:
    found = dates(sentence, language)
    if not found:
        return ""
    span = rng.choice(found)
    written = sentence[span.start : span.end]
    year = str(span.value.year)
    if year not in written:
        return ""
    changed = written.replace(year, str(span.value.year + rng.choice([-3, -2, -1, 1, 2])))
    return sentence[: span.start] + changed + sentence[span.end :]


_OTHER_NAMES: Final = ("Okonkwo", "Brandvold", "Teixeira", "Hollerith", "Vandenberg", "Kowalczyk")


def _name(sentence: str, language: str, rng: random.Random) -> str:
    found = [span for span in names(sentence, language) if span.kind in ("name", "organisation", "code")]
    if not found:
        return ""
    span = rng.choice(found)
    if span.kind == "code":
        digits = [match.start() for match in re.finditer(r"\d", span.text)]
        place = rng.choice(digits)
        changed = (
            span.text[:place] + str((int(span.text[place]) + rng.randint(1, 9)) % 10) + span.text[place + 1 :]
        )
    else:
        words = span.text.split(" ")
        changed = " ".join([rng.choice(_OTHER_NAMES), *words[1:]])
    return sentence[: span.start] + changed + sentence[span.end :]


_AUXILIARY: Final = {
    "en": re.compile(r"\b(is|are|was|were|can|may|must|will|has|have|should|shall)\b(?! not\b| only\b)(?!n't)"),
    "de": re.compile(r"\b(ist|sind|war|waren|kann|können|darf|dürfen|muss|müssen|wird|werden|hat|haben|gilt|gelten)\b(?! nicht\b| nur\b)"),
}  # fmt: skip


def _negation(sentence: str, language: str, rng: random.Random) -> str:
    for start, end in negations(sentence, language):
        if sentence[start:end].lower() in {"not", "nicht"}:
            return sentence[:start].rstrip() + sentence[end:]
    pattern = _AUXILIARY.get(language)
    match = pattern.search(sentence) if pattern else None
    if match is None or negations(sentence, language):
        return ""
    return sentence[: match.end()] + (" nicht" if language == "de" else " not") + sentence[match.end() :]


_OPPOSITES: Final = (
    ("at least", "at most"), ("mindestens", "höchstens"), ("increased", "decreased"), ("before", "after"),
    ("allowed", "prohibited"), ("permitted", "forbidden"), ("gestattet", "verboten"), ("included", "excluded"),
    ("minimum", "maximum"), ("gestiegen", "gesunken"), ("mandatory", "optional"), ("verpflichtend", "freiwillig"),
    ("accepted", "rejected"), ("more than", "less than"), ("mehr als", "weniger als"), ("valid", "invalid"),
    ("gültig", "ungültig"), ("above", "below"), ("over", "under"), ("vor", "nach"), ("with", "without"), ("mit", "ohne"),
)  # fmt: skip


def _opposite(sentence: str, language: str, rng: random.Random) -> str:
    for one, other in _OPPOSITES:
        for mine, theirs in ((one, other), (other, one)):
            if match := re.search(rf"\b{mine}\b", sentence):
                return sentence[: match.start()] + theirs + sentence[match.end() :]
    return ""


_MAKERS: Final[dict[SwapKind, Callable[[str, str, random.Random], str]]] = {
    "number": _number, "unit": _unit, "date": _date, "name": _name, "negation": _negation, "opposite": _opposite,
}  # fmt: skip


def business_sentences(rng: random.Random, per_template: int = 4) -> Iterator[tuple[str, str, str, str]]:
    """(group, source of three sentences, its middle sentence, language) of invented company texts."""
    for language, templates in _TEMPLATES.items():
        for index, template in enumerate(templates):
            for _ in range(per_template):
                sentence = _filled(template, language, rng)
                # neighbours of other templates: a source speaks of more than one thing
                before, after = (_filled(rng.choice(templates), language, rng) for _ in range(2))
                yield f"template-{language}-{index}", f"{before} {sentence} {after}", sentence, language


def _filled(template: str, language: str, rng: random.Random) -> str:
    months: Sequence[str] = _MONTHS[language]
    amount = rng.randint(2, 95) * 500
    values = {
        "n": rng.randint(2, 60), "m": rng.randint(2, 24), "p": f"{rng.randint(5, 200) / 2:g}".replace(".", "." if language == "en" else ","),
        "amount": f"{amount:,}" if language == "en" else f"{amount:,}".replace(",", "."),
        "person": f"{rng.choice(_FIRST)} {rng.choice(_LAST)}", "firm": rng.choice(_FIRMS),
        "code": f"{rng.choice(['AX', 'KR', 'TS'])}-{rng.randint(1000, 9999)}/{rng.choice('ABC')}",
        "date": (f"{rng.randint(1, 28)} {rng.choice(months)} {rng.randint(2018, 2027)}" if language == "en"
                 else f"{rng.randint(1, 28)}. {rng.choice(months)} {rng.randint(2018, 2027)}"),
        "year": rng.randint(2012, 2026),
    }  # fmt: skip
    return template.format(**values)


_FIRST: Final = ("Anna", "Jonas", "Miriam", "Peter", "Leyla", "Tobias")
_LAST: Final = ("Weber", "Lindqvist", "Moreau", "Castellano", "Brandt", "Osei")
_FIRMS: Final = ("Nordwind Logistik GmbH", "Halvorsen AG", "Brightwater Ltd", "Castor Systems Inc")
_MONTHS: Final = {
    "en": ("January", "February", "March", "April", "June", "July", "September", "November"),
    "de": ("Januar", "Februar", "März", "April", "Juni", "Juli", "September", "November"),
}
_TEMPLATES: Final = {
    "en": (
        "The notice period is {n} weeks for employees who joined before {date}.",
        "Travel expenses above {amount} EUR must be approved by {person}.",
        "The unit {code} weighs {n} kg and must not be operated above {m} bar.",
        "{firm} delivers within {n} working days after receipt of the order.",
        "In {year} the revenue of the plant increased by {p} percent to {amount} euros.",
        "The warranty for {code} is {m} months and is not transferable.",
        "Smoking is permitted at least {n} metres away from the entrance.",
        "The contract with {firm} ends on {date} and may be extended by {m} months.",
        "Each employee has {n} days of paid leave, and unused days are not paid out.",
        "{person} is responsible for complaints that arrive before {date}.",
        "The operating temperature of {code} must be between {m} °C and {n} °C.",
        "Invoices of more than {amount} EUR are paid within {n} days.",
        "Data of applicants are deleted after {m} months at most.",
        "The training is mandatory for all staff and takes {m} hours.",
        "Shipping is included for orders over {amount} EUR.",
        "The budget for {year} was reduced to {n} million euros.",
    ),
    "de": (
        "Die Kündigungsfrist beträgt {n} Wochen und gilt nicht während der Probezeit.",
        "Reisekosten über {amount} EUR müssen vorher von {person} genehmigt werden.",
        "Das Gerät {code} wiegt {n} kg und darf nicht im Freien betrieben werden.",
        "Die {firm} liefert innerhalb von {n} Arbeitstagen nach Eingang der Bestellung.",
        "Im Jahr {year} ist der Umsatz um {p} Prozent auf {amount} Euro gestiegen.",
        "Die Gewährleistung für {code} beträgt {m} Monate ab Lieferung.",
        "Das Rauchen ist nur mindestens {n} Meter vom Eingang entfernt gestattet.",
        "Der Vertrag mit der {firm} endet am {date} und kann um {m} Monate verlängert werden.",
        "Jeder Beschäftigte hat Anspruch auf {n} Tage Urlaub, der bis zum {date} zu nehmen ist.",
        "Für Beschwerden ist seit {date} Frau {person} zuständig.",
        "Die Betriebstemperatur von {code} muss zwischen {m} °C und {n} °C liegen.",
        "Rechnungen von mehr als {amount} EUR werden innerhalb von {n} Tagen bezahlt.",
        "Daten von Bewerbern werden nach höchstens {m} Monaten gelöscht.",
        "Die Schulung ist für alle Beschäftigten verpflichtend und dauert {m} Stunden.",
        "Ab einem Bestellwert von {amount} EUR ist der Versand kostenlos.",
        "Das Budget für {year} wurde auf {n} Millionen Euro gesenkt.",
    ),
}
