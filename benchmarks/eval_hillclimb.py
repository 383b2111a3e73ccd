"""Does the vault's gate resist trying often? Made outcomes with a known truth; `--data` is accepted and not read.

optimism_points: points claimed after 50 adaptive steps on tweaks that change nothing, at n = 200 (`peer`: adopting what
    scores higher on an open suite).
false_better_rate: share of climbers for whom any of those looks passed.
power_ratio: how often a tweak that is 5 points better passes one of 50 looks at n = 1,000, over how often it passes a
    single test at 5% made for it alone. Cases that change: --changed; power_ratio_changed_N: the same where N per cent do.
"""

import sys
from collections.abc import Sequence

import numpy as np

from benchmarks.common import Metric, emit, parser, say
from metier.evaluate.estimates import clopper_pearson
from metier.evaluate.hillclimb import better_passes, climb

ALPHA, GAIN, RIGHT = 0.05, 0.05, 0.7
CHANGED = 0.15  # as in the plan of specialize: +5 points with so many discordant cases
BESIDE = (0.1, 0.2)


def measure(runs: int, steps: int, n: int, n_power: int, changed: float, seed: int) -> dict[str, Metric]:
    """The three figures; power of both tests from the same kind of draws."""
    rng = np.random.default_rng(seed)
    climbs = [climb(n, steps, ALPHA, rng, RIGHT, changed) for _ in range(runs)]
    naive = 100 * float(np.mean([item.gain_naive for item in climbs]))
    say(f"{runs} climbers: naive {naive:.1f} points")
    ratios = {share: _power_ratio(runs, steps, n_power, share, rng) for share in (changed, *BESIDE)}
    return {
        "optimism_points": Metric(
            100 * float(np.mean([item.gain_gated for item in climbs])), n=runs, peer=naive,
            peer_name="adopting what scores higher",
        ),
        "false_better_rate": Metric.of(clopper_pearson(sum(item.passes > 0 for item in climbs), runs)),
        "power_ratio": Metric(ratios[changed], n=runs),
        **{f"power_ratio_changed_{share:.0%}".rstrip("%"): Metric(ratios[share], n=runs) for share in BESIDE},
    }  # fmt: skip


def _power_ratio(runs: int, steps: int, n: int, changed: float, rng: np.random.Generator) -> float:
    draws = [
        sum(better_passes(n, GAIN, level, rng, RIGHT, changed) for _ in range(runs))
        for level in (ALPHA / steps, ALPHA)
    ]
    say(f"{changed:.0%} of the cases change: power {draws[0] / runs:.3f} against {draws[1] / runs:.3f}")
    return draws[0] / max(1, draws[1])


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    options = parser("eval_hillclimb", "whether the vault's gate resists trying often")
    options.add_argument("--runs", type=int, default=1000)
    options.add_argument("--steps", type=int, default=50)
    options.add_argument("--cases", type=int, default=200)
    options.add_argument("--power-cases", type=int, default=1000)
    options.add_argument("--changed", type=float, default=CHANGED, help="share of cases a tweak changes")
    options.add_argument("--seed", type=int, default=5)
    chosen = options.parse_args(arguments)
    metrics = measure(
        chosen.runs, chosen.steps, chosen.cases, chosen.power_cases, chosen.changed, chosen.seed
    )
    told = {"runs": chosen.runs, "steps": chosen.steps, "changed": chosen.changed, "seed": chosen.seed}
    emit("eval_hillclimb", metrics, record=chosen.record, options=told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
