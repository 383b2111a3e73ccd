"""Does specializing make answers better? `python -m benchmarks.specialize_gain --data DIR`: later questions about other documents.

Collections (gain_collections.py): DIR/qa/*/dev.json in TAT-QA's layout, each asker reading the one document that the question is about
(suffix `_tatqa`), and the judged retrieval collection of DIR/ir with most questions (suffix `_ir`), where an answer is right if it cites a
relevant document. Unsuffixed figures are of the test questions of both together, each answered by what its own gate let pass. `--only` takes
some of them. Each runs in a process of its own.

Simulated people see question, answer shown and gold. A thumb says whether the answer was right, wrong in `--noise` of the cases;
an edit or a better citation says what is right. The real cleaning, attribution, split, components and gate learn from them
(`specialize.run`, on the open system, so that arms share what was found and read). Arms over the same questions: `mixed`,
thumbs with few edits; `thumbs`; `edits`. A gate that cannot tell names answers that were changed and nobody judged: an expert says what is right for them (at most
`--asked` of them, for the gate alone, since they are not in the parts that are learnt from), and the gate looks once more. `mixed` has
`--edits` corrections in all, those of the gate included.

The arms come in this order; what is not reached within `--minutes` is null, and the figures are printed whatever happens. Nothing is asked
twice of the same parts (remembered.py), since arms and looks have much in common. `--keep DIR` holds the ingested workspaces for another run.

`error_cut...`: share of the errors that is gone, of what the gate let pass (else the parent goes on answering, 0);
`..._candidate`: of the candidate, whatever the gate said; `p_value`: one-sided, paired, clustered by document, of `error_cut`. An abstention is
an error. `shipped_...`: whether the gate passed it. `wrong_shown_before` and `wrong_shown_after`: wrong answers shown, all questions.
`gain_over_best_component`: of the candidate, over each kept component of the same fit tried alone. `error_cut_over_best_baseline` and
`error_of_...`: gain_baselines.py, with the labels that `mixed` had. `edits_share`: the gain of the candidate of `mixed`, of that of `edits`.
`ndcg10_cold_start_gain` is measured by `benchmarks.specialize_cold_start` and null here unless `--cold-start` asks for it.
"""

import argparse
import math
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import numpy as np

from benchmarks import specialize_cold_start
from benchmarks.common import Metric, emit, parser, say
from benchmarks.gain_baselines import baselines, best_of
from benchmarks.gain_bench import Bench, Errors, Result
from benchmarks.gain_collections import kinds, read
from metier.errors import UserError
from metier.evaluate.estimates import bootstrap, paired_difference
from metier.specialize.bench import Interrupted
from metier.specialize.gate import one_sided
from metier.system import open_system

ARMS = {"mixed": "error_cut", "thumbs": "error_cut_thumbs_only", "edits": "error_cut_edits_only"}
CONTRACT = (
    "error_cut", "error_cut_thumbs_only", "error_cut_over_best_baseline", "gain_over_best_component",
    "ndcg10_cold_start_gain", "edits_share",
)  # fmt: skip


@dataclass(slots=True)
class Measured:
    """One collection, as far as there was time."""

    before: Errors = field(default_factory=list)
    wrong: Errors = field(default_factory=list)
    documents: list[str] = field(default_factory=list)  # of the tests
    arms: dict[str, Result] = field(default_factory=dict)
    peers: dict[str, Errors] = field(default_factory=dict)


def measure(kind: str, options: argparse.Namespace, end: float) -> Measured:
    """What there was time for until `end` of the monotonic clock."""
    asked = read(options.data, kind, options.events, options.limit, options.documents, options.only)
    found = Measured()
    size = f"{len(asked.events)}-{len(asked.tests)}-{options.documents}"
    with tempfile.TemporaryDirectory(prefix="metier-gain-") as scratch:
        folder = Path(scratch) if options.keep is None else options.keep / f"{asked.name}-{size}"
        if not (folder / "metier.yaml").exists():
            folder.mkdir(parents=True, exist_ok=True)
            asked.write(folder)
        with open_system(folder) as system:
            system.ingest()
            bench = Bench(
                system,
                asked,
                options.noise,
                options.seed,
                lambda: time.monotonic() > end,
                options.second_round,
            )
            try:
                bench.begin()
                found.before, found.wrong = bench.before, bench.wrong
                found.documents = [one.document for one in asked.tests]
                _arms(bench, options, found)
            except Interrupted:
                say(f"{asked.name}: time is up; arms measured: {', '.join(found.arms) or 'none'}")
    return found


def _arms(bench: Bench, options: argparse.Namespace, found: Measured) -> None:
    beside = max(0.0, (options.edits - options.asked) / len(bench.events))
    for arm, edited in {"mixed": beside, "thumbs": 0.0, "edits": 1.0}.items():
        if arm not in options.arms:
            continue
        rows = bench.rows(edited)
        corrected = sum(row.kind != "thumb" for row in rows)
        requests = max(0, options.edits - corrected) if arm == "mixed" else options.asked
        result = bench.learn(arm, rows, requests, with_alone=arm == "mixed")
        found.arms[arm] = replace(result, told=())  # what goes to another process is figures alone
        if arm == "mixed" and options.baselines:
            for name, errors in baselines(bench, result.told):
                say(f"{bench.asked.name}, {name}: error {np.mean(errors):.3f}")
                found.peers[name] = errors


