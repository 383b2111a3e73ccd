"""All that a table may say to a question: other rows, other calculations, two rows put together. What is meant is chosen elsewhere.

`tabular.py` gives the one reading that the words of question and labels speak for. People of a job may mean another by the same
words ("difference" with its sign, "share" of another row): then the right one has to be among what can be chosen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from metier.generate.cells import Cells
from metier.generate.tables import Table, tables
from metier.generate.tabular import Reading, TableAnswer
from metier.text.grid import Row
from metier.text.table_question import OPERATIONS, Operation, TableQuestion, read_table_question
from metier.types import Evidence

_TABLES = 3  # that stand first among the evidence; each costs some milliseconds
_ROWS = 4  # of each that are like the question
_MOST = 48  # readings of one question
_OF_A_ROW: tuple[Operation, ...] = ("value", "change", "percent", "sum", "average", "which_year")
_OF_TWO_ROWS: tuple[Operation, ...] = ("share", "ratio", "change", "percent", "sum", "average")
_IN_ORDER = frozenset({"share", "ratio", "change", "percent"})  # of which the order of rows matters


@dataclass(frozen=True, slots=True)
class TableReading:
    """One answer of a table, and how the question was read for it."""

    answer: TableAnswer
    as_asked: bool  # the calculation is the one that the question's words name
    rows: int  # 0: found by their labels; 1 or 2: these were given
    place: int  # of the (worse) row among those like the question, from 0
    likeness: float  # of the (worse) row's label and the question
    table: int  # place of its table
    unsigned: bool  # a difference without its sign


def readings(question: str, language: str, evidence: Sequence[Evidence]) -> list[TableReading]:
    """The readings, each value once, those of the question's own words first."""
    asked = read_table_question(question)
    found: dict[tuple[tuple[str, ...], str], TableReading] = {}
    places = {item.passage.id: rank for rank, item in enumerate(evidence)}
    ordered = sorted(tables(evidence), key=lambda one: _rank(one, places))[:_TABLES]
    for number, table in enumerate(ordered):
        for reading in _of_table(asked, language, table, number):
            found.setdefault((reading.answer.values, reading.answer.scale), reading)
    every = sorted(found.values(), key=lambda one: (one.rows, not one.as_asked, one.table, one.place))
    return every[:_MOST]


def _rank(table: Table, places: dict[str, int]) -> int:
    return min(places[item.passage.id] for item in table.evidence.values())


def _of_table(asked: TableQuestion, language: str, table: Table, number: int) -> Iterator[TableReading]:
    def told(reading: Reading, rows: int, place: int, likeness: float) -> Iterator[TableReading]:
        if (answer := reading.answer()) is not None:
            as_asked = reading.asked.operation == asked.operation
            unsigned = reading.asked.unsigned and answer.operation == "change"
            yield TableReading(answer, as_asked, rows, place, likeness, number, unsigned)

    like = [item for item in Cells(asked, language, table).rows(asked.text) if item[0] > 0][:_ROWS]
    best = like[0][0] if like else 0.0
    for operation in sorted(OPERATIONS, key=lambda one: one != asked.operation):
        for one in _signs(replace(asked, operation=operation)):
            yield from told(Reading(one, language, table), 0, 0, best)
    for place, (likeness, row) in enumerate(like):
        alone = replace(table, grid=replace(table.grid, rows=(row,)))
        for operation in _OF_A_ROW:
            for one in _signs(replace(asked, operation=operation)):
                yield from told(Reading(one, language, alone, is_meant=True), 1, place, likeness)
    for place, (likeness, row) in enumerate(like):
        for other_place, (other_likeness, other) in enumerate(like):
            if place == other_place:
                continue
            for operation in _OF_TWO_ROWS:
                if place < other_place or operation in _IN_ORDER:
                    one = replace(asked, operation=operation, unsigned=False)
                    both = _TwoRows(one, language, table, rows_given=(row, other))
                    yield from told(both, 2, max(place, other_place), min(likeness, other_likeness))


def _signs(asked: TableQuestion) -> Iterator[TableQuestion]:
    """The question as it is, and for a difference also with the other idea of its sign."""
    yield asked
    if asked.operation == "change":
        yield replace(asked, unsigned=not asked.unsigned)


@dataclass(frozen=True)
class _TwoRows(Reading):
    """A question put to two rows that are given, in one column."""

    rows_given: tuple[Row, ...] = ()

    def row(self, text: str = "") -> tuple[float, Row] | None:
        return 1.0, self.rows_given[0]

    def two_rows(self) -> tuple[Row, Row] | None:
        return self.rows_given[0], self.rows_given[1]

    def part_and_whole(self) -> tuple[tuple[float, Row], tuple[float, Row]] | None:
        return (1.0, self.rows_given[0]), (1.0, self.rows_given[1])
