"""What two statements give when they are put together: a difference or a change in per cent, with its formula.

Done by code on the figures of the chosen statements, never by a model. Which figure of a row or sentence is meant is
told by the words of the question, by the unit it names, and by what both sides have in common. Knows differences and
changes of two figures of one kind; leaves everything else alone.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from metier.generate.candidates import Candidate
from metier.text.analyze import content_set, content_words
from metier.text.language import german_or_english
from metier.text.numbers import NUMBER, parse_number, reads_as_year
from metier.text.quantities import Quantity, quantities
from metier.text.understand import COMPARATIVE
from metier.text.units import CURRENCIES_BEFORE
from metier.types import Query

_PERCENT = re.compile(
    r"\b(?:by|um) (?:what|which|how many|wie ?viele?|welchen) (?:percentage|per ?cent|prozent\w*)|"
    r"\b(?:percentage|prozentuale?[rsn]?|relative[rsn]?) (?:change|increase|decrease|rise|fall|growth|veränderung|anstieg|"
    r"rückgang|zunahme|wachstum)",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(
    r"\b(?:difference|differ|gap|unterschied\w*|differenz|abstand)\b|"
    rf"\bby how (?:much|many)\b|\bhow (?:much|many) (?:[\w-]+ ){{0,2}}?{COMPARATIVE}\b|"
    r"\bhow (?:much|strongly|far) did\b.*\b(?:rise|fall|grow|change|increase|decrease|drop)\b|"
    r"\b(?:price|cost|the) (?:increase|decrease|rise|drop|growth)\b|"
    rf"\bum wie ?viele?\b|\bwie ?viel (?:[\w-]+ ){{0,2}}?{COMPARATIVE}\b|"
    r"\bwie (?:stark|sehr|weit) (?:stieg|sank|fiel|wuchs|(?:ist|sind|hat|haben)\b.*\b(?:ge|ver)\w+)",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(?:more|higher|greater|dearer|heavier|longer|larger|bigger|rise|rose|risen|gr[eo]wn?|increased?|went up|gone up|"
    r"mehr|höher|teurer|größer|länger|schwerer|(?:ge)?stieg\w*|gestiegen|wuchs|gewachsen|zugenommen|erhöht)\b",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"\b(?:less|fewer|lower|smaller|cheaper|lighter|shorter|f[ae]ll|fallen|dropp?(?:ed)?|decreased?|shr[aiu]nk|went down|gone down|"
    r"weniger|niedriger|billiger|günstiger|kleiner|kürzer|leichter|sank\w*|gesunken|fiel|gefallen|abgenommen|gesenkt)\b",
    re.IGNORECASE,
)
_TURNED = {
    "en": {
        "more": "It became more, not less: from {old} to {new}.",
        "less": "It became less, not more: from {old} to {new}.",
    },
    "de": {
        "more": "Es wurde mehr, nicht weniger: von {old} auf {new}.",
        "less": "Es wurde weniger, nicht mehr: von {old} auf {new}.",
    },
}
_LABELS = {
    "en": {"difference": "Difference", "change": "Change"},
    "de": {"difference": "Unterschied", "change": "Veränderung"},
}
_BEGINNING = 5  # letters
_DEAREST = 4  # decimals of a result at most

Operation = Literal["difference", "change"]


@dataclass(frozen=True, slots=True)
class Operand:
    """One figure of a candidate."""

    quantity: Quantity
    written: str  # "EUR 4,145 thousand"
    number: str  # "4,145"
    language: str  # whose marks the number has


@dataclass(frozen=True, slots=True)
class Computed:
    """A result with its formula, and what people should know of it."""

    text: str
    notes: tuple[str, ...] = ()


def operation(question: str) -> Operation | None:
    """What the question wants to be computed of its two sides, None if it only wants to know which."""
    if _PERCENT.search(question):
        return "change"
    return "difference" if _DIFFERENCE.search(question) else None


def computed(
    query: Query, one: Candidate, two: Candidate, sides: Sequence[frozenset[str]] = ()
) -> Computed | None:
    """What answers `query` from the figures of both candidates; None if it asks for no such thing or
    the candidates do not say which figures are meant. `sides`: the words that name each side."""
    wanted = operation(query.text)
    if wanted is None or not (sides or query.rewrites or _apart(query, one, two)):
        return None
    # what the question itself says ("for 10 and 25 years") tells the sides apart and is not what differs
    names = frozenset[str]().union(*sides, re.findall(NUMBER, query.text))
    asked = content_set(query.text, query.language) - names
    if not _of_one_measure(query, one, two, names):
        return None
    own = [frozenset(filter(reads_as_year, words)) for words in sides] or [frozenset[str](), frozenset[str]()]
    pair = _alike(_operands(one, asked, names, own[0]), _operands(two, asked, names, own[1]))
    if pair is None:
        return None
    label = _LABELS[german_or_english(query.language)][wanted]
    years = _years(query, one, two)
    if years and years[0] > years[1]:
        pair = pair[1], pair[0]
    result = _difference(*pair) if wanted == "difference" else _change(*pair)
    return Computed(f"{label}: {result}.", _otherwise(query, *pair) if years else ())


def _of_one_measure(query: Query, one: Candidate, two: Candidate, names: frozenset[str]) -> bool:
    """False if what is compared ("group revenue") is said by one of the two, and not a word of it by the other, in one language."""
    if not query.language == one.language == two.language:
        return True
    plain = _MORE.sub(" ", _LESS.sub(" ", _DIFFERENCE.sub(" ", query.text)))
    measure = content_set(plain, query.language) - names

    def says(words: Iterable[str]) -> bool:
        return any(_like_word(asked, word) for word in words for asked in measure)

    own = [says(content_words(item.text, item.language)) for item in (one, two)]
    return not any(own) or all(says(_said(item)) for item in (one, two))


def _like_word(one: str, two: str) -> bool:
    """True for words of one stem, or that begin alike: "employee" and "employed"."""
    return one == two or (min(len(one), len(two)) >= _BEGINNING and one[:_BEGINNING] == two[:_BEGINNING])


def _apart(query: Query, one: Candidate, two: Candidate) -> bool:
    """True if each of the two says something that the question names, or a year, and the other does not: else nothing
    tells what differs from what."""
    named = {*content_words(query.text, query.language), *re.findall(NUMBER, query.text)}
    said = [_said(item) for item in (one, two)]
    only = [said[0] - said[1], said[1] - said[0]]
    return all(words & named for words in only) or all(any(map(reads_as_year, words)) for words in only)


def _said(item: Candidate) -> set[str]:
    text = f"{item.text} {item.passage.place}"
    return {*content_words(text, item.language), *re.findall(NUMBER, text)}


def _operands(
    item: Candidate, asked: frozenset[str], names: frozenset[str], year: frozenset[str]
) -> list[Operand]:
    """The figures of a candidate; of a row those of the column that is headed by the year of its side, else of the one that
    shares most words with the question."""
    language = item.language
    if row := item.cells:
        row = tuple(cell for cell in row if cell[0].strip() in year) or row
        columns = [(label, _in_column(label, _numbers(value, language, names))) for label, value in row]
        filled = [(label, found) for label, found in columns if found]
        shared = [len(asked & content_set(label, language)) for label, _ in filled]
        if filled and (len(filled) == 1 or shared.count(max(shared)) == 1):
            return filled[shared.index(max(shared))][1]
        return [operand for _, found in filled for operand in found] if not any(shared) else []
    return _numbers(item.text, language, names)


_CURRENCY = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, CURRENCIES_BEFORE)) + r")(?!\w)")


def _in_column(label: str, found: Sequence[Operand]) -> list[Operand]:
    """The figures with the currency that their column's head names."""
    if not (currency := _CURRENCY.search(label)):
        return list(found)
    return [
        replace(item, written=f"{currency.group()} {item.written}") if not item.quantity.unit else item
        for item in found
    ]


