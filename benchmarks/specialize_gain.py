"""Does specializing make answers better? `python -m benchmarks.specialize_gain --data DIR`: later questions about other documents.

Collections (gain_collections.py): DIR/qa/*/dev.json in TAT-QA's layout, each asker reading the one document that the question is about
(unsuffixed metrics), and the judged retrieval collection of DIR/ir with most questions (suffix `_ir`), where an answer is
right if it cites a relevant document; without the first the second is unsuffixed. `--only` takes some of them.

Simulated people see question, answer shown and gold. A thumb says whether the answer was right, wrong in `--noise` of the cases;
an edit or a better citation says what is right. The real cleaning, attribution, split, components and gate learn from them
(`specialize.run`, on the open system, so that arms share what was found and read). Arms over the same questions: `mixed`,
thumbs with an edit for one answer in twenty; `thumbs`; `edits`. Where the gate is inconclusive it names answers that were changed
and nobody judged: an expert says what is right for them (at most `--asked` of them, for the gate alone, since they are not in the parts
that are learnt from), and the gate looks once more, at half of the alpha. So `mixed` has at most `.05 * events + asked` edits.

Collections share `--minutes` evenly and in each the arms come in this order: what is not reached is null, and the figures are printed
whatever happens. Nothing is asked twice of the same parts (remembered.py), since arms and looks have much in common.

`error_cut...`: share of the errors that is gone, of what the gate let pass (else the parent goes on answering, 0);
`..._candidate`: of the candidate, whatever the gate said. An abstention is an error. `shipped_...`: whether the gate passed it.
`wrong_shown_before` and `wrong_shown_after`: wrong answers shown, all questions. `gain_over_best_component`: of the candidate,
over each kept component of the same fit tried alone. Baselines: verified
answers given again where the question is nearly the same, and the abstention threshold alone; those that need a language model
are not there. `ndcg10_cold_start_gain` is measured by `benchmarks.specialize_cold_start` and null here unless `--cold-start` asks for it.
"""

import argparse
import itertools
import math
import sys
import tempfile
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import specialize_cold_start
from benchmarks.common import Metric, emit, parser, say
from benchmarks.gain_collections import Asked, read
from benchmarks.gain_people import Event, cached, said
from benchmarks.remembered import Remembered
from metier.errors import UserError
from metier.evaluate.estimates import bootstrap, paired_difference
from metier.feedback.rows import feedback_row
from metier.specialize.bench import Interrupted, Pace, with_changes
from metier.specialize.run import COMPONENTS, Outcome, Recipe, Snapshot, specialize
from metier.specialize.tuning import Changes
from metier.system import System, open_system
from metier.types import Feedback, Release

Errors = list[float]  # 1 = not answered right, per test question

_MIXED = 0.05  # share of answers that are corrected beside thumbs
ARMS: Mapping[str, float] = {"mixed": _MIXED, "thumbs": 0.0, "edits": 1.0}
CONTRACT = (
    "error_cut", "error_cut_thumbs_only", "error_cut_over_best_baseline", "gain_over_best_component",
    "ndcg10_cold_start_gain", "edits_share",
)  # fmt: skip
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


