"""From feedback to a candidate release and its verdict: clean -> split -> fit each component -> gate.

Always from the parent release and the whole snapshot, never on top of an earlier candidate: leaving a row out and running
again forgets it. Deterministic: the same snapshot, parent and seed give the same bytes.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from metier.evaluate.near import Guard
from metier.specialize import splits
from metier.specialize.bench import (
    OpenTrial,
    Pace,
    Replay,
    Trial,
    answers,
    consider_again,
    replay,
    with_changes,
)
from metier.specialize.cleaning import Cleaned, clean
from metier.specialize.components import (
    adapter,
    answer_policy,
    expansion,
    language_model,
    mixture,
    reranker,
    second_round,
    thresholds,
    verifier,
    whole_answer,
)
from metier.specialize.components import (
    examples as job_examples,
)
from metier.specialize.gate import FEWEST_TOLD, Verdict, gate, unlooked
from metier.specialize.judging import judged
from metier.specialize.labels import Graded, count_teaching, teaches
from metier.specialize.ledger import QUESTIONS, Ledger, ledger, sets_asked
from metier.specialize.revisions import Limits, Revised, Reviser
from metier.specialize.rows import Example, examples, snapshot_id
from metier.specialize.sealed import SealedGate
from metier.specialize.sought import missed
from metier.specialize.splits import Split, split
from metier.specialize.tuning import Changes, Component, changed
from metier.types import Answer, Evidence, Feedback, Query, Release, Trace

Fit = Callable[[Release, Sequence[Replay], Sequence[Replay], OpenTrial], Component]


def _by_replays(fit: Callable[[Release, Sequence[Replay], Sequence[Replay]], Component]) -> Fit:
    """The fit of a component that is judged without trying another release."""
    return lambda base, fitting, tuning, _: fit(base, fitting, tuning)


# Retrieval first (what is not found cannot be chosen), thresholds last (all others change how sure the policy is).
COMPONENTS: Mapping[str, Fit] = {
    expansion.NAME: expansion.fit,
    adapter.NAME: adapter.fit,
    mixture.NAME: mixture.fit,
    reranker.NAME: reranker.fit,
    answer_policy.FIRST: _by_replays(answer_policy.fit_first),
    answer_policy.NAME: _by_replays(answer_policy.fit),
    whole_answer.NAME: _by_replays(whole_answer.fit),
    language_model.NAME: language_model.untaught,
    job_examples.NAME: job_examples.without_model,
    second_round.NAME: second_round.fit,
    verifier.NAME: _by_replays(verifier.fit),
    thresholds.NAME: _by_replays(thresholds.fit),
}
BUDGET = 1_000  # examples per part: a replay takes about 0.2 s on one core


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is learnt from, frozen."""

    base: Release
    rows: Sequence[Feedback]
    traces: Mapping[str, Trace]  # by answer
    documents: Collection[str]  # ids of the live ones
    users: Sequence[str]  # who may ask now
    sealed: Guard = field(
        default_factory=Guard
    )  # knows questions like those in the vault, which are not learnt from


