"""Does specializing ship what is worse? Many runs of the real fit and the real gate in worlds where the truth is known.

    python -m benchmarks.specialize_safety [--data DIR] [--runs 1000] [--minutes 13]

A world: questions with the features of real candidates (the example company, answered by release 0; kept in the cache folder for
the next run), and a true policy from whose chances the right candidate of each question is drawn. People tell the right one, or
something else:

- null: the live release is the true policy, people are right: nothing can be gained;
- random: people point at any candidate; inverted: at what the true policy likes least; poisoned: 30% inverted;
- thumbs: nothing but thumbs on what was shown, of which 25% are wrong;
- gain: the true policy is another one, and following it would make at least five points more answers right.

Fit and tuning see what people say. The gate's labels are true (a vault of sealed cases); `..._people` is the same fit with the gate as
people feed it (safety_people.py: thumbs, corrections of wrong answers alone, up to 120 answers that it asks for), `..._own_labels` the same
with a gate judged by the same people in the worlds null and poisoned. Sizes from 20 to 3,000 events, of which 50% are fitted on, 20%
tuned on and 30% judged; runs of `gain` have 2,667 and so judge 800. A regression was shipped if the gate passed and the expected
share right of the shipped weights over fresh questions is below the live release's. `missed_gain_rate`: runs of `gain` that ship
nothing, whether fit, tuning or gate refused (one beside every fortieth run). `missed_gain_rate_gate`: the gate alone, 800
questions of which 15% change and 5 points more become right, first look. `bugs_found`: mistakes planted in cleaning, splitting and gate
that break a law which holds without them (specialize_laws.py, specialize_bugs.py). After `--minutes` no further run is begun; `runs` says
how many there were, and the figures are printed whatever happens.
"""

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import safety_people
from benchmarks.common import Metric, cache_dir, emit, parser, say
from benchmarks.specialize_bugs import BUGS
from benchmarks.specialize_laws import LAWS, broken
from examples.company.generate import generate
from metier.errors import UserError
from metier.evaluate.cases import read_cases
from metier.evaluate.estimates import clopper_pearson
from metier.generate.ranking import section_of
from metier.generate.scoring import FEATURES, named, vector
from metier.specialize.components.answer_policy import fit_lessons
from metier.specialize.gate import Pair, gate
from metier.specialize.labels import NOISE, Graded, Lesson
from metier.store.releases import RELEASE_0
from metier.store.workspace import create_workspace
from metier.system import open_system

Floats = NDArray[np.float64]

SIZES = (20, 50, 100, 200, 400, 800, 1500, 3000)
# Large runs cost ten times as much as small ones and go wrong more rarely: most runs are small.
SHARES = (0.2, 0.2, 0.2, 0.15, 0.1, 0.08, 0.04, 0.03)
WORLDS = ("null", "random", "inverted", "poisoned", "thumbs")
_FRESH = 1_500  # questions on which the truth is looked up; its error is in chances, not in draws
_JITTER = 0.3  # of each feature's spread, so that no question comes twice
_POISONED, _WRONG_THUMBS = 0.3, 0.25
_GAIN, _GAIN_SIZE = 0.07, 2_667  # seven points to the true policy: a fit that comes near it still gains five
_GAIN_EVERY = 40  # runs