def together(parts: Sequence[Measured]) -> Measured:
    """All test questions of the collections; only of arms and baselines that every one of them has."""
    out = Measured()
    if not parts:
        return out
    for number, one in enumerate(parts):
        out.before += one.before
        out.wrong += one.wrong
        out.documents += [f"{number} {name}" for name in one.documents]
    for arm in ARMS:
        if all(arm in one.arms for one in parts):
            own = [one.arms[arm] for one in parts]
            names = set.union(*(set(result.alone) for result in own))
            # where a component was not kept the parent answers
            alone = {
                name: _joined(
                    result.alone.get(name, one.before) for result, one in zip(own, parts, strict=True)
                )
                for name in sorted(names)
            }
            out.arms[arm] = Result(
                _joined(one.candidate for one in own), _joined(one.shipped for one in own),
                _joined(one.wrong for one in own), all(one.passed for one in own), alone,
                sum(one.corrected for one in own),
            )  # fmt: skip
    for name in set.intersection(*(set(one.peers) for one in parts)):
        out.peers[name] = _joined(one.peers[name] for one in parts)
    return out


def _joined(parts: Iterable[Errors]) -> Errors:
    return list(chain.from_iterable(parts))


def summarize(found: Measured) -> dict[str, Metric]:
    """Relative cuts of the error, paired, with intervals over documents; of arms that were not run there is nothing."""
    if not found.before:
        return {}
    before, documents = found.before, found.documents
    out = {"error_before": _mean(before, documents), "wrong_shown_before": _mean(found.wrong, documents)}
    for arm, result in found.arms.items():
        name = ARMS[arm]
        out[name] = _cut(before, result.shipped, documents)
        out[f"{name}_candidate"] = _cut(before, result.candidate, documents)
        out[f"shipped_{arm}"] = Metric(float(result.passed))
        out[f"corrections_{arm}"] = Metric(result.corrected)
    for name, errors in found.peers.items():
        out[f"error_of_{name.replace(' ', '_').replace('-', '_')}"] = _mean(errors, documents)
    if (mixed := found.arms.get("mixed")) is None:
        return out
    out["wrong_shown_after"] = _mean(mixed.wrong, documents)
    right, was = [not one for one in mixed.shipped], [not one for one in before]
    out["p_value"] = Metric(one_sided(right, was, documents)[0], n=len(before))
    if found.peers:
        peer = best_of(found.peers)
        out["error_cut_over_best_baseline"] = _cut(found.peers[peer], mixed.shipped, documents, peer)
    if mixed.alone:
        part = best_of(mixed.alone)
        best = mixed.alone[part]
        over = paired_difference(best, mixed.candidate, rng=np.random.default_rng(7), clusters=documents)
        out["gain_over_best_component"] = Metric.of(over, float(np.mean(best)), f"error of {part} alone")
    if edits := found.arms.get("edits"):
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
    end = time.monotonic() + 60 * options.minutes
    try:
        found = _measured(kinds(options.data, options.only), options, end)
        for kind, one in found.items():
            metrics |= {f"{name}_{kind}": metric for name, metric in summarize(one).items()}
        metrics |= summarize(together(list(found.values())))
        metrics["ndcg10_cold_start_gain"] = _cold_start(options)
    except KeyboardInterrupt:
        say("stopped; what was measured so far follows")
    finally:
        told = {
            name: getattr(options, name)
            for name in (
                "events",
                "edits",
                "limit",
                "noise",
                "seed",
                "asked",
                "documents",
                "minutes",
                "second_round",
            )
        }
        emit("specialize_gain", metrics, record=options.record, options=told)
    return 0


def _measured(found: Sequence[str], options: argparse.Namespace, end: float) -> Mapping[str, Measured]:
    """Each collection, at the same time where there are several."""
    if len(found) == 1:
        return {found[0]: measure(found[0], options, end)}
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(found), mp_context=fresh) as pool:
        running = {kind: pool.submit(measure, kind, options, end) for kind in found}
        return {kind: one.result() for kind, one in running.items()}


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


def _names(text: str) -> list[str]:
    return text.split(",")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    out = parser(
        "specialize_gain", "fewer wrong answers after feedback, on unseen documents", needs_data=True
    )
    out.add_argument("--events", type=int, default=1000, help="questions people judge, at the most")
    out.add_argument("--edits", type=int, default=100, help="most corrections in the arm `mixed`")
    out.add_argument("--limit", type=int, default=200, help="test questions")
    out.add_argument("--noise", type=float, default=0.1, help="share of thumbs that are wrong")
    out.add_argument("--asked", type=int, default=50, help="most corrections that the gate may ask for")
    out.add_argument(
        "--documents", type=int, default=1000, help="of a judged collection, if so few hold all answers"
    )
    out.add_argument("--minutes", type=float, default=13.0, help="after these nothing further is asked")
    out.add_argument("--seed", type=int, default=7)
    out.add_argument("--only", type=_names, default=[], help="tatqa, or names of folders in ir/")
    out.add_argument("--arms", type=_names, default=list(ARMS), help=", ".join(ARMS))
    out.add_argument(
        "--baselines", action=argparse.BooleanOptionalAction, default=True, help="beside `mixed`"
    )
    out.add_argument("--second-round", action="store_true", help="with the second round of specialize")
    out.add_argument("--keep", type=Path, help="folder for the ingested workspaces, to be used again")
    out.add_argument("--cold-start", action="store_true", help="measure the cold start, too")
    return out.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"specialize_gain: {error}")
