"""The cells of a table that a question means: a row by the words of its label, a column by the year and the words of its head."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from metier.generate.tables import PERCENT, Table, says_percent, scale_of
from metier.text.analyze import content_words
from metier.text.grid import Figure, Row, figure, years
from metier.text.numbers import reads_as_year
from metier.text.quarters import asks_part, names_only_quarters
from metier.text.table_question import TableQuestion

ASKING = frozenset(
    content_words(
        "company group amount value values respective respectively fiscal year years end ended total change percentage "
        "percent average difference increase decrease ratio sum between proportion much many table following calculated "
        "period periods number figure figures recorded reported business",
        "en",
    )
) - {"total"}
_UNSCALED = re.compile(
    r"\bper (?:\w+ )?(?:share|unit|employee)|\bnumber of\b|\bratio\b|\bin (?:years|months|days)\b|\blife\b|%|percent",
    re.IGNORECASE,
)
_PER_SHARE = re.compile(r"\bper (?:\w+ )?share\b", re.IGNORECASE)
LEAST = 0.35  # likeness of a label and a question from which the row is meant


@dataclass(frozen=True, slots=True)
class Pick:
    """A cell that was chosen."""

    row: Row
    column: int
    figure: Figure


@dataclass(frozen=True)
class Cells:
    """One question put to one table."""

    asked: TableQuestion
    language: str
    table: Table
    is_meant: bool = False  # its only row is the one that is asked for

    def words(self, text: str) -> frozenset[str]:
        return _own_words(text, self.language)

    def rows(self, text: str) -> list[tuple[float, Row]]:
        """Rows with a figure, best first, with the likeness of their labels to the text."""
        wanted = self.words(text)
        known = {
            word
            for row in self.table.grid.rows
            for word in self.words(f"{row.label or 'total'} {row.section}")
        }
        here = wanted & known
        plain = _plain(text)
        scored = []
        for number, row in enumerate(self.table.grid.rows):
            own = self.words(row.label) or frozenset({"total"} if not row.label else ())
            above = self.words(row.section) - own
            hits = len(own & wanted) + 0.5 * len(above & wanted)
            score = 2 * hits / (len(own) + len(here) + 0.01) if own and here else 0.0
            if row.label and len(own) and _plain(row.label) in plain:
                score += 0.5
            if years(row.section) and self.asked.years:
                score += 0.4 if set(years(row.section)) & set(self.asked.years) else -0.4
            scored.append((-score, number, row))
        scored.sort(key=lambda item: item[:2])
        return [(-score, row) for score, _, row in scored]

    def row(self, text: str = "") -> tuple[float, Row] | None:
        best = next(iter(self.rows(text or self.asked.text)), None)
        if best and self.is_meant:
            return 1.0, best[1]
        return best if best and best[0] >= LEAST else None

    def pick(self, row: Row, year: str = "") -> Pick | None:
        """The cell of the row in the column that the year and the words of the question mean; None if it has no figure there."""
        wanted = self.words(self.asked.text)
        percent = bool(PERCENT.search(self.asked.text)) and self.asked.operation == "value"
        options: list[tuple[bool, int, int, Figure]] = []
        for number, head in enumerate(self.table.grid.heads):
            found = figure(row.cells[number], self.table.language)
            if found is None or (year and year != year_of(head)):
                continue
            is_percent = found.percent or says_percent(head)
            options.append((is_percent != percent, -len(self.words(head) & wanted), number, found))
        if not options:
            return None
        _, _, column, chosen = min(options, key=lambda option: option[:3])
        return Pick(row, column, chosen)

    def pick_between(self, row: Row) -> Pick | None:
        """The cell in the column that is about just the years of the question together, and a word of it ("2019 vs. 2018,
        variance"); None if there is none, or it names fewer than two."""
        wanted, named = self.words(self.asked.text), set(self.asked.years)
        options = [
            (len(self.words(head) & wanted), -number, found)
            for number, head in enumerate(self.table.grid.heads)
            if len(named) > 1 and set(years(head)) == named and self.words(head) & wanted
            if (found := figure(row.cells[number], self.table.language))
        ]
        if not options:
            return None
        _, place, chosen = max(options, key=lambda option: option[:2])
        return Pick(row, -place, chosen)

    def is_other_year(self) -> bool:
        """True if the question names a year of which neither the table nor its document speaks."""
        grid = self.table.grid
        told = {
            year
            for text in (*grid.heads, *(row.section for row in grid.rows), *(row.label for row in grid.rows))
            for year in years(text)
        }
        return bool(self.asked.years) and not set(self.asked.years) & (told | self.table.years)

    def has_only_parts(self) -> bool:
        """True if the question is about a year and the table about its quarters."""
        if asks_part(self.asked.text):
            return False
        named = [(year, head) for head in self.table.grid.heads for year in self.asked.years if year in head]
        return bool(named) and all(names_only_quarters(year, head) for year, head in named)

    @property
    def year(self) -> str:
        """The first year that the question names, "" if it names none."""
        return self.asked.years[0] if self.asked.years else ""

    def periods(self) -> tuple[str, ...]:
        """The years that the heads name, in their order."""
        return tuple(dict.fromkeys(filter(None, map(year_of, self.table.grid.heads))))

    def meant(self) -> tuple[str, ...]:
        """The years of the question, those between them if it names a range, all of the table if it names none."""
        named = self.asked.years
        if not named:
            return self.periods()
        if self.asked.is_range:
            low, high = min(named), max(named)
            between = [year for year in sorted(self.periods()) if low <= year <= high]
            return tuple(between if named[0] <= named[-1] else reversed(between))
        return named

    def picks(self, row: Row, wanted: Sequence[str]) -> list[Pick] | None:
        """One cell for each year, as `pick_each`; without years in the heads all figures of the row."""
        if not self.periods():
            every = [(number, figure(cell, self.table.language)) for number, cell in enumerate(row.cells)]
            return [Pick(row, number, found) for number, found in every if found]
        return self.pick_each(row, wanted)

    def pick_each(self, row: Row, wanted: Sequence[str]) -> list[Pick] | None:
        """One cell for each year; None if one is missing."""
        found = [pick for year in wanted if (pick := self.pick(row, year))]
        return found if len(found) == len(wanted) else None

    def two_rows(self) -> tuple[Row, Row] | None:
        """Two rows that the question names, in its order."""
        parts = re.split(r"\s+(?:and|und|to|over|versus|vs\.?|minus|less)\s+|\s*,\s*", self.asked.text)
        found: list[Row] = []
        for part in parts:
            best = next(iter(self.rows(part)), None)
            if best is None or best[0] < 0.5 or not self._fits(part, best[1]):
                continue
            if best[1] not in found:
                found.append(best[1])
        return (found[0], found[1]) if len(found) == 2 else None

    def _fits(self, part: str, row: Row) -> bool:
        """True if most of the label's words are in this part of the question."""
        own = self.words(row.label)
        return bool(own) and len(own & self.words(part)) >= 0.6 * len(own)

    def name(self, pick: Pick) -> str:
        return f"{pick.row.label or pick.row.section} {year_of(self.table.grid.heads[pick.column])}".strip()

    def scale(self, pick: Pick) -> str:
        head = self.table.grid.heads[pick.column]
        if pick.figure.percent or says_percent(head) or PERCENT.search(pick.row.label):
            return "percent"
        if _UNSCALED.search(pick.row.label) or _PER_SHARE.search(pick.row.section):
            return scale_of(pick.row.label)
        return scale_of(pick.row.label) or scale_of(head) or self.table.scale


def year_of(head: str) -> str:
    """The year that a column is of; "" if its head names none, or two ("2019 vs. 2018, variance in dollars")."""
    named = set(years(head))
    return named.pop() if len(named) == 1 else ""


@lru_cache(maxsize=1 << 12)  # labels and heads are compared with every reading of a table
def _own_words(text: str, language: str) -> frozenset[str]:
    return frozenset(word for word in content_words(text, language) if not reads_as_year(word)) - ASKING


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[\w%]+", text.casefold()))
