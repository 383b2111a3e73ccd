"""One collection of `specialize_gain`: ingested and asked once; arms and baselines learn from what people say of it."""

import itertools
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np

from benchmarks.common import say
from benchmarks.gain_collections import Asked
from benchmarks.gain_people import Event, said
from benchmarks.remembered import Remembered
from metier.feedback.rows import feedback_row
from metier.specialize.bench import Interrupted, Pace, with_changes
from metier.specialize.run import Outcome, Recipe, Snapshot, specialize
from metier.specialize.tuning import Changes
from metier.system import System
from metier.types import Feedback, Release, Trace

Errors = list[float]  # 1 = not answered right, per test question

_ROUNDS = 2  # of asking experts and looking again


@dataclass(frozen=True, slots=True)
class Result:
    """What one arm came to."""

    candidate: Errors  # of the candidate, or the parent's where nothing was kept
    shipped: Errors  # of what the gate let pass
    wrong: Errors  # 1 = a wrong answer was shown, of the candidate
    passed: bool
    alone: Mapping[str, Errors]  # of each kept component of the candidate without the others
    corrected: int
    told: Sequence[Feedback] = ()  # all that was said in the end, also to the gate


@dataclass(slots=True)
class Bench:
    """All arms share what was found and read."""

    system: System
    asked: Asked
    noise: float
    seed: int
    is_late: Callable[[], bool] = lambda: False
    second_round: bool = False
    known: dict[Any, Any] = field(default_factory=dict)
    memory: dict[Hashable, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    before: Errors = field(default_factory=list)
    wrong: Errors = field(default_factory=list)

    def begin(self) -> None:
        """Asks everything of the parent. Raises Interrupted."""
        trial = self.trial(self.system.release)
        for one in self.asked.events:
            self.go_on()
            self.events.append(Event(one, trial.answer(one.question, one.user)))
        self.before, self.wrong = self.errors(self.system.release)
        shown = np.mean([bool(event.trace.answer.statements) for event in self.events])
        say(
            f"{self.asked.name}: {len(self.events)} events ({shown:.2f} answered), {len(self.asked.tests)} tests, "
            f"error {np.mean(self.before):.3f}, wrong and shown {np.mean(self.wrong):.3f}"
        )

    def trial(self, release: Release) -> Remembered:
        return Remembered(self.system.trial(release, self.known), release, self.memory)

    def traces(self) -> dict[str, Trace]:
        return {event.trace.answer.id: event.trace for event in self.events}

    def go_on(self) -> None:
        """Raises Interrupted when time is up."""
        if self.is_late():
            raise Interrupted

    def errors(self, release: Release) -> tuple[Errors, Errors]:
        """(not answered right, wrong and shown) of each test question. Raises Interrupted."""
        trial = self.trial(release)
        given = []
        for one in self.asked.tests:
            self.go_on()
            given.append((one, trial.answer(one.question, one.user).answer))
        right = [one.is_right(answer) for one, answer in given]
        return (
            [float(not ok) for ok in right],
            [float(bool(answer.statements) and not ok) for (_, answer), ok in zip(given, right, strict=True)],
        )

    def rows(self, edited: float) -> list[Feedback]:
        """What people say."""
        return [self._row(event, said(event, edited, self.noise, self.seed)) for event in self.events]

    def _row(self, event: Event, data: Mapping[str, Any]) -> Feedback:
        whole = {"answer": event.trace.answer.id, **data}
        name = sha256(f"{event.item.id} {data['kind']}".encode()).hexdigest()[:16]
        return feedback_row(whole, event.item.user, event.trace, lambda: "2026-01-01T00:00:00Z", lambda: name)

    def learn(self, arm: str, rows: Sequence[Feedback], requests: int, with_alone: bool = True) -> Result:
        """Real runs, each with what experts said to the questions of the gate before it, of which they answer at most
        `requests`. Raises Interrupted."""
        by_answer = {event.trace.answer.id: event for event in self.events}
        looks = itertools.count(1)
        told = list(rows)
        asked = 0
        for number in range(1, _ROUNDS + 1):
            # the ledger is of no use here: `alone` says the same of the test questions
            outcome = self._run(
                told, Recipe(self.seed, second_round=self.second_round, ledger=0), lambda *_: next(looks)
            )
            wanted = [one for one in outcome.verdict.label_next if one in by_answer][: requests - asked]
            say_outcome(f"{self.asked.name}, {arm}, run {number}", outcome)
            if outcome.verdict.verdict != "inconclusive" or not wanted or not outcome.parts:
                break
            events = [by_answer[one] for one in wanted]
            told += [self._row(event, event.item.correction(event.trace.answer)) for event in events]
            asked += len(wanted)
        kept = {item.name: item.changes for item in outcome.components if item.kept}
        candidate, wrong = self._with(*kept.values())
        alone = {name: self._with(changes)[0] for name, changes in kept.items()} if with_alone else {}
        passed = bool(kept) and outcome.verdict.verdict == "pass"
        corrected = sum(row.kind != "thumb" for row in told)
        say(
            f"{self.asked.name}, {arm}: error {np.mean(self.before):.3f} -> {np.mean(candidate):.3f}, wrong and shown "
            f"{np.mean(self.wrong):.3f} -> {np.mean(wrong):.3f}, {corrected} corrections, passed: {passed}"
        )
        return Result(candidate, candidate if passed else self.before, wrong, passed, alone, corrected, told)

    def _with(self, *changes: Changes) -> tuple[Errors, Errors]:
        """`errors` of the parent with these changes."""
        every = dict(itertools.chain.from_iterable(one.items() for one in changes))
        return self.errors(with_changes(self.system.release, every))

    def _run(self, rows: Sequence[Feedback], recipe: Recipe, take_look: Callable[..., int]) -> Outcome:
        system = self.system
        live = sorted(system.live_documents())
        snapshot = Snapshot(system.release, rows, self.traces(), live, system.users())
        return specialize(snapshot, recipe, self.trial, take_look, Pace(should_stop=self.is_late))


def say_outcome(label: str, outcome: Outcome) -> None:
    """Which components were kept and why, and what the gate says."""
    for item in outcome.components:
        say(f"  {label}: {item.name}: {'kept' if item.kept else 'dropped'} ({item.examples}): {item.reason}")
    learnt = outcome.manifest["learnt_from"]
    say(f"  {label}: {learnt['teaches']} of {learnt['parts']}; left out: {learnt['dropped']}")
    verdict = outcome.verdict
    say(
        f"  {label}: gate: {verdict.verdict}: {verdict.reason} ({verdict.difference.n} questions, right "
        f"{verdict.base:.3f} -> {verdict.candidate:.3f}); {verdict.plan}"
    )
    for check in verdict.checks:
        say(f"  {label}: {check.name}: {check.word}: {check.difference}, margin {check.margin:.3f}")