@dataclass(slots=True)
class Bench:
    """One collection, ingested and asked once; all arms share what was found and read."""

    system: System
    asked: Asked
    noise: float
    seed: int
    requests: int
    is_late: Callable[[], bool] = lambda: False
    known: dict[Any, Any] = field(default_factory=dict)
    memory: dict[Hashable, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    before: Errors = field(default_factory=list)
    wrong: Errors = field(default_factory=list)

    def begin(self) -> None:
        """Asks everything of the parent. Raises Interrupted."""
        trial = self.trial(self.system.release)
        for one in self.asked.events:
            self._go_on()
            self.events.append(Event(one, trial.answer(one.question, one.user)))
        self.before, self.wrong = self.errors(self.system.release)
        shown = np.mean([bool(event.trace.answer.statements) for event in self.events])
        say(
            f"{self.asked.name}: {len(self.events)} events ({shown:.2f} answered), {len(self.asked.tests)} tests, "
            f"error {np.mean(self.before):.3f}, wrong and shown {np.mean(self.wrong):.3f}"
        )

    def trial(self, release: Release) -> Remembered:
        return Remembered(self.system.trial(release, self.known), release, self.memory)

    def _go_on(self) -> None:
        if self.is_late():
            raise Interrupted

    def errors(self, release: Release) -> tuple[Errors, Errors]:
        """(not answered right, wrong and shown) of each test question. Raises Interrupted."""
        trial = self.trial(release)
        given = []
        for one in self.asked.tests:
            self._go_on()
            given.append((one, trial.answer(one.question, one.user).answer))
        right = [one.is_right(answer) for one, answer in given]
        return (
            [float(not ok) for ok in right],
            [float(bool(answer.statements) and not ok) for (_, answer), ok in zip(given, right, strict=True)],
        )

    def rows(self, edited: float) -> list[Feedback]:
        """What people say."""
        return [self.row(event, said(event, edited, self.noise, self.seed)) for event in self.events]

    def row(self, event: Event, data: Mapping[str, Any]) -> Feedback:
        whole = {"answer": event.trace.answer.id, **data}
        name = sha256(f"{event.item.id} {data['kind']}".encode()).hexdigest()[:16]
        return feedback_row(whole, event.item.user, event.trace, lambda: "2026-01-01T00:00:00Z", lambda: name)

    def learn(self, arm: str, rows: Sequence[Feedback], leave_out: Sequence[str] = ()) -> Result:
        """Real runs, each with what experts said to the questions of the gate before it. Raises Interrupted."""
        by_answer = {event.trace.answer.id: event for event in self.events}
        looks = itertools.count(1)
        told = list(rows)
        asked = 0
        for number in range(1 + (_ROUNDS if not leave_out else 0)):
            outcome = self._run(told, Recipe(self.seed, leave_out=tuple(leave_out)), lambda *_: next(looks))
            left = self.requests - asked
            wanted = [one for one in outcome.verdict.label_next if one in by_answer][:left]
            say_outcome(f"{arm}, look {number + 1}", outcome)
            if outcome.verdict.verdict != "inconclusive" or not wanted or not outcome.parts:
                break
            events = [by_answer[one] for one in wanted]
            told += [self.row(event, event.item.correction(event.trace.answer)) for event in events]
            asked += len(wanted)
        kept = {item.name: item.changes for item in outcome.components if item.kept}
        candidate, wrong = self._with(*kept.values())
        alone = {name: self._with(changes)[0] for name, changes in kept.items()} if not leave_out else {}
        passed = bool(kept) and outcome.verdict.verdict == "pass"
        corrected = sum(row.kind != "thumb" for row in told)
        say(
            f"{arm}: error {np.mean(self.before):.3f} -> {np.mean(candidate):.3f}, {corrected} corrections, passed: {passed}"
        )
        return Result(candidate, candidate if passed else self.before, wrong, passed, alone, corrected)

    def _with(self, *changes: Changes) -> tuple[Errors, Errors]:
        """`errors` of the parent with these changes."""
        every = dict(itertools.chain.from_iterable(one.items() for one in changes))
        return self.errors(with_changes(self.system.release, every))

    def _run(self, rows: Sequence[Feedback], recipe: Recipe, take_look: Callable[..., int]) -> Outcome:
        system = self.system
        traces = {event.trace.answer.id: event.trace for event in self.events}
        snapshot = Snapshot(system.release, rows, traces, sorted(system.live_documents()), system.users())
        return specialize(snapshot, recipe, self.trial, take_look, Pace(should_stop=self.is_late))


def say_outcome(label: str, outcome: Outcome) -> None:
    """Which components were kept and why, and what the gate says."""
    for item in outcome.components:
        say(f"  {label}: {item.name}: {'kept' if item.kept else 'dropped'} ({item.examples}): {item.reason}")
    say(
        f"  {label}: {outcome.manifest['learnt_from']['teaches']} of {outcome.manifest['learnt_from']['parts']}"
    )
    say(f"  {label}: gate: {outcome.verdict.verdict}: {outcome.verdict.reason}")


def measure(
    asked: Asked, folder: Path, options: argparse.Namespace, is_late: Callable[[], bool]
) -> dict[str, Metric]:
    """The contract's metrics for one collection, as far as there was time."""
    asked.write(folder)
    arms: dict[str, Result] = {}
    peers: dict[str, Errors] = {}
    with open_system(folder) as system:
        system.ingest()
        bench = Bench(system, asked, options.noise, options.seed, options.asked, is_late)
        try:
            bench.begin()
            for arm, edited in ARMS.items():
                if arm not in options.arms:
                    continue
                rows = bench.rows(edited)
                arms[arm] = bench.learn(arm, rows)
                if not peers:
                    corrected = [
                        one for one, row in zip(bench.events, rows, strict=True) if row.kind != "thumb"
                    ]
                    peers["verified-answer cache"] = cached(corrected, asked.tests, bench.before)
                    others = [one for one in COMPONENTS if one != "thresholds"]
                    peers["threshold alone"] = bench.learn("threshold alone", rows, others).candidate
        except Interrupted:
            say(f"{asked.name}: time is up; arms measured: {', '.join(arms) or 'none'}")
    if not bench.before:
        return {}
    return summarize(bench.before, bench.wrong, arms, peers, [one.document for one in asked.tests])


def summarize(
    before: Errors, wrong: Errors, arms: Mapping[str, Result], peers: Mapping[str, Errors], documents: Sequence[str],
) -> dict[str, Metric]:  # fmt: skip
    """Relative cuts of the error, paired, with intervals over documents; of arms that were not run there is nothing."""
    out = {"error_before": _mean(before, documents), "wrong_shown_before": _mean(wrong, documents)}
    for arm, result in arms.items():
        name = {"mixed": "error_cut", "thumbs": "error_cut_thumbs_only", "edits": "error_cut_edits_only"}[arm]
        out[name] = _cut(before, result.shipped, documents)
        out[f"{name}_candidate"] = _cut(before, result.candidate, documents)
        out[f"shipped_{arm}"] = Metric(float(result.passed))
        out[f"corrections_{arm}"] = Metric(result.corrected)
    if (mixed := arms.get("mixed")) is None:
        return out
    out["wrong_shown_after"] = _mean(mixed.wrong, documents)
    if peers:
        peer = min(peers, key=lambda name: float(np.mean(peers[name])))
        out["error_cut_over_best_baseline"] = _cut(peers[peer], mixed.shipped, documents, peer)
    if mixed.alone:
        part = min(mixed.alone, key=lambda name: float(np.mean(mixed.alone[name])))
        best = mixed.alone[part]
        over = paired_difference(best, mixed.candidate, rng=np.random.default_rng(7), clusters=documents)
        out["gain_over_best_component"] = Metric.of(over, float(np.mean(best)), f"error of {part} alone")
    if edits := arms.get("edits"):
        gained = [float(np.mean(before) - np.mean(one.candidate)) for one in (mixed, edits)]
        out["edits_share"] = Metric(gained[0] / gained[1] if gained[1] > 0 else float("nan"))
    return out


def _mean(values: Errors, documents: Sequence[str]) -> Metric:
    return Metric.of(bootstrap(values, rng=np.random.default_rng(7), clusters=documents))


def _cut(before: Errors, after: Errors, documents: Sequence[str], peer: str | None = None) -> Metric:
    found = bootstrap(
        np.array([before, after]).T, rng=np.random.default_rng(7), clusters=documents,
        statistic=lambda rows: float(1 - rows[:, 1].sum() / rows[:, 0].sum()) if rows[:, 0].any() else 0.0,
    )  # fmt: skip
    return Metric.of(found, float(np.mean(before)) if peer else None, f"error of {peer}" if peer else None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    options = _options(arguments)
    metrics = {name: Metric(math.nan) for name in CONTRACT}
    started = time.monotonic()
    try:
        every = read(options.data, options.events, options.limit, options.documents, options.only)
        for number, asked in enumerate(every, start=1):
            end = started + 60 * options.minutes * number / len(every)
            with tempfile.TemporaryDirectory(prefix="metier-gain-") as folder:
                found = measure(asked, Path(folder), options, lambda end=end: time.monotonic() > end)  # type: ignore[misc]
            metrics |= {f"{name}{'_ir' if number > 1 else ''}": metric for name, metric in found.items()}
        metrics["ndcg10_cold_start_gain"] = _cold_start(options)
    except KeyboardInterrupt:
        say("stopped; what was measured so far follows")
    finally:
        told = {
            name: getattr(options, name)
            for name in ("events", "limit", "noise", "seed", "asked", "documents", "minutes")
        }
        emit("specialize_gain", metrics, record=options.record, options=told)
    return 0


def _cold_start(options: argparse.Namespace) -> Metric:
    """nDCG@10 over the judged collections, without labels; null unless asked for."""
    if not options.cold_start:
        return Metric(float("nan"))
    told = argparse.Namespace(
        data=options.data,
        collections=(),
        limit=options.limit,
        budget_s=300.0,
        cache=None,
    )
    return specialize_cold_start.cold_start_gain(told)["ndcg10_cold_start_gain_all"]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    out = parser(
        "specialize_gain", "fewer wrong answers after feedback, on unseen documents", needs_data=True
    )
    out.add_argument("--events", type=int, default=300, help="questions people judge")
    out.add_argument("--limit", type=int, default=200, help="test questions")
    out.add_argument("--noise", type=float, default=0.1, help="share of thumbs that are wrong")
    out.add_argument("--asked", type=int, default=60, help="most corrections that the gate may ask for")
    out.add_argument("--documents", type=int, default=1000, help="of a judged collection")
    out.add_argument("--minutes", type=float, default=13.0, help="after these nothing further is asked")
    out.add_argument("--seed", type=int, default=7)
    out.add_argument(
        "--only", type=lambda text: text.split(","), default=[], help="tatqa, or names of folders in ir/"
    )
    out.add_argument("--arms", type=lambda text: text.split(","), default=list(ARMS), help=", ".join(ARMS))
    out.add_argument("--cold-start", action="store_true", help="measure the cold start, too")
    return out.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"specialize_gain: {error}")
