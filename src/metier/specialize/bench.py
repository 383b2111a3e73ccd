"""What specialize needs of a system: to try a release on the questions of the people who asked them, nothing stored."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from metier.flow.finding import Found
from metier.generate.ranking import Considered
from metier.generate.whole import Whole
from metier.specialize.rows import Example
from metier.specialize.tuning import Changes, changed
from metier.stages import Space
from metier.text.vocabulary import Vocabulary
from metier.types import Access, Answer, Evidence, Filter, Hit, Passage, Progress, Query, Release, Trace, Turn


class Trial(Protocol):
    """One release, asked."""

    def find(
        self, question: str, user: str, history: Sequence[Turn] = (), filter: Filter | None = None
    ) -> Found: ...

    def consider(self, found: Found) -> tuple[Considered, ...]: ...

    def whole(self, found: Found) -> Whole | None: ...

    def answer(
        self, question: str, user: str | None, history: Sequence[Turn] = (), filter: Filter | None = None
    ) -> Trace: ...

    @property
    def wide(self) -> int: ...

    def vocabulary(self) -> Vocabulary: ...

    def mix(self, query: Query, rankings: Mapping[str, Sequence[Hit]], k: int) -> list[Evidence]: ...

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]: ...

    def search(self, query: Query, access: Access) -> Mapping[str, Sequence[Hit]]: ...

    def access(self, user: str) -> Access: ...

    def spaces(self) -> Mapping[str, Space]: ...

    def read(self, uri: str, access: Access) -> Sequence[Passage]: ...


OpenTrial = Callable[[Release], Trial]


class Interrupted(Exception):
    """Somebody asked to stop; nothing was written."""


@dataclass(frozen=True, slots=True)
class Replay:
    """One example with what a release finds for it."""

    example: Example
    found: Found
    looks: tuple[Considered, ...]  # the one that decides last; none if it is answered part by part
    group: str = ""
    whole: Whole | None = None  # the whole answers that could be given
    apart: Mapping[str, Any] | None = None  # what chooses among them, fitted without this group


@dataclass(slots=True)
class Pace:
    """Counts the questions that were asked again, tells how far it is, and stops when asked to."""

    on_progress: Callable[[Progress], None] = lambda progress: None
    should_stop: Callable[[], bool] = lambda: False
    total: int = 0
    done: int = 0
    clock: Callable[[], float] = time.monotonic
    started: float = field(default=0.0)

    def __post_init__(self) -> None:
        self.started = self.clock()

    def step(self, current: str) -> None:
        """One more question is done. Raises Interrupted."""
        if self.should_stop():
            raise Interrupted
        self.done += 1
        seconds = self.clock() - self.started
        self.on_progress(
            Progress(self.done, max(self.total, self.done), 0, seconds, current, unit="questions")
        )


def replay(
    trial: Trial, examples: Iterable[Example], groups: Mapping[str, str], pace: Pace, current: str
) -> list[Replay]:
    """What the release finds for each example, as its asker."""
    replays = []
    for item in examples:
        replays.append(_replay(trial, item, groups[item.id]))
        pace.step(current)
    return replays


def consider_again(trial: Trial, replays: Iterable[Replay], pace: Pace, current: str) -> list[Replay]:
    """What a release makes of it that searches, mixes and orders the same and chooses otherwise. Only questions that are answered
    part by part are searched again: what their first part says decides what the second looks for."""
    again = []
    for item in replays:
        if item.looks:
            again.append(replace(item, looks=trial.consider(item.found), whole=trial.whole(item.found)))
        else:
            again.append(_replay(trial, item.example, item.group))
        pace.step(current)
    return again


def _replay(trial: Trial, example: Example, group: str) -> Replay:
    found = trial.find(example.question, example.user, example.history, example.filter)
    return Replay(example, found, trial.consider(found), group, trial.whole(found))


def answers(trial: Trial, examples: Iterable[Example], pace: Pace, current: str) -> list[Answer]:
    """What the release answers to each example, as its asker."""
    given = []
    for item in examples:
        given.append(trial.answer(item.question, item.user, item.history, item.filter).answer)
        pace.step(current)
    return given


def with_changes(base: Release, changes: Changes) -> Release:
    """The base with some values changed: not yet a release of its own, only for trying."""
    parts = {**base.parts, **changed(base.parts, changes)}
    return Release(base.id, base.parents, base.path, base.manifest, parts)