def _numbers(text: str, language: str, names: frozenset[str]) -> list[Operand]:
    found: list[Operand] = []
    for quantity in quantities(text, language):
        written = text[quantity.start : quantity.end]
        number = re.search(NUMBER, written)
        if number is None or quantity.kind == "reference" or quantity.unit == "clock":
            continue
        if number.group() in names or (not quantity.unit and reads_as_year(written)):
            continue
        found.append(Operand(quantity, written, number.group(), language))
    return found


def _alike(ones: Sequence[Operand], twos: Sequence[Operand]) -> tuple[Operand, Operand] | None:
    """The first two figures of one unit and scale that are not said of both."""
    common = {(item.quantity.value, item.quantity.unit) for item in ones} & {
        (item.quantity.value, item.quantity.unit) for item in twos
    }
    for one in ones:
        for two in twos:
            first, second = one.quantity, two.quantity
            if (first.value, first.unit) in common or (second.value, second.unit) in common:
                continue
            if (first.unit, first.scale) == (second.unit, second.scale):
                return one, two
    return None


def _years(query: Query, one: Candidate, two: Candidate) -> tuple[str, str] | None:
    """The year of each of the two, by its part of the question, else by the only year that it names itself."""
    parts = query.rewrites if query.compares else (one.text, two.text)
    found = [sorted(set(re.findall(r"\b(?:19|20)\d\d\b", part))) for part in parts]
    return (
        (found[0][0], found[1][0])
        if [len(of_one) for of_one in found] == [1, 1] and found[0] != found[1]
        else None
    )