@dataclass(frozen=True, slots=True)
class World:
    """Candidates of real questions, and the weights of the live release."""

    questions: Sequence[Floats]  # (n, FEATURES) each
    base: Floats
    spread: Floats

    def draw(self, dice: np.random.Generator) -> Floats:
        """The candidates of one more question like these."""
        found = self.questions[int(dice.integers(len(self.questions)))]
        moved: Floats = found + _JITTER * self.spread * dice.normal(size=found.shape)
        return moved


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: what the gate said, and what is so."""

    world: str
    size: int
    fitted: bool  # something was kept
    passed: bool
    difference: float  # expected share right, shipped minus live


def chance_of(features: Floats, weights: Floats) -> Floats:
    """P of each candidate and, last, of abstaining."""
    utility = np.append(features @ weights, 0.0)
    raised = np.exp(utility - utility.max())
    found: Floats = raised / raised.sum()
    return found


def run_once(world: World, kind: str, size: int, dice: np.random.Generator) -> tuple[Ran, Ran, Ran]:
    """People speak, the real code fits and judges: on true labels, on what the same people say, and as people feed the gate."""
    true = better_policy(world, dice) if kind == "gain" else world.base
    questions = [world.draw(dice) for _ in range(size)]
    truth = [_drawn(chance_of(item, true), dice) for item in questions]
    told = [_told(kind, item, right, true, dice) for item, right in zip(questions, truth, strict=True)]
    first, second = round(0.5 * size), round(0.7 * size)
    lessons = [
        _lesson(kind, item, right, said, world.base, f"q{place}", dice)
        for place, (item, right, said) in enumerate(
            zip(questions[:second], truth[:second], told[:second], strict=True)
        )
    ]
    fitted = fit_lessons(lessons[:first], lessons[first:second], world.base)
    if fitted.weights is None:
        nothing = Ran(kind, size, False, False, 0.0)
        return nothing, nothing, nothing
    weights = vector(named(fitted.weights))  # rounded as a release keeps them
    judging = range(second, size)
    passed = [
        gate([_pair(world, questions, weights, labels, place) for place in judging], 1).verdict == "pass"
        for labels in (truth, told)
    ]
    asked = [_asked(questions[place], world.base, weights, truth[place]) for place in judging]
    passed.append(safety_people.passes(asked, dice))
    gap = _true_difference(world, weights, true, dice) if any(passed) else 0.0
    one, other, third = (Ran(kind, size, True, ok, gap if ok else 0.0) for ok in passed)
    return one, other, third


def _asked(features: Floats, live: Floats, weights: Floats, right: int) -> safety_people.Asked:
    """Abstaining comes last among the chances."""
    given = [int(np.argmax(chance_of(features, one))) for one in (live, weights)]
    return safety_people.Asked(*(safety_people.SILENT if n == len(features) else n for n in (*given, right)))


def _pair(
    world: World, questions: Sequence[Floats], weights: Floats, labels: Sequence[int], place: int
) -> Pair:
    before, after = (_graded(questions[place], one, labels[place]) for one in (world.base, weights))
    return Pair(f"q{place}", f"q{place}", before, after)


def better_policy(world: World, dice: np.random.Generator) -> Floats:
    """Weights in a drawn direction from the live ones, so far that following them gains at least `_GAIN`."""
    direction = dice.normal(size=len(world.base)) / np.where(world.spread > 1e-9, world.spread, np.inf)
    step = 0.5
    while step < 64:
        moved: Floats = world.base + step * direction
        if _true_difference(world, moved, moved, dice, 300) >= _GAIN:
            return moved
        step *= 1.5
    return moved


def missed_gain(
    dice: np.random.Generator, n: int = 800, discordance: float = 0.15, gain: float = 0.05
) -> bool:
    """Whether the gate does not pass a candidate that truly gains so much, at its first look."""
    up, down = (discordance + gain) / 2, (discordance - gain) / 2
    moved = dice.choice(3, size=n, p=(up, down, 1 - up - down))
    same = dice.random(n) < 0.7
    pairs = [
        Pair(
            str(place),
            str(place),
            _right(kind == 1 or (kind == 2 and bool(ok))),
            _right(kind == 0 or (kind == 2 and bool(ok))),
        )
        for place, (kind, ok) in enumerate(zip(moved.tolist(), same.tolist(), strict=True))
    ]
    return gate(pairs, 1).verdict != "pass"


def _right(right: bool) -> Graded:
    return Graded(right, not right, True)


def _drawn(chance: Floats, dice: np.random.Generator) -> int:
    return int(dice.choice(len(chance), p=chance))


def _told(kind: str, features: Floats, right: int, base: Floats, dice: np.random.Generator) -> int:
    """The candidate that people call right."""
    if kind == "random":
        return int(dice.integers(len(features) + 1))
    if kind == "inverted" or (kind == "poisoned" and dice.random() < _POISONED):
        return int(np.argmin(chance_of(features, base)))
    return right


def _lesson(
    kind: str, features: Floats, right: int, said: int, base: Floats, group: str, dice: np.random.Generator
) -> Lesson:
    good = np.zeros(len(features) + 1, dtype=bool)
    if kind != "thumbs":
        good[said] = True
        return Lesson(features, good, 1.0, NOISE["written"], group)
    shown = int(np.argmax(chance_of(features, base)))
    good[shown] = True
    is_up = (shown == right) != (dice.random() < _WRONG_THUMBS)
    return Lesson(features, good if is_up else ~good, 1.0, NOISE["thumb"], group)


def _graded(features: Floats, weights: Floats, right: int) -> Graded:
    chosen = int(np.argmax(chance_of(features, weights)))
    return Graded(chosen == right, chosen != right and chosen < len(features), True)


def _true_difference(
    world: World, weights: Floats, true: Floats, dice: np.random.Generator, fresh: int = _FRESH
) -> float:
    """Expected share right under the true policy, with these weights minus with the live ones."""
    gaps = []
    for _ in range(fresh):
        features = world.draw(dice)
        truth = chance_of(features, true)
        ours, live = (int(np.argmax(chance_of(features, one))) for one in (weights, world.base))
        gaps.append(truth[ours] - truth[live])
    return float(np.mean(gaps))


def company_world(folder: Path, seed: int, documents: int, most: int) -> World:
    """Candidates of the example company's questions, as the release that ships sees them last."""
    if not (folder / "metier.yaml").exists():
        generate(folder, seed, documents)
    workspace = create_workspace(folder)
    with open_system(folder) as system:
        system.ingest()
        trial = system.trial(system.release)
        seen = []
        for case in read_cases(workspace.root / "cases.jsonl"):
            looks = trial.consider(trial.find(case.question, case.user))
            seen += [looks[-1]] if looks else []
            if len(seen) == most:
                break
        say(f"{len(seen)} questions with {sum(len(item.options) for item in seen)} candidates")
        section = max({item.section for item in seen}, key=lambda one: sum(x.section == one for x in seen))
        questions = [item.features for item in seen if item.section == section]
        base = vector(section_of(system.release.parts["generator"], section)["weights"])
    spread = np.vstack(questions).std(axis=0)
    return World(questions, base, spread)


