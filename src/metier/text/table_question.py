"""What a question wants from a table: which figures, for which years, and what is to be computed of them.

Told from the question's words alone, in English and German; knows nothing of the table.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from metier.text.analyze import content_words
from metier.text.grid import years
from metier.text.numbers import NUMBER, parse_number, reads_as_year
from metier.text.quarters import asks_quarter
from metier.text.units import SCALES

Operation = Literal[
    "value",
    "change",
    "percent",
    "sum",
    "average",
    "share",
    "ratio",
    "count",
    "which_year",
    "which_row",
    "list_years",
    "list_rows",
    "count_rows",
]

OPERATIONS: tuple[Operation, ...] = get_args(Operation)

_CHANGE_WORDS = r"(?:change|increase|decrease|growth|rise|drop|decline|fall|reduction|difference|movement)"
_PERCENT = re.compile(
    rf"\b(?:percentage|percent|per cent|relative|%)\s+(?:of\s+)?(?:total\s+|net\s+|overall\s+)?\(?{_CHANGE_WORDS}|"
    rf"\bgrowth rate\b|\b{_CHANGE_WORDS}\b[^?]*\b(?:in (?:percent|percentage|%)|as a percentage|percentage)\b|"
    r"\bby (?:what|how many|how much) (?:percent|percentage|per cent|%)|"
    r"\bprozentuale?[nrs]?\s+(?:veränderung|änderung|anstieg|zunahme|rückgang|abnahme|wachstum)|\bum (?:wie ?viele?|welchen) prozent",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    rf"\b{_CHANGE_WORDS}\b|\b(?:changed|differ)\b|\b(?:by how much|how much (?:higher|lower|more|less))\b|"
    r"\b(?:veränderung|änderung|anstieg|zunahme|rückgang|abnahme|unterschied|differenz)\b",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(r"\b(?:difference|differ|unterschied|differenz)\b", re.IGNORECASE)
_AVERAGE = re.compile(r"\b(?:average|mean|durchschnitt\w*|mittelwert)\b", re.IGNORECASE)
_NO_AVERAGE = re.compile(
    r"\bweighted[- ]average\b|\baverage (?:life|number|exchange|fair|share|price|rate)", re.IGNORECASE
)
_SUM = re.compile(
    r"\b(?:sum|combined|altogether|in total|together|summe|insgesamt|zusammen)\b", re.IGNORECASE
)
_TOTAL = re.compile(r"\b(?:total|gesamt\w*)\b", re.IGNORECASE)
_SHARE = re.compile(
    r"\b(?:percentage|percent|per cent|proportion|share|portion|fraction|anteil)\b(?: \w+){0,2}? (?:of|am|an|des|der)\b|"
    r"\b(?:as|expressed as) (?:a |the )?(?:percentage|percent|proportion|share|%)|"
    r"\bwhat (?:percentage|proportion|percent|%)|\bhow (?:much|many) percent|\bwelcher anteil\b",
    re.IGNORECASE,
)
_RATIO = re.compile(r"\bratio\b|\bverhältnis\b", re.IGNORECASE)
_COUNT = re.compile(r"\bhow many\b|\bwie ?viele\b", re.IGNORECASE)
_WHICH_YEAR = re.compile(
    r"\b(?:which|what|welche[rsnm]?)\s+(?:\w+\s+)?(?:years?|periods?|quarters?|jahr\w*|quartal\w*)\b|\bin welchem jahr\b",
    re.IGNORECASE,
)
_WHICH_ROW = re.compile(r"\b(?:which|what|welche[rsnm]?)\s+(?!was\b|is\b|were\b|are\b)[\w/-]+", re.IGNORECASE)
_ASKED_THING = re.compile(
    r"\b(?:which|what|welche[rsnm]?)\s+(?P<thing>[\w/-]+(?:\s+(?!(?:is|are|was|were|has|have|had|does|do|did|ist|sind|war|waren|hat|haben|hatte)\b)[\w/-]+)?)",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r"\b(?:components?|items?|types?|categories|kinds?|elements|segments|regions|countries|bestandteile|posten|arten|kategorien)\b",
    re.IGNORECASE,
)
_ASKS_PARTS = re.compile(r"^\W*(?:what|which|welche\w*|was)\b", re.IGNORECASE)
_MORE = re.compile(
    r"\b(?:larger|largest|longest|heaviest|dearest|strongest|oldest|latest|most expensive|higher|highest|greater|greatest|more|most|biggest|bigger|maximum|exceed\w*|above|over(?= [$€£]?\d)|"
    r"größ\w+|höher\w*|höchst\w*|längst\w*|schwerst\w*|teuerst\w*|stärkst\w*|ältest\w*|mehr|meisten|über\w*)\b",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"\b(?:smaller|smallest|shortest|lightest|cheapest|earliest|lower|lowest|less|least|fewer|fewest|minimum|below|under|kleiner\w*|kleinst\w*|niedriger\w*|"
    r"niedrigst\w*|kürzest\w*|leichtest\w*|billigst\w*|günstigst\w*|frühest\w*|weniger|wenigsten|unter)\b",
    re.IGNORECASE,
)
_EXTREME = re.compile(
    r"\b(?:most|least|fewest|maximum|minimum|(?:larg|bigg|high|low|great|small|long|short|heavi|light|cheap|dear|strong|old|young|earli|lat)est|"
    r"(?:höchst|größt|meist|längst|schwerst|teuerst|stärkst|ältest|niedrigst|kleinst|wenigst|kürzest|leichtest|billigst|günstigst|frühest)e[nrms]?)\b",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    rf"\b(?:than|exceed\w*|above|over|below|under|als|über|unter)\s+(?:[$€£¥]|[A-Z]{{3}}\s)?\s*(?P<number>{NUMBER})"
    r"\s*(?P<percent>%|percent|prozent)?\s*(?P<scale>thousands?|millions?|billions?|tausend|millionen|milliarden|mio|mrd)?",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\b(?P<from>(?:19|20)\d\d)\s*(?:-|–|to|through|until|bis)\s*(?P<to>(?:19|20)\d\d)\b")
_BETWEEN = re.compile(
    r"\b(?:between|zwischen)\s+(?P<from>(?:19|20)\d\d)\s+(?:and|und)\s+(?P<to>(?:19|20)\d\d)\b"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """What figures are compared with ("less than 100 million"). `scale` is 1 where none is said."""

    value: Decimal
    scale: Decimal
    percent: bool


@dataclass(frozen=True, slots=True)
class TableQuestion:
    """`years` as the question names them, in its order; `is_range` if all years between them are meant, too."""

    text: str
    operation: Operation
    years: tuple[str, ...]
    is_range: bool = False
    # of which_year and which_row: the highest, or above the limit; else the lowest, or below
    most: bool = True
    limit: Limit | None = None
    unsigned: bool = False  # of change: a difference, which is never below zero


def read_table_question(text: str) -> TableQuestion:
    """What the question wants; "value" where it names no calculation."""
    named = tuple(dict.fromkeys(years(text)))
    operation: Operation = next((name for name, says in _TESTS if says(text, named)), "value")
    span = _RANGE.search(text) or _BETWEEN.search(text)
    is_range = span is not None and abs(int(span["to"]) - int(span["from"])) >= 2
    return TableQuestion(
        text, operation, named, is_range, not _LESS.search(text), _limit(text), bool(_DIFFERENCE.search(text))
    )


def asks_extreme(text: str) -> bool | None:
    """True for a question of which thing has most ("Which customer has the highest discount?"), False for least, None for others."""
    found = _WHICH_ROW.search(text) and _EXTREME.search(text)
    return not _LESS.search(found.group()) if found else None


def asked_nouns(text: str, language: str) -> frozenset[str]:
    """The thing that "Which ...?" asks for, as stems: "salary band" of "Which salary band has the highest entry?"."""
    found = _ASKED_THING.search(text)
    return frozenset(content_words(found["thing"], language)) if found else frozenset()


def _limit(text: str) -> Limit | None:
    for match in _LIMIT.finditer(text):
        value = parse_number(match["number"])
        if value is None or (reads_as_year(match["number"]) and not match["scale"]):
            continue
        word = (match["scale"] or "").lower()
        scale = SCALES.get(word, SCALES.get(word.rstrip("s"), Decimal(1))) if word else Decimal(1)
        return Limit(value, scale, bool(match["percent"]))
    return None


def _compares(text: str) -> bool:
    return bool(_MORE.search(text) or _LESS.search(text))


def _is_average(text: str, named: tuple[str, ...]) -> bool:
    bare = _NO_AVERAGE.sub("", text)
    return bool(_AVERAGE.search(bare)) or (
        bool(_AVERAGE.search(text))
        and len(named) > 1
        and not re.search(r"\brespective", text)
        and not _CHANGE.search(text)
    )


def _is_change(text: str, named: tuple[str, ...]) -> bool:
    # "What was the change in X?"; a row "Changes in working capital" is asked for with "What was the changes in ..."
    return bool(_CHANGE.search(text)) and (len(named) != 1 or not re.search(r"\brespective", text))


_TESTS: tuple[tuple[Operation, Callable[[str, tuple[str, ...]], bool]], ...] = (
    ("count", lambda text, named: bool(_COUNT.search(text)) and _limit(text) is not None),
    ("count_rows", lambda text, named: bool(_COUNT.search(text)) and bool(_PARTS.search(text))),
    ("percent", lambda text, named: bool(_PERCENT.search(text))),
    ("which_year", lambda text, named: bool(_WHICH_YEAR.search(text)) and _compares(text)),
    ("list_years", lambda text, named: bool(_WHICH_YEAR.search(text)) and len(named) < 2 and not asks_quarter(text)),
    ("list_rows", lambda text, named: bool(_PARTS.search(text)) and bool(_ASKS_PARTS.search(text)) and not _compares(text)),
    ("which_row", lambda text, named: bool(_WHICH_ROW.search(text)) and _compares(text)),
    ("share", lambda text, named: bool(_SHARE.search(text))),
    ("ratio", lambda text, named: bool(_RATIO.search(text))),
    ("average", _is_average),
    ("change", _is_change),
    ("sum", lambda text, named: bool(_SUM.search(text)) or (bool(_TOTAL.search(text)) and len(named) > 1 and "respective" not in text)),
)  # fmt: skip