def _otherwise(query: Query, first: Operand, second: Operand) -> tuple[str, ...]:
    """What is to be said where the question takes for granted that the later figure is the greater (or the smaller) one, and it
    is not. Of sides that are no years the words do not say reliably which is meant to be more."""
    more, less = _MORE.search(query.text), _LESS.search(query.text)
    if bool(more) == bool(less):
        return ()
    is_more = second.quantity.value > first.quantity.value
    if first.quantity.value == second.quantity.value or is_more == bool(more):
        return ()
    says = _TURNED[german_or_english(query.language)]["more" if is_more else "less"]
    return (says.format(old=first.written, new=second.written),)


def _difference(one: Operand, two: Operand) -> str:
    more, less = (one, two) if one.quantity.value >= two.quantity.value else (two, one)
    result = (more.quantity.value - less.quantity.value) / more.quantity.scale
    digits = max(_decimals(one), _decimals(two))
    return f"{more.number} − {less.number} = " + more.written.replace(
        more.number, _like(result, digits, more), 1
    )


def _change(old: Operand, new: Operand) -> str:
    if not old.quantity.value:
        return _difference(old, new)
    share = (new.quantity.value - old.quantity.value) / old.quantity.value * 100
    sign = "−" if share < 0 else ""
    return f"({new.number} − {old.number}) / {old.number} = {sign}{_like(abs(share), 1, old)} %"


def _decimals(item: Operand) -> int:
    step = item.quantity.step / item.quantity.scale
    return min(_DEAREST, max(0, -int(step.normalize().as_tuple().exponent)))


def _like(value: Decimal, digits: int, model: Operand) -> str:
    """The value with the marks of a figure: "1.003,50" beside "4.145,00"."""
    rounded = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    written = f"{rounded:,}" if re.search(r"\d[.,]\d{3}(?!\d)", model.number) else f"{rounded}"
    value_of = {language: parse_number(model.number, language) for language in ("de", "en")}
    plain = model.quantity.value / model.quantity.scale
    is_german = model.language == "de" if value_of["de"] == value_of["en"] else value_of["de"] == plain
    return written.translate(str.maketrans(",.", ".,")) if is_german else written
