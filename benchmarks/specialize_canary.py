"""Is a canary that harms nobody left alone, and one that harms rolled back? `python -m benchmarks.specialize_canary`.

Courses of marks as people give them: `--people`, of whom a share gets the canary; how much somebody says and how much of it is
harm differs between people (log-normal, standard deviations `talk` and `temper`). `--marks` marks in all, 15% of them harm with the live
release. After each one the rule of `metier.evaluate.harm` is asked, as the product asks it.

Besides with `--before` marks from before the canary, of the same people: names end in _own. In _drift_D of these, everybody's
answers harm D times as often as before.

rolled_back_RATIO_temper_T: share of the courses that are ever rolled back where the canary harms RATIO times as often (1: a false
alarm; .7: it harms less). median_marks: of those courses (infinite: most are not), of both releases together. Neither documents nor
models are needed; `--data` is not used.
"""

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Metric, emit, parser, say
from metier.evaluate.estimates import clopper_pearson
from metier.evaluate.harm import ALPHA, LEAST, OTHERS, Mark, are_enough, log_gains
from metier.evaluate.harm import RATIOS as ODDS

TALK = 1.0  # of the logarithm: one person in six says 2.7 times as much as the median, or more
TEMPERS = (0.0, 0.7)  # 0: people are alike; .7: one in six complains twice as often as the median, or more
RATIOS = (0.7, 1.0, 2.0, 4.0)
DRIFT = 2.0


@dataclass(frozen=True, slots=True)
class World:
    """Who marks what."""

    people: int
    share: float
    marks: int
    harm: float = 0.15  # share of the live release's marks
    before: int = 0  # marks from before the canary
    drift: float = 1.0  # of the harm of all answers since then


@dataclass(frozen=True, slots=True)
class Course:
    """Marks in the order they come, as columns: a list of Mark takes ten times as long to draw and to judge."""

    who: NDArray[np.int64]
    is_canary: NDArray[np.bool_]
    is_harmed: NDArray[np.bool_]
    before: "Course | None" = None  # newest first

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
    before = None
    if world.before:
        who = rng.choice(world.people, world.before, p=talk / talk.sum())
        before = Course(who, gets[who], rng.random(world.before) < np.minimum(harm, 0.95)[who])
    chance = np.minimum(world.drift * harm * np.where(gets, ratio, 1.0), 0.95)
    who = rng.choice(world.people, world.marks, p=talk / talk.sum())
    return Course(who, gets[who], rng.random(world.marks) < chance[who], before)


def rolled_back_after(one: Course) -> float:
    """The mark after which the canary ends; infinite if it does not: the rule of `is_harm_shown` after every mark."""
    kept, is_own = np.ones(one.who.size, dtype=bool), False
    if one.before is not None and are_enough(one.before.marks()):
        kept, is_own = _against_own(one, one.before), True
    shown = _after_each(one, kept) >= 1 / ALPHA
    for person in np.unique(one.who[one.is_canary & kept]) if shown.any() else ():
        shown &= _after_each(one, kept & (one.who != person)) >= (OTHERS if is_own else 1 / ALPHA)
    places = np.flatnonzero(shown)
    return float(places[0]) + 1 if places.size else math.inf


def _against_own(one: Course, before: Course) -> NDArray[np.bool_]:
    """Which marks differ from the earlier one of the same person that they are put beside."""
    kept = np.zeros(one.who.size, dtype=bool)
    for person in np.unique(one.who):
        earlier = before.is_harmed[before.who == person]
        places = np.flatnonzero(one.who == person)[: earlier.size]
        kept[places] = one.is_harmed[places] != earlier[: places.size]
    return kept


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


def measure(world: World, before: int, runs: int, seed: int) -> dict[str, Metric]:
    """The figures."""
    out: dict[str, Metric] = {}
    for temper in TEMPERS:
        for ratio in RATIOS:
            name = f"{ratio:g}_temper_{temper:g}"
            out |= _figures(name, world, ratio, temper, runs, seed)
            out |= _figures(f"{name}_own", replace(world, before=before), ratio, temper, runs, seed)
        moved = replace(world, before=before, drift=DRIFT)
        out |= _figures(f"1_temper_{temper:g}_own_drift_{DRIFT:g}", moved, 1.0, temper, runs, seed)
    return out


def _figures(name: str, world: World, ratio: float, temper: float, runs: int, seed: int) -> dict[str, Metric]:
    count = runs if ratio == 1.0 else max(1, runs // 10)
    ends = list(courses(world, ratio, temper, count, seed))
    found = clopper_pearson(sum(map(math.isfinite, ends)), count)
    median = sorted(ends)[count // 2]
    say(f"{name}: rolled back {found.value:.3f} of {count}, median {median:g} marks")
    out = {f"rolled_back_{name}": Metric.of(found)}
    return out | ({f"median_marks_{name}": Metric(median, n=count)} if ratio > 1 else {})


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    out = parser("specialize_canary", "are canaries that harm rolled back, and no others (needs no --data)")
    out.add_argument("--people", type=int, default=50)
    out.add_argument("--share", type=float, default=0.1)
    out.add_argument("--marks", type=int, default=5000)
    out.add_argument("--before", type=int, default=3000, help="marks from before the canary")
    out.add_argument("--runs", type=int, default=2000, help="canaries that harm no more; of others a tenth")
    out.add_argument("--seed", type=int, default=7)
    options = out.parse_args(arguments)
    world = World(options.people, options.share, options.marks)
    told = {name: getattr(options, name) for name in ("people", "share", "marks", "before", "runs", "seed")}
    emit(
        "specialize_canary",
        measure(world, options.before, options.runs, options.seed),
        record=options.record,
        options=told,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
