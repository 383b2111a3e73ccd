"""Does specializing ship what is worse? Many runs of the real fit and the real gate in worlds where the truth is known.

    python -m benchmarks.specialize_safety [--data DIR] [--runs 1000]

A world: questions with the features of real candidates (the example company, answered by release 0), and a true policy
from whose chances the right candidate of each question is drawn. People tell the right one, or something else:

- null: the live release is the true policy, people are right: nothing can be gained;
- random: people point at any candidate; inverted: at what the true policy likes least; poisoned: 30% inverted;
- thumbs: nothing but thumbs on what was shown, of which 25% are wrong.

Fit and tuning see what people say. The gate's labels are true (a vault of sealed cases); `..._own_labels` is the
same with a gate judged by the same people in the worlds null and poisoned. Sizes from 20 to 3,000 events, of which
50% are fitted on, 20% tuned on and 30% judged. A regression was shipped if the gate passed and the expected share
right of the shipped weights over fresh questions is below the live release's. `missed_gain_rate`: gates of 800 questions
of which 15% change and 5 points more become right, first look, that do not pass.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Metric, emit, parser, say
from examples.company.generate import generate
from metier.evaluate.cases import read_cases
from metier.evaluate.estimates import clopper_pearson
from metier.generate.extractive import section_of
from metier.specialize.components.answer_policy import fit_lessons, named, vector
from metier.specialize.gate import Pair, gate
from metier.specialize.labels import NOISE, Graded, Lesson
from metier.store.workspace import create_workspace
from metier.system import open_system
from metier.types import Estimate

Floats = NDArray[np.float64]

SIZES = (20, 50, 100, 200, 400, 800, 1500, 3000)
# Large runs cost ten times as much as small ones and go wrong more rarely: most runs are small.
SHARES = (0.2, 0.2, 0.2, 0.15, 0.1, 0.08, 0.04, 0.03)
WORLDS = ("null", "random", "inverted", "poisoned", "thumbs")
_FRESH = 1_500  # questions on which the truth is looked up; its error is in chances, not in draws
_JITTER = 0.3  # of each feature's spread, so that no question comes twice
_POISONED, _WRONG_THUMBS = 0.3, 0.25


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


def run_once(world: World, kind: str, size: int, own_labels: bool, dice: np.random.Generator) -> Ran:
    """People speak, the real code fits and judges."""
    questions = [world.draw(dice) for _ in range(size)]
    truth = [_drawn(chance_of(item, world.base), dice) for item in questions]
    told = [_told(kind, item, right, world.base, dice) for item, right in zip(questions, truth, strict=True)]
    first, second = round(0.5 * size), round(0.7 * size)
    lessons = [
        _lesson(kind, item, right, said, world.base, f"q{place}", dice)
        for place, (item, right, said) in enumerate(zip(questions, truth, told, strict=True))
    ]
    fitted = fit_lessons(lessons[:first], lessons[first:second], world.base)
    if fitted.weights is None:
        return Ran(kind, size, False, False, 0.0)
    weights = vector(named(fitted.weights))  # rounded as a release keeps them
    labels = told if own_labels else truth
    pairs = [
        Pair(
            f"q{place}", f"q{place}", _graded(questions[place], world.base, labels[place]),
            _graded(questions[place], weights, labels[place]),
        )
        for place in range(second, size)
    ]  # fmt: skip
    passed = gate(pairs, 1).verdict == "pass"
    return Ran(kind, size, True, passed, _true_difference(world, weights, dice) if passed else 0.0)


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


def _true_difference(world: World, weights: Floats, dice: np.random.Generator) -> float:
    gaps = []
    for _ in range(_FRESH):
        features = world.draw(dice)
        truth = chance_of(features, world.base)
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


def measure(world: World, runs: int, seed: int) -> dict[str, Metric]:
    """All runs and their shares."""
    dice = np.random.default_rng(seed)
    done: list[Ran] = []
    own: list[Ran] = []
    for number in range(runs):
        kind = WORLDS[number % len(WORLDS)]
        size = int(dice.choice(SIZES, p=SHARES))
        done.append(run_once(world, kind, size, False, dice))
        if kind in ("null", "poisoned"):
            own.append(run_once(world, kind, size, True, dice))
        if (number + 1) % 100 == 0:
            say(
                f"{number + 1} runs: {_regressions(done)} regressions shipped, {sum(item.passed for item in done)} passed"
            )
    for kind in WORLDS:
        mine = [item for item in done if item.world == kind]
        say(
            kind,
            f"{len(mine)} runs, fitted {sum(i.fitted for i in mine)}, passed {sum(i.passed for i in mine)}",
        )
    missed = sum(missed_gain(dice) for _ in range(max(200, runs // 2)))
    return {
        "runs": Metric(len(done)),
        "shipped_regression_rate": _rate(_regressions(done), len(done)),
        "shipped_regression_rate_own_labels": _rate(_regressions(own), len(own)),
        "kept_by_tuning_rate": _rate(sum(item.fitted for item in done), len(done)),
        "missed_gain_rate": _rate(missed, max(200, runs // 2)),
    }


def _regressions(ran: Sequence[Ran]) -> int:
    return sum(item.passed and item.difference < 0 for item in ran)


def _rate(count: int, n: int) -> Metric:
    found: Estimate = clopper_pearson(count, n)
    return Metric.of(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        place: Path = options.workspace or Path(scratch) / "company"
        world = company_world(place, options.company_seed, options.documents, options.questions)
    metrics = measure(world, options.runs, options.seed)
    told = {name: getattr(options, name) for name in ("runs", "seed", "documents", "questions")}
    emit("specialize_safety", metrics, record=options.record, options=told)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("specialize_safety", "whether what is worse is shipped (needs no --data)")
    options.add_argument("--runs", type=int, default=1_000)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--documents", type=int, default=60, help="of the example company")
    options.add_argument("--questions", type=int, default=150, help="whose candidates make the worlds")
    options.add_argument("--company-seed", type=int, default=1)
    options.add_argument("--workspace", type=Path, help="keep the company here, to run again quickly")
    return options.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
