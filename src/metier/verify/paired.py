"""Figures and their years: which figure a text gives for which year.

A sentence that exchanges two figures of its source holds every word and number of it. So where both say for which year
each figure stands ("$5 in 2019 and $4 in 2018", "$5 and $4 in 2019 and 2018, respectively"), a figure counts as given only for its year.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from metier.text.quantities import Quantity, quantities, same_quantity
from metier.text.sentences import split_sentences

YEAR = re.compile(r"(?<![\d.,/-])(?:19|20)\d\d(?![\d.,/%]*\d|%)")
_LOOKS_BACK = re.compile(
    r"\b(?:from|prior|previous|last|before|compared|than|vorjahr\w*|vorher\w*|zuvor|von|gegenüber|als|verglichen)\b",
    re.IGNORECASE,
)
IN_ORDER = re.compile(r"\brespectively\b|\bjeweils\b|\bbeziehungsweise\b|\bbzw\.", re.IGNORECASE)


def exchanged(stated: Sequence[Quantity], text: str, cited: str, language: str) -> list[Quantity]:
    """Those of `stated`, the quantities of `text`, that `cited` gives for another year than `text` does, and not for that one."""
    said = [*_by_year(text, stated).items()] or _of_one_year(text, stated)
    if not said:
        return []
    told = _told(cited, language)
    found = []
    for year, quantity in said:
        own = [of[year] for of in told if year in of]
        others = [other for of in told for key, other in of.items() if key != year]
        if own and not _among(quantity, own) and _among(quantity, others):
            found.append(quantity)
    return found


def _of_one_year(text: str, stated: Sequence[Quantity]) -> list[tuple[str, Quantity]]:
    """All figures, where the text names a single year and looks back at no other ("from $4 to $5 in 2019")."""
    years = list(YEAR.finditer(text))
    if len(years) != 1 or _LOOKS_BACK.search(text):
        return []
    return [(years[0].group(), quantity) for quantity in stated if quantity.start != years[0].start()]


@lru_cache(maxsize=256)
def _told(cited: str, language: str) -> tuple[Mapping[str, Quantity], ...]:
    found = []
    for start, end in split_sentences(cited, language):
        sentence = cited[start:end]
        given = quantities(sentence, language)
        for unit in sorted({quantity.unit for quantity in given}):
            if pairs := _by_year(sentence, [quantity for quantity in given if quantity.unit == unit]):
                found.append(pairs)
    return tuple(found)


def _by_year(text: str, given: Sequence[Quantity]) -> Mapping[str, Quantity]:
    """Year -> its figure; empty where it is not plain which belongs to which."""
    years = [(match.start(), match.group()) for match in YEAR.finditer(text)]
    taken = {start for start, _ in years}
    values = [quantity for quantity in given if quantity.start not in taken]
    names = [year for _, year in years]
    if len(values) != len(names) or len(set(names)) < len(names) or len(names) < 2:
        return {}
    order = "".join(
        kind for _, kind in sorted([*((at, "y") for at, _ in years), *((one.start, "v") for one in values)])
    )
    in_turn = order in ("yv" * len(names), "vy" * len(names))
    in_order = IN_ORDER.search(text) is not None and order in (
        "y" * len(names) + "v" * len(names),
        "v" * len(names) + "y" * len(names),
    )
    return dict(zip(names, values, strict=True)) if in_turn or in_order else {}


def _among(quantity: Quantity, others: Sequence[Quantity]) -> bool:
    return any(same_quantity(quantity, other, rounding=True) for other in others)
