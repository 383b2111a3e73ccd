"""What further steps of retrieval find: `python -m benchmarks.multi_step [--seeds 3,4,5,6]`.

Cases of the example company whose answer stands in one text and whose way to it in another ("how loud is the pump that
we sell to Brookvale?": contract, manual). Each is asked twice, as its user, of two systems over the same workspace: with
one pass, and with up to three steps. Seeds are different companies; 1 was read while this was built. `--data` is
accepted for uniformity and not read.

recall_gain: the passage that the last piece of gold evidence stands in is among those a generator reads, with steps
    against one pass; paired, clustered by case (companies share them). recall_gain_same_size: against one pass that may
    read as many passages as the steps have found in all.
p95_ratio: time from question to answer, with steps against without; p95_ratio_search: until the passages are found,
    asked again just after, so that models have read them already.
"""

import argparse
import dataclasses
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.common import Metric, emit, half, parser, percentile, say
from benchmarks.company import build, ingest
from metier.errors import UserError
from metier.evaluate.cases import read_cases
from metier.evaluate.citations import quotes_overlap
from metier.evaluate.estimates import paired_difference, proportion
from metier.flow.answer import rehearse
from metier.flow.answering import Answering
from metier.flow.finding import find
from metier.system import System, open_system
from metier.types import Access, Case, Evidence, EvidenceQuote

_WARM = 3  # questions that load models before anything is timed


@dataclass(frozen=True, slots=True)
class Asked:
    """One case: whether its last passage was found, and seconds, with one pass and with steps."""

    case: str
    seed: int
    one: bool
    same_size: bool  # with one pass of as many passages as the steps read
    steps: bool
    added: int  # passages that the steps read besides
    took_one: float
    took_steps: float
    search_one: float
    search_steps: float


def compare(seed: int, cases: Sequence[Case], system_one: System, system_steps: System) -> list[Asked]:
    """Every case, both ways, by turns the one and the other first: what the first has computed may help the second."""
    plain = dataclasses.replace(system_one.journey(), steps=1)
    stepped = system_steps.journey()
    for case in cases[:_WARM]:
        access = system_one.settings.access(case.user)
        rehearse(plain, case.question, access)
        rehearse(stepped, case.question, access)
    rows = []
    for number, case in enumerate(cases):
        access = system_one.settings.access(case.user)
        took: dict[bool, float] = {}
        for has_steps in (False, True) if number % 2 else (True, False):
            started = time.perf_counter()
            rehearse(stepped if has_steps else plain, case.question, access)
            took[has_steps] = time.perf_counter() - started
        first, search_one = _found(plain, case, access)
        all_found, search_steps = _found(stepped, case, access)
        wider = dataclasses.replace(plain, narrow=max(plain.narrow, len(all_found)))
        as_many, _ = _found(wider, case, access)
        gold = case.evidence[-1]
        rows.append(
            Asked(
                case.id,
                seed,
                _holds(first, gold),
                _holds(as_many, gold),
                _holds(all_found, gold),
                len(all_found) - len(first),
                took[False],
                took[True],
                search_one,
                search_steps,
            )
        )
    return rows


def _found(parts: Answering, case: Case, access: Access) -> tuple[Sequence[Evidence], float]:
    started = time.perf_counter()
    found = find(parts, case.question, access).evidence
    return found, time.perf_counter() - started


_OVERLAP = (
    0.8  # of the quote's words: a passage is longer than any quote, and tables put other marks between cells
)


def _holds(evidence: Sequence[Evidence], gold: EvidenceQuote) -> bool:
    """True if a passage of the gold document holds the quote, its headings counted to it."""
    texts = (
        " ".join((item.passage.title, *item.passage.heading_path, item.passage.text))
        for item in evidence
        if item.passage.uri == gold.uri
    )
    return any(quotes_overlap(gold.quote, text, _OVERLAP) for text in texts)


def summarize(rows: Sequence[Asked]) -> dict[str, Metric]:
    """The metrics of all cases asked."""
    groups = [row.case for row in rows]
    one, same, steps = ([float(getattr(row, name)) for row in rows] for name in ("one", "same_size", "steps"))
    rng = np.random.default_rng(7)
    out = {
        "recall_gain": Metric.of(paired_difference(steps, one, rng=rng, clusters=groups)),
        "recall_gain_same_size": Metric.of(paired_difference(steps, same, rng=rng, clusters=groups)),
        "recall_one_pass": _share(one, groups),
        "recall_same_size": _share(same, groups),
        "recall_steps": _share(steps, groups),
        "p95_ratio": _ratio(rows, "took_steps", "took_one", 0.95),
        "p50_ratio": _ratio(rows, "took_steps", "took_one", 0.5),
        "p95_ratio_search": _ratio(rows, "search_steps", "search_one", 0.95),
        "passages_added": Metric(float(np.mean([row.added for row in rows])), n=len(rows)),
    }
    for name in ("tuning", "checking"):
        if some := [row for row in rows if half(row.case) == name]:
            gain = paired_difference(
                [float(row.steps) for row in some],
                [float(row.one) for row in some],
                rng=rng,
                clusters=[row.case for row in some],
            )
            out[f"recall_gain_{name}"] = Metric.of(gain)
    return out


def _share(found: Sequence[float], groups: Sequence[str]) -> Metric:
    return Metric.of(proportion([value > 0 for value in found], groups))


def _ratio(rows: Sequence[Asked], ours: str, theirs: str, share: float) -> Metric:
    slow, fast = ([getattr(row, name) for row in rows] for name in (ours, theirs))
    return Metric(percentile(slow, share) / percentile(fast, share), n=len(rows))


def run(folder: Path, seed: int, documents: int) -> list[Asked]:
    """One company, built and ingested in the folder unless it is there, and its two-hop cases asked."""
    build(folder, seed, documents, None)
    with open_system(folder) as system:
        ingest(system)
    cases = [case for case in read_cases(folder / "cases.jsonl") if "two_hop" in case.tags]
    with open_system(folder) as system_one, open_system(folder) as system_steps:
        rows = compare(seed, cases, system_one, system_steps)
    found = [f"{np.mean([getattr(row, name) for row in rows]):.2f}" for name in ("one", "same_size", "steps")]
    say(f"company {seed}: found with one pass {found[0]}, of the same size {found[1]}, with steps {found[2]}")
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    options = _options(arguments)
    place: AbstractContextManager[str] = (
        nullcontext(str(options.workspaces))
        if options.workspaces
        else tempfile.TemporaryDirectory(prefix="metier-steps-")
    )
    rows: list[Asked] = []
    with place as folder:
        for seed in options.seeds:
            rows += run(Path(folder) / f"company-{seed}", seed, options.documents)
            lost = [row.case for row in rows if row.seed == seed and not row.steps]
            say(f"company {seed}: not found with steps: {', '.join(lost) or 'none'}")
    told = {"seeds": options.seeds, "documents": options.documents}
    emit("multi_step", summarize(rows), record=options.record, options=told)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("multi_step", "what further steps of retrieval find, and what they cost")
    seeds = options.add_argument(
        "--seeds", type=lambda text: [int(seed) for seed in text.split(",")], default=[3, 4, 5, 6]
    )
    seeds.help = "companies, e.g. 3,4; 1 was tuned on"
    options.add_argument("--documents", type=int, default=120, help="of each company")
    options.add_argument("--workspaces", type=Path, help="keep the companies here, and use those that are")
    return options.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"multi_step: {error}")
