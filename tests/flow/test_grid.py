"""A grid: each question to each document once, kept, stopped and gone on with."""

import dataclasses
from collections.abc import Callable

import pytest

from metier.flow.grid import Column, Grid, fill, forecast
from metier.types import Answer, Outcome, Progress
from tests.fakes import entry


class Kept(dict[str, Answer]):
    """Implements stages.CellStore."""

    def put(self, key: str, answer: Answer) -> None:
        self[key] = answer


class Asked:
    """Counts what is asked; each answer takes a second of the clock, the first one ten."""

    def __init__(self) -> None:
        self.cells: list[tuple[str, str]] = []
        self.now = 0.0

    def __call__(self, document: str, question: str) -> Answer:
        self.now += 1.0 if self.cells else 10.0
        self.cells.append((document, question))
        return Answer(f"{document}/{question}", Outcome.ABSTAINED, "r")

    def clock(self) -> float:
        return self.now


DOCUMENTS = [entry(f"d{number}", f"{number}.md") for number in range(4)]
COLUMNS = [Column("A", "a?"), Column("B", "b?")]
GRID = Grid(DOCUMENTS, COLUMNS, "me")


def run(grid: Grid, cells: Kept, ask: Asked, stop_after: int = 99) -> tuple[int, int, int]:
    seen: list[Progress] = []
    should_stop: Callable[[], bool] = lambda: len(seen) >= stop_after  # noqa: E731
    filled = fill(grid, ask, cells, seen.append, should_stop, ask.clock)
    return filled.asked, filled.kept, filled.open


def test_every_question_is_put_to_every_document_once() -> None:
    ask, cells = Asked(), Kept()
    assert run(GRID, cells, ask) == (8, 0, 0)
    assert ask.cells == [(item.id, column.question) for item in DOCUMENTS for column in COLUMNS]
    assert run(GRID, cells, ask) == (0, 8, 0)
    assert len(ask.cells) == 8


@pytest.mark.parametrize("after", range(9))
def test_a_run_that_was_stopped_goes_on_where_it_was(after: int) -> None:
    ask, cells = Asked(), Kept()
    assert run(GRID, cells, ask, after) == (after, 0, 8 - after)
    assert run(GRID, cells, ask) == (8 - after, after, 0)
    assert len(set(ask.cells)) == len(ask.cells) == 8


def test_only_what_is_new_is_asked() -> None:
    ask, cells = Asked(), Kept()
    run(GRID, cells, ask)
    assert run(dataclasses.replace(GRID, documents=[*DOCUMENTS, entry("d9")]), cells, ask) == (2, 8, 0)
    assert run(dataclasses.replace(GRID, columns=[*COLUMNS, Column("C", "c?")]), cells, ask) == (4, 8, 0)
    renamed = [Column("other name", "a?"), COLUMNS[1]]
    assert run(dataclasses.replace(GRID, columns=renamed), cells, ask) == (0, 8, 0)


def test_other_bytes_and_another_asker_are_other_cells() -> None:
    ask, cells = Asked(), Kept()
    run(GRID, cells, ask)
    changed = [dataclasses.replace(DOCUMENTS[0], sha256="other"), *DOCUMENTS[1:]]
    assert run(dataclasses.replace(GRID, documents=changed), cells, ask) == (2, 6, 0)
    assert run(dataclasses.replace(GRID, context="you"), cells, ask) == (8, 0, 0)


def test_a_forecast_measures_a_few_cells_and_keeps_them() -> None:
    ask, cells = Asked(), Kept()
    many = dataclasses.replace(GRID, documents=[entry(f"d{number}") for number in range(50)])
    told = forecast(many, ask, cells, ask.clock)
    assert (told.cells, told.kept, told.asked) == (100, 0, 4)
    assert (told.seconds_each, told.seconds) == (1.0, 96.0), (
        "the first one, which loads models, does not count"
    )
    assert run(many, cells, ask) == (96, 4, 0)
    done = forecast(many, ask, cells, ask.clock)
    assert (done.kept, done.asked, done.seconds_each, done.seconds) == (100, 0, 0.0, 0.0)


def test_a_forecast_of_one_cell_is_that_cell() -> None:
    ask, cells = Asked(), Kept()
    told = forecast(Grid(DOCUMENTS[:1], COLUMNS[:1], ""), ask, cells, ask.clock)
    assert (told.asked, told.seconds_each, told.seconds) == (1, 10.0, 0.0)
