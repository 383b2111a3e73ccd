"""Cells that say a range, "above 2,500 up to 20,000": which of them does the number of a question fall into? English and German.

"Who approves an order of EUR 50,000?" means the row of its range, however alike the others are. It knows one number a side; units are
taken to be those of the column.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from metier.text.numbers import NUMBER, parse_number
from metier.text.quantities import quantities

_ABOVE = r"(?P<above>above|over|more than|greater than|exceeding|über|mehr als|>)"
_FROM = r"(?P<from>from|at least|not less than|minimum|ab|von|mindestens|≥|>=)"
_UP_TO = r"(?P<upto>up to|to|until|at most|not more than|no more than|maximum|bis zu|bis|höchstens|maximal|≤|<=|-|–)"
_BELOW = r"(?P<below>below|under|less than|fewer than|unter|weniger als|<)"
_FILL = r"(?:[A-Za-z€$£]{1,4}\s?)?"  # a currency before the number
_UNIT = r"(?:\s*[%€°]?\s*[^\W\d]{1,12}\.?)?"
_RANGE = re.compile(
    rf"^\W*(?:(?:{_ABOVE}|{_FROM})?\s*{_FILL}(?P<low>{NUMBER}){_UNIT}?\s*(?:and|und|,)?\s*)?(?:(?:{_UP_TO}|{_BELOW})\s*{_FILL}(?P<high>{NUMBER}))?"
    rf"(?:\s*(?:and|or|und|oder) (?:more|above|over|mehr|darüber)|{_UNIT}(?:\s[^\W\d]+){{0,2}})\W*$",
    re.IGNORECASE,
)
_OPEN = re.compile(r"\b(?:and|or|und|oder) (?:more|above|over|mehr|darüber)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, None where it is open; `above` if `low` itself is not in it, `below` if `high` is not."""

    low: Decimal | None
    high: Decimal | None
    above: bool = False
    below: bool = False

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, Decimal):
            return False
        if self.low is not None and (value < self.low or (self.above and value == self.low)):
            return False
        return self.high is None or value < self.high or (value == self.high and not self.below)


@lru_cache(maxsize=1 << 12)
def range_of(cell: str, language: str = "") -> Range | None:
    """The range that a cell says; None if it says none."""
    found = _RANGE.match(cell)
    if found is None or not (found["low"] or found["high"]):
        return None
    low = parse_number(found["low"], language) if found["low"] else None
    high = parse_number(found["high"], language) if found["high"] else None
    if found["low"] and high is None and not (found["above"] or found["from"] or _OPEN.search(cell)):
        return None  # a number is no range
    if low is not None and high is not None and low > high:
        return None  # "6379-20" is an article
    return Range(low, high, bool(found["above"]), bool(found["below"]))


def asked_amounts(question: str, language: str) -> tuple[Decimal, ...]:
    """The numbers with a unit that a question names: EUR 50,000, 12 years."""
    return tuple(
        one.value / one.scale
        for one in quantities(question, language)
        if one.unit and one.kind not in ("reference", "clock")
    )
