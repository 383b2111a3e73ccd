"""A trial that asks nothing twice: arms and looks of `specialize_gain` try releases with the same parts on the same questions."""

import hashlib
import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from metier.flow.finding import Found
from metier.generate.ranking import Considered
from metier.generate.whole import Whole
from metier.specialize.bench import Trial
from metier.stages import Space
from metier.text.vocabulary import Vocabulary
from metier.types import Access, Evidence, Filter, Hit, Passage, Query, Release, Trace, Turn

Result = TypeVar("Result")


class Remembered:
    """Implements specialize.bench.Trial over another one; `memory` is shared by the trials of one open system."""

    def __init__(self, trial: Trial, release: Release, memory: dict[Hashable, Any]) -> None:
        self._trial = trial
        self._parts = hashlib.sha256(
            json.dumps(release.parts, sort_keys=True, default=dict).encode()
        ).hexdigest()
        self._memory = memory

    def find(
        self, question: str, user: str, history: Sequence[Turn] = (), filter: Filter | None = None
    ) -> Found:
        key = (self._parts, question, user, tuple(history), filter)
        found = self._once(("find", *key), lambda: self._trial.find(question, user, history, filter))
        self._memory["found", id(found)] = (
            key  # it is kept in memory itself, so no other object gets its identity
        )
        return found

    def consider(self, found: Found) -> tuple[Considered, ...]:
        return self._of(found, "consider", lambda: self._trial.consider(found))

    def whole(self, found: Found) -> Whole | None:
        return self._of(found, "whole", lambda: self._trial.whole(found))

    def answer(
        self, question: str, user: str | None, history: Sequence[Turn] = (), filter: Filter | None = None
    ) -> Trace:
        key = ("answer", self._parts, question, user, tuple(history), filter)
        return self._once(key, lambda: self._trial.answer(question, user, history, filter))

    @property
    def wide(self) -> int:
        return self._trial.wide

    def vocabulary(self) -> Vocabulary:
        return self._trial.vocabulary()

    def search(self, query: Query, access: Access) -> Mapping[str, Sequence[Hit]]:
        return self._trial.search(query, access)

    def access(self, user: str) -> Access:
        return self._trial.access(user)

    def spaces(self) -> Mapping[str, Space]:
        return self._trial.spaces()

    def read(self, uri: str, access: Access) -> Sequence[Passage]:
        return self._trial.read(uri, access)

    def mix(self, query: Query, rankings: Mapping[str, Sequence[Hit]], k: int) -> list[Evidence]:
        return self._trial.mix(query, rankings, k)

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        return self._trial.rerank(query, evidence, k)

    def _of(self, found: Found, what: str, work: Callable[[], Result]) -> Result:
        """Of what was not found through here nothing is remembered."""
        key = self._memory.get(("found", id(found)))
        return work() if key is None else self._once((what, self._parts, key), work)

    def _once(self, key: Hashable, work: Callable[[], Result]) -> Result:
        if key not in self._memory:
            self._memory[key] = work()
        made: Result = self._memory[key]
        return made
