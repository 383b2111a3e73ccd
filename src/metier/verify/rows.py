"""Rows of a table as what a statement rests on: its own cells with their heads, and nothing of the rows beside it.

A row has no sentence: word order and function words mean nothing there, and what it says is bound to columns. So a figure counts as
given only in a column that the statement speaks of, in the unit and scale that its head, its row or the line above the table
tells, and a label of another row is one that this row does not have.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from metier.text.analyze import content_set
from metier.text.quantities import Quantity, quantities, same_quantity
from metier.text.statements import Piece, holding, pieces
from metier.text.units import CURRENCIES_BEFORE, FACTORS, SCALED_CURRENCIES, SCALES, UNITS, unit_of
from metier.types import Citation, Evidence

_ABOVE = 300  # characters between a table and the text above it that still belongs to it
_LINES = 2  # of that text
_BRACKETED = re.compile(r"^\W*\([^()]*\d[^()]*\)\W*$")
_TOKEN = re.compile(r"[^\s|;:,()\[\]]+")
_BRACKETS = re.compile(r"\([^()]*\)")
_REMARK = re.compile(r"^\s*\([^()]*\)\s*$")
_UNIT_HEAD = re.compile(r"^\W*(?:units?|einheit(?:en)?|u\.?)\W*$", re.IGNORECASE)
_MONEY = frozenset({unit for unit, kind in UNITS.values() if kind == "money"} | {*CURRENCIES_BEFORE.values()})


@dataclass(frozen=True, slots=True)
class CitedRow:
    """One row: (head, cell) in order, as it is told, the words of its first cell, and those of the other rows' first cells."""

    cells: tuple[tuple[str, str], ...]
    text: str
    label: frozenset[str]
    others: tuple[frozenset[str], ...]


def cited_rows(citations: Sequence[Citation], evidence: Sequence[Evidence]) -> tuple[CitedRow, ...]:
    """The rows that are cited; none unless every citation is of rows of a table."""
    found: list[CitedRow] = []
    for citation in citations:
        rows = list(_rows(citation, evidence))
        if not rows:
            return ()
        found += rows
    return tuple(dict.fromkeys(found))


def line_above(citation: Citation, evidence: Sequence[Evidence]) -> str:
    """The last lines of text above the table: "All figures in EUR thousand."; "" if they were not retrieved."""
    table = holding(citation, evidence)
    before = [
        item.passage
        for item in evidence
        if table is not None
        and item.passage.document == table.document
        and item.passage.kind != "table"
        and table.start - _ABOVE <= item.passage.end <= table.start
    ]
    return "\n".join(max(before, key=lambda one: one.end).text.splitlines()[-_LINES:]) if before else ""


def misread(
    stated: Sequence[Quantity], rows: Sequence[CitedRow], text: str, context: str, language: str
) -> list[Quantity]:
    """The quantities of the statement `text` that no row gives in a column, unit and scale that fit; `context` are title, headings
    and the lines above the table."""
    said = content_set(text, language)
    read = [_Read(row, context, said, stated, language) for row in _named(rows, said)]
    return [item for item in stated if not any(one.gives(item) for one in read)]


def other_labels(rows: Sequence[CitedRow], said: frozenset[str], known: frozenset[str]) -> list[str]:
    """The words said, and not `known`, of rows that are named better than the cited ones are."""
    own = max((_share(row.label, said) for row in rows), default=0.0)
    named = [label for row in rows for label in row.others if _share(label, said) > own]
    return sorted({word for label in named for word in label & said} - known)


def _named(rows: Sequence[CitedRow], said: frozenset[str]) -> list[CitedRow]:
    """Of several rows, where one is named in full, those of which a word of the name is said that is not in that one's."""
    full = next((row for row in rows if row.label and row.label <= said), None)
    if full is None:
        return list(rows)
    return [row for row in rows if row.label <= full.label or (row.label - full.label) & said]


def _share(words: frozenset[str], said: frozenset[str]) -> float:
    return len(words & said) / len(words) if words else 0.0


class _Read:
    """One row beside the words and quantities of a statement."""

    def __init__(
        self, row: CitedRow, context: str, said: frozenset[str], stated: Sequence[Quantity], language: str
    ) -> None:
        # of the table: a head that is nothing else, or what the head of the names holds, "($ in millions) At December 31"
        remarks = " ".join(
            [*(head for head, _ in row.cells if _REMARK.match(head)), *_BRACKETS.findall(row.cells[0][0])]
        )
        around = f"{context} {remarks}"
        self._columns = [_Column(head, cell, row, around, said, language) for head, cell in row.cells]
        self._unsaid = [
            one for one in self._columns if one.given and not any(one.holds(item) for item in stated)
        ]

    def gives(self, stated: Quantity) -> bool:
        """Whether a column states it, and none whose head the statement names better holds something else."""
        holding = [one for one in self._columns if one.holds(stated)]
        if not holding:
            return False
        best = max(one.named for one in holding)
        return all(one.named <= best for one in self._unsaid)


