"""Does a candidate answer say what a person wrote? By its values (figures with their scale, cells, labels), else by its words.

"-3.62 percent" is no sentence of any document: an edit whose answer is computed or stands in a cell is found by its value. It
is strict where `labels.carries` is lenient: a sentence that holds the figure among others does not *answer* with it. It does
not know units that only a table's caption names, and reads a paraphrase as another answer.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

from metier.evaluate.figures import Figure, figures
from metier.evaluate.matching import token_f1
from metier.types import Statement

_ALIKE = 0.5  # F1 of words from which two wordings are one answer; the authors of TAT-QA count half of the words as half right
_SHORT = 12  # words of a sentence that is about its figure; a longer one explains, and mentions years and shares besides
_SCALES = {"thousand": 3, "million": 6, "billion": 9, "tausend": 3, "millionen": 6, "milliarden": 9}
_SCALE_AT_END = re.compile(rf"\b({'|'.join(_SCALES)}|percent|prozent|%)\s*\.?\s*$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
_UNITS_IN_FIGURES = frozenset({"usd", "eur", "gbp", "chf", "rmb", "percent", "prozent", *_SCALES})


def says_same(statement: Statement, answers: Sequence[str]) -> bool:
    """True if the statement's short answer, or its sentence where it has none, is one of the answers."""
    told = ", ".join(statement.values)
    said = f"{told} {statement.scale}".strip() if told else statement.text
    return any(_same(said, answer) for answer in answers)


def contradicts(statement: Statement, answers: Sequence[str]) -> bool:
    """True if the short answer is figures, and some of them are in none of the answers."""
    if not statement.values:
        return False
    said = _figures(f"{', '.join(statement.values)} {statement.scale}".strip())
    wanted = [figure for answer in answers for figure in _figures(answer)]
    return bool(said and wanted) and not all(any(_equal(one, other) for other in wanted) for one in said)


def _same(said: str, answer: str) -> bool:
    """True if both are figures and these are equal one to one, or if their words are alike."""
    ours, theirs = _figures(said), _figures(answer)
    if _is_figures(said) and _is_figures(answer):
        return len(ours) == len(theirs) and _one_to_one(ours, theirs)
    if _is_figures(said):  # a figure for a person's short sentence: it must be what that says first
        first = theirs[:1] if len(answer.split()) <= _SHORT else []
        return (
            bool(first)
            and _one_to_one(first, ours[:1])
            and all(any(_equal(a, b) for b in theirs) for a in ours)
        )
    return token_f1(said, [answer]) >= _ALIKE


def _one_to_one(ours: Sequence[Figure], theirs: Sequence[Figure]) -> bool:
    left = list(theirs)
    for one in ours:
        found = next((other for other in left if _equal(one, other)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def _equal(one: Figure, other: Figure) -> bool:
    """The same number in the same unit, up to the last digit of the one that is written more coarsely."""
    if (one.unit == "%") != (other.unit == "%") or (one.unit and other.unit and one.unit != other.unit):
        return False
    # "5,313" is five thousand or five: both figures are read in the same way
    ours, theirs = sorted(one.values), sorted(other.values)
    pairs = zip(ours, theirs, strict=True) if len(ours) == len(theirs) else product(ours, theirs)
    return any(_near(a, one.scale, b, other.scale) for a, b in pairs)


def _near(one: Decimal, scale: int, other: Decimal, other_scale: int) -> bool:
    step = max(_step(one, scale), _step(other, other_scale))
    return abs(one.scaleb(scale) - other.scaleb(other_scale)) <= step / 2


def _step(value: Decimal, scale: int) -> Decimal:
    """The worth of the last digit; of whole numbers none may be rounded away."""
    exponent = int(value.as_tuple().exponent)
    return Decimal(1).scaleb(exponent + scale) if exponent < 0 else Decimal(0)


def _figures(text: str) -> list[Figure]:
    """The figures of a text; what a list says of scale at its end holds for all of it ("65, 114 million")."""
    found = figures(text)
    end = _SCALE_AT_END.search(text)
    if end is None:
        return found
    word = end.group(1).lower()
    if word in _SCALES:
        return [replace(one, scale=one.scale or _SCALES[word]) for one in found]
    return [replace(one, unit=one.unit or "%") for one in found]


def _is_figures(text: str) -> bool:
    """True if the text is figures and their units, and no sentence."""
    others = [word for word in _WORD.findall(text) if word.lower() not in _UNITS_IN_FIGURES]
    found = figures(text)
    return bool(found) and len(others) <= len([one for one in found if one.unit not in ("", "%")])