@dataclass(frozen=True, slots=True)
class Recipe:
    """How it is learnt."""

    seed: int = 7
    budget: int = BUDGET  # most examples of each part; which ones is drawn with the seed
    leave_out: tuple[str, ...] = ()  # names of components
    vault: bool = False  # judged on the vault, so that all feedback is learnt from
    second_round: bool = False  # passages by what they do to the answer: takes a minute more
    ledger: int = QUESTIONS  # most tuning questions that it is made from
    taught: str = ""  # hash of the language model that is taught; "" = none can be
    prompted: str = ""  # the language model whose prompt may hold examples, and the job they are of
    revise: Limits = field(default_factory=Limits)  # how much a stronger model may be asked
    revised: str = ""  # hash of what it said: other words make another candidate, thus another look


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the changed parts (none = nothing was kept, no candidate) and everything said about them."""

    parts: Mapping[str, Mapping[str, Any]]
    manifest: Mapping[str, Any]
    verdict: Verdict
    components: tuple[Component, ...]
    cleaned: Cleaned
    ledger: Ledger = field(default_factory=Ledger)


def specialize(
    snapshot: Snapshot, recipe: Recipe, open_trial: OpenTrial, take_look: Callable[[str, Collection[str]], int],
    pace: Pace, sealed_gate: SealedGate | None = None, teach: Fit | None = None, reviser: Reviser | None = None,
    show: Fit | None = None,
) -> Outcome:  # fmt: skip
    """The outcome; nothing is written. `take_look(recipe, questions)` counts looks at the gate; a recipe with `vault` needs
    a `sealed_gate`, which counts its own. `teach` fits the language model, where there is oneand `show` chooses examples for its prompt; `reviser` asks
    a stronger one what answers should have been that people called wrong. Raises Interrupted."""
    if recipe.vault != (sealed_gate is not None):
        raise ValueError("a sealed gate goes with a recipe that is judged on the vault, and only with that")
    cleaned = clean(snapshot.rows, snapshot.traces, snapshot.users, snapshot.sealed.resembles)
    parts = split(examples(cleaned.rows, snapshot.traces, cleaned.reliability), has_gate=recipe.vault)
    fitting, tuning, judging = (
        _drawn(part, recipe.seed, recipe.budget) for part in (parts.fit, parts.tune, parts.gate)
    )
    given = {language_model.NAME: teach, job_examples.NAME: show}
    fits = {**COMPONENTS, **{name: fit for name, fit in given.items() if fit is not None}}
    learning = Learning(snapshot.base, open_trial, parts, pace, fits)
    revised = Revised() if reviser is None else learning.revised(reviser, fitting)
    fitting, recipe = revised.taught(fitting), replace(recipe, revised=revised.hash)
    unwanted = {*recipe.leave_out, *(() if recipe.second_round else (second_round.NAME,))}
    chosen = [name for name in COMPONENTS if name not in unwanted]
    pace.total = (
        len(chosen) * (len(fitting) + len(tuning)) + 2 * len(judging) + 3 * min(recipe.ledger, len(tuning))
    )
    components = [learning.fit(name, fitting, tuning) for name in chosen]
    changes = learning.changes
    answered = _drawn([item for item in tuning if item.says_what_is_right], recipe.seed, recipe.ledger)
    pace.total = pace.done + sets_asked(components) * len(answered) + 2 * len(judging) * bool(changes)
    brought = learning.ledger(components, answered)
    name = recipe_id(snapshot, recipe)
    if sealed_gate is not None and changes:
        verdict = sealed_gate(snapshot.base, with_changes(snapshot.base, changes))
    else:
        verdict = _gated(learning, changes, judging, name, take_look, [*fitting, *tuning])
    manifest: dict[str, Any] = {
        "name": f"specialized {name[:8]}",
        "parents": [snapshot.base.id],
        "snapshot": snapshot_id(snapshot.rows, snapshot.documents),
        "seeds": [recipe.seed],
        "metrics": {"right": verdict.as_json()["right_candidate"], "questions": verdict.difference.n},
        "gate": verdict.as_json(),
        "components": [item.as_json() for item in components],
        "ledger": brought.rows,
        "ledger_questions": brought.questions,
        "pairs": brought.pairs,
        "learnt_from": {
            "rows": len(cleaned.rows),
            "examples": sum(len(part) for part in (fitting, tuning, judging)),
            "parts": {"fit": len(fitting), "tune": len(tuning), "gate": len(judging)},
            "kinds": dict(sorted(Counter(row.kind for row in cleaned.rows).items())),
            "teaches": learning.attribution,
            "dropped_rows": sum(cleaned.dropped.values()),
            "dropped": dict(cleaned.dropped),
        },
        "access": sorted(set(chain.from_iterable(item.access for item in [*fitting, *tuning]))),
        "recipe": {
            "budget": recipe.budget,
            "leave_out": list(recipe.leave_out),
            "vault": recipe.vault,
            "second_round": recipe.second_round,
        },
    }
    if reviser is not None:
        manifest["revisions"] = {"model": reviser.model.identity, **revised.as_json()}
    return Outcome(
        changed(snapshot.base.parts, changes), manifest, verdict, tuple(components), cleaned, brought
    )


def recipe_id(snapshot: Snapshot, recipe: Recipe) -> str:
    """Hex digits that are the same for the same snapshot, parent and recipe."""
    data = [
        snapshot_id(snapshot.rows, snapshot.documents), snapshot.base.id, recipe.seed, recipe.budget,
        sorted(recipe.leave_out),
    ]  # fmt: skip
    if (
        snapshot.sealed.questions
    ):  # other sealed questions leave out other rows, and that is another look at the gate
        data.append(snapshot.sealed.salt)
    if recipe.vault:
        data.append("vault")
    if recipe.second_round:
        data.append("second round")
    if recipe.ledger != QUESTIONS:
        data.append(f"ledger {recipe.ledger}")
    if recipe.taught:
        data.append(f"language model {recipe.taught}")
    if recipe.prompted:
        data.append(f"prompted {recipe.prompted}")
    if recipe.revised:
        data.append(f"revised {recipe.revised}")
    return hashlib.sha256(json.dumps(data).encode()).hexdigest()


class Learning:
    """Components fitted one after another, each on what the release with those before it finds."""

    def __init__(
        self,
        base: Release,
        open_trial: OpenTrial,
        parts: Split,
        pace: Pace,
        fits: Mapping[str, Fit] = COMPONENTS,
    ) -> None:
        self._base = base
        self._open = open_trial
        self._groups = parts.groups
        self._pace = pace
        self._fits = fits
        self._replays: tuple[list[Replay], list[Replay]] | None = None
        self._are_stale = False  # what was found stays, what is chosen among does not
        self._apart: Mapping[str, Any] = {}  # what chooses among whole answers, fitted without a group
        self.changes: dict[tuple[str, ...], Any] = {}
        self.attribution: dict[str, int] = {}

    def fit(self, name: str, fitting: Sequence[Example], tuning: Sequence[Example]) -> Component:
        """One component; what is kept becomes part of what the next ones are fitted on."""
        release = with_changes(self._base, self.changes)
        if self._replays is None:
            trial = self._open(release)
            fit, tune = (replay(trial, part, self._groups, self._pace, name) for part in (fitting, tuning))
            self._replays = (fit, tune)
        elif self._are_stale:
            trial = self._open(release)
            fit, tune = (consider_again(trial, part, self._pace, name) for part in self._replays)
            self._replays = (fit, tune)
        self._are_stale = False
        if not self.attribution:
            self.attribution = self._attributed(self._open(release), [*chain.from_iterable(self._replays)])
        if self._apart:
            fit, tune = (
                [replace(item, apart=self._apart.get(item.group)) for item in part] for part in self._replays
            )
            self._replays = (fit, tune)
        component = self._fits[name](release, *self._replays, self._open)
        if component.kept:
            self.changes.update(component.changes)
            self._apart = component.apart or self._apart
            if name in _CHANGES_FOUND:
                self._replays = None
            self._are_stale = name in _CHANGES_OPTIONS
        return component

    def revised(self, reviser: Reviser, fitting: Sequence[Example]) -> Revised:
        """What a stronger model makes of the answers among these that people called wrong, from what the base finds for them."""
        trial = self._open(self._base)

        def find(item: Example) -> tuple[Query, Sequence[Evidence]]:
            found = trial.find(item.question, item.user, item.history)
            return found.query, found.evidence

        return reviser.revise(fitting, find, lambda: self._pace.step("revisions"))

    def _attributed(self, trial: Trial, replays: Sequence[Replay]) -> dict[str, int]:
        found = {}
        for item in replays:

            def is_missed(item: Replay = item) -> bool:
                return bool(missed(trial, item.example, item.found, trial.access(item.example.user)))

            found[item.example.id] = teaches(item.example, item.found, item.looks, item.whole, is_missed)
        return count_teaching(found)

    def ledger(self, components: Sequence[Component], asked: Sequence[Example]) -> Ledger:
        """What each kept component brings on these examples."""

        def share(changes: Changes, label: str) -> float:
            return sum(item.right for item in self.graded(changes, asked, label)) / len(asked)

        return replace(ledger(components, share), questions=len(asked)) if asked else Ledger()

    def graded(self, changes: Changes, asked: Sequence[Example], current: str) -> list[Graded]:
        """What the base with these changes is worth on each example."""
        given = self.answers(changes, asked, current)
        return [Graded.of(item, one) for item, one in zip(asked, given, strict=True)]

    def answers(self, changes: Changes, asked: Sequence[Example], current: str) -> list[Answer]:
        """What the base with these changes answers."""
        return answers(self._open(with_changes(self._base, changes)), asked, self._pace, current)

    def group(self, example: Example) -> str:
        """The group of an example."""
        return self._groups[example.id]


# what later components are given
_CHANGES_FOUND = (expansion.NAME, adapter.NAME, mixture.NAME, reranker.NAME, second_round.NAME)
_CHANGES_OPTIONS = (answer_policy.FIRST, answer_policy.NAME)  # what they choose among


def _gated(
    learning: Learning, changes: Changes, judging: Sequence[Example], recipe: str,
    take_look: Callable[[str, Collection[str]], int], learnt: Sequence[Example],
) -> Verdict:  # fmt: skip
    if not changes:
        return gate([], 1)  # there is nothing to look at, so no look is spent
    base = learning.answers({}, judging, "gate, parent")
    ours = learning.answers(changes, judging, "gate")
    known = judged(judging, [learning.group(item) for item in judging], base, ours)
    if known.told < FEWEST_TOLD:
        return unlooked(known.told, known.to_label)
    look = take_look(recipe, known.questions)
    shared = [f"question {one} is learnt from and judged on" for one in splits.leaks(learnt, judging)]
    return gate(
        known.pairs, look, bounded=known.bounded, kept=known.kept, leaks=shared, to_label=known.to_label
    )


def _drawn(part: Sequence[Example], seed: int, most: int) -> list[Example]:
    """At most so many, drawn by the hash of seed and id, in the order of time."""
    ordered = sorted(part, key=lambda item: hashlib.sha256(f"{seed} {item.id}".encode()).digest())
    return sorted(ordered[:most], key=lambda item: (item.at, item.id))