class _Column:
    """One cell with its head. `named` is the share of the head's words that the statement says."""

    def __init__(
        self, head: str, cell: str, row: CitedRow, context: str, said: frozenset[str], language: str
    ) -> None:
        self.named = _share(content_set(head, language), said)
        self.given = quantities(cell, language)
        if _BRACKETED.match(cell):  # how tables write what is below zero
            self.given = [*self.given, *(_times(item, Decimal(-1)) for item in self.given)]
        beside = " ".join(cell for name, cell in row.cells if _UNIT_HEAD.match(name))
        self._units = _units(head) | _units(beside, alone=True) | _units(cell)
        self._around = _units(context)
        self._excepts = "except" in context.lower()  # "in thousands, except per share amounts"
        self._scales = _scales(f"{head} {beside}") or _scales(context)

    def holds(self, stated: Quantity) -> bool:
        """Whether the cell gives this amount, in its own unit and scale or in those told of it."""
        return any(self._is(stated, given) for given in self.given)

    def _is(self, stated: Quantity, given: Quantity) -> bool:
        if "reference" in (stated.kind, given.kind):
            return same_quantity(stated, given, rounding=True)
        if not given.unit:
            if stated.unit and not self._may_be(stated.unit):
                return False
            given = replace(given, unit=stated.unit, kind=stated.kind)
            if stated.unit in _MONEY and stated.scale == given.scale == 1 and self._must_be_scaled():
                return False  # "EUR 7,772" of a table in EUR thousand
        factors = self._scales if stated.scale != 1 and given.scale == 1 else ()
        return any(
            same_quantity(stated, _times(given, factor), rounding=True) for factor in factors or (Decimal(1),)
        )

    def _must_be_scaled(self) -> bool:
        """Whether amounts are in thousands or millions; a unit in the head itself leaves what is said above the table aside."""
        return bool(self._scales) and not self._units and not self._excepts

    def _may_be(self, unit: str) -> bool:
        """Whether a figure without a unit may be of this one: where nothing of its dimension is told, or this is."""
        for told in (self._units, self._around):
            if kin := {other for other in told if _kin(other, unit)}:
                return unit in kin
        return True


def _times(item: Quantity, factor: Decimal) -> Quantity:
    return replace(item, value=item.value * factor, step=item.step * abs(factor))


def _kin(one: str, other: str) -> bool:
    """Whether both measure the same: two currencies, kg and g."""
    if one == other or {one, other} <= _MONEY:
        return True
    return one in FACTORS and other in FACTORS and FACTORS[one][0] == FACTORS[other][0]


def _units(text: str, alone: bool = False) -> frozenset[str]:
    """Units that the text names; single letters ("A", "m") only where it is nothing else (`alone`)."""
    tokens = [token.strip(".") for token in _TOKEN.findall(text)]
    found = {
        unit_of(token)[0] or CURRENCIES_BEFORE.get(token, "") for token in tokens if len(token) > 1 or alone
    }
    found |= {CURRENCIES_BEFORE[sign] for sign in "€$£" if sign in text}
    found |= {"%"} if "%" in text else set()
    return frozenset(found - {""})


def _scales(text: str) -> frozenset[Decimal]:
    """Factors that the text names: "EUR thousand", "TEUR"."""
    tokens = [token.strip(".").lower() for token in _TOKEN.findall(text)]
    return frozenset(
        scale
        for token in tokens
        if len(token) > 1 and (scale := SCALES.get(token) or SCALED_CURRENCIES.get(token)) is not None
    )


def _rows(citation: Citation, evidence: Sequence[Evidence]) -> Iterator[CitedRow]:
    passage = holding(citation, evidence)
    if passage is None or passage.kind != "table":
        return
    known = [item for item in pieces(passage) if item.is_row and item.cells]
    cited = [item for item in known if item.start < citation.end and citation.start < item.end]
    for item in cited:
        others = tuple(_label(other, passage.language) for other in known if other not in cited)
        yield CitedRow(item.cells, _told(item), _label(item, passage.language), others)


def _told(row: Piece) -> str:
    """The row without remarks as heads: "(in millions, except per share amounts)" is said of the table."""
    heads = ["" if _REMARK.match(head) else head for head, _ in row.cells]
    return "; ".join(
        f"{head}: {cell}" if head else cell for head, (_, cell) in zip(heads, row.cells, strict=True)
    )


def _label(row: Piece, language: str) -> frozenset[str]:
    return content_set(row.cells[0][1], language)
