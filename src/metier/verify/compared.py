"""Years compared: "higher in 2018 than in 2017" of a row is held against the row's own figures.

A sentence that only compares gives no number, so nothing else would notice that it has the years the wrong way round. What
is judged is one row, its columns by the years in their heads, and one comparison; signs, several units and other words than
those below are left alone.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from metier.text.quantities import Quantity, quantities
from metier.verify.paired import YEAR
from metier.verify.rows import CitedRow

_MORE: Final = re.compile(
    r"\b(?:higher|larger|greater|bigger|more|highest|largest|greatest|biggest|most|increased?|rose|grew|gestiegen|stieg|"
    r"höher|größer|höchsten?|größten?|am höchsten|am größten)\b(?!\s+than\s+\W?\d)",
    re.IGNORECASE,
)
_LESS: Final = re.compile(
    r"\b(?:lower|smaller|less|fewer|lowest|smallest|least|fewest|decreased?|declined?|fell|dropped|gesunken|sank|"
    r"niedriger|geringer|kleiner|niedrigsten?|geringsten?|kleinsten?)\b(?!\s+than\s+\W?\d)",
    re.IGNORECASE,
)
_MOST: Final = re.compile(r"most|least|(?:am )?\w+(?:est|sten?)", re.IGNORECASE)
_CHANGES: Final = re.compile(
    r"\b(?:increased?|rose|grew|decreased?|declined?|fell|dropped|gestiegen|stieg|gesunken|sank)\b",
    re.IGNORECASE,
)
_SINCE: Final = re.compile(r"\b(?:since|after|until|before|seit|nach|bis|vor)\b", re.IGNORECASE)
_FIGURE: Final = re.compile(r"\d(?:[\d.,]*\d)?")
_BESIDE: Final = re.compile(r"\b(?:than|compared|versus|vs|als|gegenüber|verglichen)\b", re.IGNORECASE)


def miscompared(text: str, rows: Sequence[CitedRow], language: str) -> str:
    """The words of a comparison of years that the figures of the one cited row contradict; "" if there is none."""
    more, less = _MORE.search(text), _LESS.search(text)
    if len(rows) != 1 or (more is None) == (less is None):
        return ""
    match = more or less
    assert match is not None
    figures = _of_years(rows[0], language)
    stated = _without_years(quantities(text, language), text)
    if len(figures) < 2 or min(figures.values()) < 0 or len(stated) == 1:
        return ""  # one figure: how much it changed by, which is no figure of a column
    pair = _sides(text, match, list(figures))
    if not pair:
        return ""
    subject, others = figures[pair[0]], [figures[year] for year in pair[1:]]
    is_so = all(subject > other if more else subject < other for other in others)
    return "" if is_so else f"{match.group()} in {pair[0]}"


def of_two_years(
    text: str, rows: Sequence[CitedRow], stated: Sequence[Quantity], language: str
) -> list[Quantity]:
    """The one figure of a sentence that names two years of the cited row and compares nothing, though the row has another figure for
    one of them: "The fees of both 2018 and 2019 were 86"."""
    figures = _of_years(rows[0], language) if len(rows) == 1 else {}
    years = {match.group() for match in YEAR.finditer(text)}
    given = _without_years(stated, text)
    is_plain = len(years) > 1 and years <= set(figures) and len({figures[year] for year in years}) > 1
    if not is_plain or len(given) != 1 or any(form.search(text) for form in (_MORE, _LESS, _BESIDE, _SINCE)):
        return []
    other = " ".join(cell for head, cell in rows[0].cells[1:] if not YEAR.search(head))
    written = [(item, _FIGURE.search(text, item.start, item.end)) for item in given]
    return [item for item, match in written if match and match.group() not in _FIGURE.findall(other)]


def _without_years(stated: Sequence[Quantity], text: str) -> list[Quantity]:
    return [item for item in stated if not YEAR.fullmatch(text[item.start : item.end])]


def _of_years(row: CitedRow, language: str) -> dict[str, Decimal]:
    """Year -> the figure of its column; none of a year that has two columns, none at all of a row with figures below zero."""
    found: dict[str, list[Quantity]] = {}
    for head, cell in row.cells:
        years = {match.group() for match in YEAR.finditer(head)}
        given = quantities(cell, language)
        if years and "(" in cell:
            return {}  # below zero, or with a remark
        if len(years) == 1 and len(given) == 1:
            found.setdefault(years.pop(), []).extend(given)
    if len({one.unit for given in found.values() for one in given}) != 1:
        return {}
    return {year: given[0].value for year, given in found.items() if len(given) == 1}


def _sides(text: str, match: re.Match[str], known: Sequence[str]) -> list[str]:
    """The year that is said to be more (or less), then those it is compared with; empty where that is not plain."""
    said = [found.group() for found in YEAR.finditer(text)]
    if not said or len(set(said)) < len(said) or not set(said) <= set(known):
        return []
    if _CHANGES.fullmatch(match.group()):
        return sorted(said, reverse=True) if len(said) == 2 else []
    beside = _BESIDE.search(text)
    if len(said) == 1:
        rest = [year for year in known if year != said[0]]
        alone = beside is None and (len(rest) == 1 or _MOST.fullmatch(match.group()) is not None)
        return [*said, *rest] if alone else []
    if len(said) == 2 and beside is not None:
        first = text.index(said[0])
        return said if beside.start() > first else said[::-1]
    return []