@dataclass(slots=True)
class Tally:
    """All runs so far."""

    done: list[Ran] = field(default_factory=list)
    own: list[Ran] = field(default_factory=list)
    people: list[Ran] = field(default_factory=list)
    gains: list[Ran] = field(default_factory=list)
    gains_people: list[Ran] = field(default_factory=list)
    gate_missed: int = 0
    gate_tried: int = 0
    bugs: dict[str, str] = field(default_factory=dict)

    def metrics(self) -> dict[str, Metric]:
        """Shares with exact intervals; what was not reached is left out."""
        out = {
            "runs": Metric(len(self.done)),
            "shipped_regression_rate": _rate(_regressions(self.done), len(self.done)),
            "shipped_regression_rate_people": _rate(_regressions(self.people), len(self.people)),
            "shipped_regression_rate_own_labels": _rate(_regressions(self.own), len(self.own)),
            "kept_by_tuning_rate": _rate(sum(item.fitted for item in self.done), len(self.done)),
            "missed_gain_rate": _rate(sum(not item.passed for item in self.gains), len(self.gains)),
            "missed_gain_rate_people": _rate(
                sum(not item.passed for item in self.gains_people), len(self.gains_people)
            ),
            "missed_gain_rate_gate": _rate(self.gate_missed, self.gate_tried),
            "bugs_planted": Metric(len(self.bugs)),
            "bugs_found": _rate(sum(map(bool, self.bugs.values())), len(self.bugs)),
        }
        return {name: metric for name, metric in out.items() if metric is not None}


