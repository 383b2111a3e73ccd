"""Many questions put to many documents, each to each: a cell is an answer from that document alone, cited or abstained.

Cells that were answered before, from the same bytes for the same asker under the same settings and release, are kept and
not asked again: a run that was stopped goes on where it was, and one over a grown folder asks for what is new.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from metier.stages import CellStore
from metier.types import Answer, Entry, Progress

Ask = Callable[[str, str], Answer]  # (id of the document, question) -> the answer from that document
# cells that a forecast times, besides a first one that also waits for what is loaded; all are kept
_MEASURED = 3


@dataclass(frozen=True, slots=True)
class Column:
    """One question; `name` is what its column is called."""

    name: str
    question: str


@dataclass(frozen=True, slots=True)
class Grid:
    """What is asked of what. `context` is all else that an answer depends on: asker, settings, release."""

    documents: Sequence[Entry]
    columns: Sequence[Column]
    context: str

    def __len__(self) -> int:
        return len(self.documents) * len(self.columns)

    def cells(self) -> Iterator[tuple[Entry, Column]]:
        """In the order in which they are asked: document by document."""
        return ((document, column) for document in self.documents for column in self.columns)

    def key(self, document: Entry, column: Column) -> str:
        """Names one cell; another version of the document is another cell."""
        told = json.dumps([document.id, document.sha256, column.question, self.context])
        return hashlib.sha256(told.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would do."""

    cells: int
    kept: int  # answered before
    asked: int  # answered now, to measure
    seconds_each: float  # as measured on some of the open cells; 0 if none is open
    seconds: float  # for those that are open


@dataclass(frozen=True, slots=True)
class FilledGrid:
    """The answers by (document, column name), as far as it came."""

    answers: dict[tuple[str, str], Answer]
    asked: int
    kept: int
    open: int
    seconds: float


def forecast(
    grid: Grid, ask: Ask, cells: CellStore, clock: Callable[[], float] = time.perf_counter
) -> Forecast:
    """Answers a few of the open cells, and keeps them, to tell how long all of them take."""
    waiting = [cell for cell in grid.cells() if cells.get(grid.key(*cell)) is None]
    rest = waiting[1:]
    times: list[float] = []
    for document, column in [*waiting[:1], *rest[:: max(1, len(rest) // _MEASURED)][:_MEASURED]]:
        before = clock()
        cells.put(grid.key(document, column), ask(document.id, column.question))
        times.append(clock() - before)
    warm = times[1:] or times  # the first one also waits for what is loaded
    each = sum(warm) / len(warm) if warm else 0.0
    kept = len(grid) - len(waiting)
    return Forecast(len(grid), kept, len(times), each, each * (len(waiting) - len(times)))


def fill(
    grid: Grid, ask: Ask, cells: CellStore, on_progress: Callable[[Progress], None], should_stop: Callable[[], bool],
    clock: Callable[[], float] = time.perf_counter,
) -> FilledGrid:  # fmt: skip
    """Answers every open cell; each is kept as soon as it is there. Stops after the cell under way if asked to."""
    started = clock()
    answers: dict[tuple[str, str], Answer] = {}
    waiting: list[tuple[Entry, Column]] = []
    for document, column in grid.cells():
        if known := cells.get(grid.key(document, column)):
            answers[document.id, column.name] = known
        else:
            waiting.append((document, column))
    kept = len(answers)
    for number, (document, column) in enumerate(waiting):
        if should_stop():
            break
        on_progress(Progress(number, len(waiting), 0, clock() - started, document.uri, unit="cells"))
        answer = ask(document.id, column.question)
        cells.put(grid.key(document, column), answer)
        answers[document.id, column.name] = answer
    asked = len(answers) - kept
    return FilledGrid(answers, asked, kept, len(grid) - len(answers), clock() - started)
