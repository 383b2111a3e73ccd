"""A trial that remembers gives what the trial gives, and asks once."""

from collections import Counter
from typing import Any, cast

from benchmarks.remembered import Remembered
from metier.specialize.bench import Trial
from metier.types import Release


class Counting:
    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def find(self, question: str, user: str, history: object = (), filter: object = None) -> Any:
        self.calls["find"] += 1
        return [question, user]

    def consider(self, found: Any) -> Any:
        self.calls["consider"] += 1
        return ("seen", *found)

    def answer(self, question: str, user: str | None, history: object = (), filter: object = None) -> Any:
        self.calls["answer"] += 1
        return (question, user)


def release(threshold: float) -> Release:
    return Release("r", (), "", {}, {"thresholds": {"extractive": threshold}})


def test_the_same_parts_are_asked_once_and_other_parts_and_people_again() -> None:
    memory: dict[Any, Any] = {}
    inner = Counting()
    trials = [Remembered(cast(Trial, inner), release(one), memory) for one in (0.5, 0.5, 0.6)]
    for trial in trials:
        found = trial.find("How long?", "ann")
        assert cast(Any, trial.consider(found)) == ("seen", "How long?", "ann")
        assert cast(Any, trial.answer("How long?", "ann")) == ("How long?", "ann")
    assert inner.calls == {"find": 2, "consider": 2, "answer": 2}
    assert cast(Any, trials[0].answer("How long?", "ben")) == ("How long?", "ben")
    assert inner.calls["answer"] == 3
    again = trials[1].find("How long?", "ann")
    trials[2].consider(again)
    trials[2].consider(again)
    assert inner.calls["consider"] == 3, "what one release found, another considers for itself, once"
    foreign = cast(Any, ["How long?", "ann"])
    trials[0].consider(foreign)
    trials[0].consider(foreign)
    assert inner.calls["consider"] == 5, "of what was not found through here nothing is remembered"
