"""Is a canary that harms nobody left alone, and one that harms rolled back? `python -m benchmarks.specialize_canary`.

Courses of marks as people give them: `--people`, of whom a share gets the canary; how much somebody says and how much of it is
harm differs between people (log-normal, standard deviations `talk` and `temper`). `--marks` marks in all, 15% of them harm with the live
release. After each one the rule of `metier.evaluate.harm` is asked, as the product asks it.

rolled_back_RATIO_temper_T: share of the courses that are ever rolled back where the canary harms RATIO times as often (1: a false
alarm; .7: it harms less). median_marks: of those courses (infinite: most are not), of both releases together. Neither documents nor
models are needed; `--data` is not used.
"""

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Metric, emit, parser, say
from metier.evaluate.estimates import clopper_pearson
from metier.evaluate.harm import ALPHA, LEAST, Mark, log_gains
from metier.evaluate.harm import RATIOS as ODDS

TALK = 1.0  # of the logarithm: one person in six says 2.7 times as much as the median, or more
TEMPERS = (0.0, 0.7)  # 0: people are alike; .7: one in six complains twice as often as the median, or more
RATIOS = (0.7, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class World:
    """Who marks what."""

    people: int
    share: float
    marks: int
    harm: float = 0.15  # share of the live release's marks


@dataclass(frozen=True, slots=True)
class Course:
    """Marks in the order they come, as columns: a list of Mark takes ten times as long to draw and to judge."""

    who: NDArray[np.int64]
    is_canary: NDArray[np.bool_]
    is_harmed: NDArray[np.bool_]

    def marks(self) -> list[Mark]:
        """The rows."""
        rows = zip(self.who, self.is_canary, self.is_harmed, strict=True)
        return [Mark(str(who), bool(canary), bool(harmed)) for who, canary, harmed in rows]


def course(world: World, ratio: float, temper: float, rng: np.random.Generator) -> Course:
    """One course."""
    talk = np.exp(rng.normal(0, TALK if temper else 0, world.people))
    harm = world.harm * np.exp(rng.normal(0, temper, world.people) - temper**2 / 2)
    gets = np.zeros(world.people, dtype=bool)
    count = min(max(1, round(world.share * world.people)), world.people - 1)
    gets[rng.permutation(world.people)[:count]] = True
    chance = np.minimum(harm * np.where(gets, ratio, 1.0), 0.95)
    who = rng.choice(world.people, world.marks, p=talk / talk.sum())
    return Course(who, gets[who], rng.random(world.marks) < chance[who])


def rolled_back_after(one: Course) -> float:
    """The mark after which the canary ends; infinite if it does not: the rule of `is_harm_shown` after every mark."""
    least = _after_each(one, np.ones(one.who.size, dtype=bool))
    for person in np.unique(one.who[one.is_canary]) if least.max() >= 1 / ALPHA else ():
        least = np.minimum(least, _after_each(one, one.who != person))
    shown = np.flatnonzero(least >= 1 / ALPHA)
    return float(shown[0]) + 1 if shown.size else math.inf


def _after_each(one: Course, kept: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The evidence of the marks that are kept after each of all: blocks end where both releases have LEAST more."""
    canary, live = np.cumsum(one.is_canary & kept), np.cumsum(~one.is_canary & kept)
    harmed = np.cumsum(one.is_harmed & kept)
    harmed_canary = np.cumsum(one.is_harmed & one.is_canary & kept)
    out = np.ones(kept.size)
    logs = np.zeros(len(ODDS))
    before = (0, 0, 0, 0)
    while True:
        end = max(
            int(np.searchsorted(column, start + LEAST))
            for column, start in ((canary, before[0]), (live, before[1]))
        )
        if end >= kept.size:
            return out
        now = (int(canary[end]), int(live[end]), int(harmed[end]), int(harmed_canary[end]))
        block = [after - earlier for after, earlier in zip(now, before, strict=True)]
        logs += log_gains(block[3], block[2], block[0], block[1])
        out[end:] = np.exp(np.minimum(logs, 600)).mean()
        before = now


def courses(world: World, ratio: float, temper: float, runs: int, seed: int) -> Iterator[float]:
    """When each of the courses ends."""
    rng = np.random.default_rng(seed)
    for _ in range(runs):
        yield rolled_back_after(course(world, ratio, temper, rng))


def measure(world: World, runs: int, seed: int) -> dict[str, Metric]:
    """The figures."""
    out: dict[str, Metric] = {}
    for temper in TEMPERS:
        for ratio in RATIOS:
            count = runs if ratio == 1.0 else max(1, runs // 10)
            ends = list(courses(world, ratio, temper, count, seed))
            found = clopper_pearson(sum(map(math.isfinite, ends)), count)
            name = f"{ratio:g}_temper_{temper:g}"
            out[f"rolled_back_{name}"] = Metric.of(found)
            median = sorted(ends)[count // 2]
            say(f"{name}: rolled back {found.value:.3f} of {count}, median {median:g} marks")
            if ratio > 1:
                out[f"median_marks_{name}"] = Metric(median, n=count)
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    out = parser("specialize_canary", "are canaries that harm rolled back, and no others (needs no --data)")
    out.add_argument("--people", type=int, default=50)
    out.add_argument("--share", type=float, default=0.1)
    out.add_argument("--marks", type=int, default=5000)
    out.add_argument("--runs", type=int, default=2000, help="canaries that harm no more; of others a tenth")
    out.add_argument("--seed", type=int, default=7)
    options = out.parse_args(arguments)
    world = World(options.people, options.share, options.marks)
    told = {name: getattr(options, name) for name in ("people", "share", "marks", "runs", "seed")}
    emit(
        "specialize_canary",
        measure(world, options.runs, options.seed),
        record=options.record,
        options=told,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