def measure(
    world: World,
    tally: Tally,
    runs: int,
    seed: int,
    is_late: Callable[[], bool] = lambda: False,
    gain_size: int = _GAIN_SIZE,
) -> None:
    """All runs, into the tally."""
    dice = np.random.default_rng(seed)
    tally.gate_tried = max(200, runs // 2)
    tally.gate_missed = sum(missed_gain(dice) for _ in range(tally.gate_tried))
    for number in range(runs):
        if is_late():
            say(f"time is up after {number} of {runs} runs")
            break
        kind = WORLDS[number % len(WORLDS)]
        one, other, third = run_once(world, kind, int(dice.choice(SIZES, p=SHARES)), dice)
        tally.done.append(one)
        tally.people.append(third)
        if kind in ("null", "poisoned"):
            tally.own.append(other)
        if number % _GAIN_EVERY == 0:
            one, _, third = run_once(world, "gain", gain_size, dice)
            tally.gains.append(one)
            tally.gains_people.append(third)
        if (number + 1) % 100 == 0:
            passed = sum(item.passed for item in tally.done)
            say(f"{number + 1} runs: {_regressions(tally.done)} regressions shipped, {passed} passed")
    for kind in WORLDS:
        mine = [item for item in tally.done if item.world == kind]
        say(
            kind,
            f"{len(mine)} runs, fitted {sum(i.fitted for i in mine)}, passed {sum(i.passed for i in mine)}",
        )


def plant_bugs(tally: Tally, seed: int, is_late: Callable[[], bool] = lambda: False) -> None:
    """Every bug, one at a time; raises UserError if a law is broken without one."""
    for room in LAWS:
        if said := broken(room, seed):
            raise UserError(f"without any planted bug {room} breaks a law: {said}")
    for bug in BUGS:
        if is_late():
            break
        tally.bugs[bug.name] = bug.found(seed)
        if not tally.bugs[bug.name]:
            say(f"not found: {bug.room}: {bug.name}")
    say(f"{sum(map(bool, tally.bugs.values()))} of {len(tally.bugs)} planted bugs found")


def _regressions(ran: Sequence[Ran]) -> int:
    return sum(item.passed and item.difference < 0 for item in ran)


def _rate(count: int, n: int) -> Metric | None:
    """None without any trial: no data is not zero."""
    return Metric.of(clopper_pearson(count, n)) if n else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; prints what was measured also where something ended it."""
    options = _options(arguments)
    started = time.monotonic()
    tally = Tally()

    def is_late() -> bool:
        return time.monotonic() - started > 60 * float(options.minutes)

    try:
        plant_bugs(tally, options.seed, is_late)
        measure(cached_world(options), tally, options.runs, options.seed, is_late)
    except KeyboardInterrupt:
        say("stopped; what was measured so far follows")
    finally:
        told = {name: getattr(options, name) for name in ("runs", "seed", "documents", "questions")}
        emit("specialize_safety", tally.metrics(), record=options.record, options=told)
    return 0


def cached_world(options: argparse.Namespace) -> World:
    """The world of these options, from the cache if it is there: candidates of a release cost minutes, and never change."""
    weights = (RELEASE_0 / "generator.json").read_bytes() + (RELEASE_0 / "mixture.json").read_bytes()
    key = (
        f"{options.company_seed} {options.documents} {options.questions} ".encode()
        + weights
        + " ".join(FEATURES).encode()
    )
    place = cache_dir() / f"safety-{hashlib.sha256(key).hexdigest()[:16]}.npz"
    if place.exists():
        with np.load(place, allow_pickle=False) as kept:
            table, lengths, base, spread = (kept[name] for name in ("table", "lengths", "base", "spread"))
        return World(np.split(table, np.cumsum(lengths)[:-1]), base, spread)
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = options.workspace or Path(scratch) / "company"
        world = company_world(folder, options.company_seed, options.documents, options.questions)
    place.parent.mkdir(parents=True, exist_ok=True)
    lengths = np.array([len(one) for one in world.questions])
    np.savez_compressed(
        place, table=np.vstack(list(world.questions)), lengths=lengths, base=world.base, spread=world.spread
    )
    return world


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("specialize_safety", "whether what is worse is shipped (needs no --data)")
    options.add_argument("--runs", type=int, default=1_000)
    options.add_argument("--minutes", type=float, default=13.0, help="after these no further run is begun")
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--documents", type=int, default=60, help="of the example company")
    options.add_argument("--questions", type=int, default=150, help="whose candidates make the worlds")
    options.add_argument("--company-seed", type=int, default=1)
    options.add_argument("--workspace", type=Path, help="keep the company here, to run again quickly")
    return options.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"specialize_safety: {error}")
