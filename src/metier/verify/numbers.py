"""Numbers: every number with its unit that a statement gives stands in its cited text.

Scale words, units of one dimension (12 months = 1 year) and rounding to the digits shown are the same number. The
result of a calculation is supported if the calculation stands beside it, is right, and its operands are in the cited
text; a sum without its operands is not.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from metier.text.arithmetic import calculations
from metier.text.numbers import NUMBER, parse_number
from metier.text.quantities import Quantity, number_word, quantities, same_quantity
from metier.types import Draft, Evidence, Finding, Query
from metier.verify.align import Alignment, align, share_given
from metier.verify.compared import miscompared, of_two_years
from metier.verify.paired import exchanged
from metier.verify.rows import misread

_NUMBER = re.compile(NUMBER)
_BRACKETED = re.compile(rf"\([$€£¥]?\s?(?P<number>{NUMBER})\)?")  # how tables write what is below zero
_WORD = re.compile(r"[^\W\d_]+")


class Numbers:
    """Share of a statement's quantities that its cited text states."""

    name = "numbers"

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        """One finding per statement; score 1 if it has no numbers."""
        found = []
        for statement in draft.statements:
            alignment = align(statement, evidence)
            stated = quantities(statement.text, alignment.language)
            missing: Sequence[Quantity] = ()
            if stated:
                missing = _missing(stated, statement.text, alignment)
                missing = _underived(missing, statement.text, alignment.language)
            written = [statement.text[quantity.start : quantity.end] for quantity in missing]
            if wrong := miscompared(statement.text, alignment.rows, alignment.language):
                written.append(wrong)
            found.append(share_given(self.name, statement, written, max(len(stated), len(written))))
        return found


def _missing(stated: Sequence[Quantity], text: str, alignment: Alignment) -> list[Quantity]:
    if not alignment.rows:
        missing = unsupported(stated, f"{alignment.cited}\n{alignment.context}", alignment.language)
        return [*missing, *exchanged(stated, text, alignment.cited, alignment.language)]
    missing = misread(stated, alignment.rows, text, alignment.context, alignment.language)
    missing += [
        item for item in of_two_years(text, alignment.rows, stated, alignment.language) if item not in missing
    ]
    # "2024: 35,516", "Borrowings (3)": a figure of a head, of the row's name, or of what stands above the table, is told there
    names = [text for row in alignment.rows for text in (*(head for head, _ in row.cells), row.cells[0][1])]
    return unsupported(missing, "\n".join((*names, alignment.context)), alignment.language)


def unsupported(stated: Sequence[Quantity], cited: str, language: str) -> list[Quantity]:
    """The quantities of `stated` that `cited` does not give."""
    given, bare = _given(cited, language)
    return [
        quantity
        for quantity in stated
        if not any(_matches(quantity, other) for other in given)
        and (quantity.unit or quantity.value not in bare)
    ]


def _underived(missing: Sequence[Quantity], text: str, language: str) -> list[Quantity]:
    """Those that are not the result of a right calculation whose operands are all supported."""
    places = [
        item.result
        for item in calculations(text, language)
        if not any(
            item.terms[0] <= quantity.start < item.terms[1] and quantity.start != item.count
            for quantity in missing
        )
    ]
    counts = {item.count for item in calculations(text, language)}
    return [
        quantity
        for quantity in missing
        if quantity.start not in counts
        and not any(quantity.start <= start and end <= quantity.end for start, end in places)
    ]


@lru_cache(maxsize=256)
def _given(cited: str, language: str) -> tuple[tuple[Quantity, ...], frozenset[Decimal]]:
    """Quantities of the cited text, and every number in it, also those inside dates and compounds ("ten-pin"): enough
    for a number that is stated without a unit."""
    values = {
        value
        for match in _NUMBER.finditer(cited)
        if (value := parse_number(match.group(), language)) is not None
    }
    values |= {
        -value
        for match in _BRACKETED.finditer(cited)
        if (value := parse_number(match["number"], language)) is not None
    }
    spelled = {Decimal(count) for word in _WORD.findall(cited) if (count := number_word(word)) is not None}
    one = {Decimal(1)} if re.search(r"\b(?:one|eins?|first|erste[rsnm]?)\b", cited, re.IGNORECASE) else set()
    return tuple(quantities(cited, language)), frozenset(values | spelled | one)


def _matches(stated: Quantity, given: Quantity) -> bool:
    # A unit the source gives may be left out in a statement ("30" for "30 days"), and a table may give it in a column
    # head; a different unit is a different claim.
    if not same_quantity(stated, given, rounding=True):
        return False
    return not (stated.kind == "reference" and given.kind not in ("reference", "number"))
