"""Retrieval: `python -m benchmarks.retrieval_quality --data DIR`. Every collection in DIR/ir, indexed by the product itself.

Measured on each: every leg alone, reciprocal-rank fusion, the best fixed convex weighting, the product's cold start, the
fitted mixture, and the mixture reranked. Weights are fitted on the train judgements; where there are none, by
cross-validation (five folds of queries), so that no query is ranked by weights that saw it; so are the reranker's.
`released` is what a new workspace serves: release 0's reranker over release 0's mixture, nothing fitted; `constant` the same without
following the question, the middle of its weights for all (gain_of_echo: the difference). One document is one passage, as in
the published figures. nDCG@10, recall@10 and recall@50; intervals by bootstrap over queries, differences paired.

Metrics without suffix: the checking half of the queries, macro over collections; `_all`: all test queries; with a
collection's name: that collection, all test queries.
"""

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import Metric, emit, half, parser, say
from benchmarks.ir_collections import Collection, read_collections
from benchmarks.ir_index import Index, build_index, query_of, rankings_of
from metier.errors import UserError
from metier.evaluate.estimates import bootstrap
from metier.evaluate.metrics import ndcg, recall_at
from metier.rerank.features import reranker_of
from metier.rerank.versions import Versions
from metier.retrieve.known_item import check_legs, known_items
from metier.retrieve.mixture import ConvexMixer, mixer_of, reciprocal
from metier.specialize.mixture import Judged, best_convex, fit_mixture
from metier.specialize.reranker import fit_reranker
from metier.stages import Mixer
from metier.store.releases import RELEASE_0, read_parts
from metier.types import Estimate, Evidence, Hit, Query

FOLDS = 5
_PASSAGES = 20_000  # counted for the rarity of words, as the product does
_ITEMS = 60  # known-item questions per collection
_ITEM_SECONDS = 30.0

# Reference figures on the same files (nDCG@10, all test queries; another BM25 and a dense model the product does not have,
# 23 Nov 2026; and figures published for SciFact by anserini).
REFERENCES: Mapping[str, tuple[float, str]] = {
    "scifact": (0.7472, "average of min-max scores, BM25 + BGE-base (published)"),
    "cranfield": (0.436, "convex, BM25 + MiniLM"),
    "npl": (0.438, "convex, BM25 + WordLlama"),
}
Rankings = Mapping[str, Mapping[str, Sequence[Hit]]]


@dataclass(frozen=True, slots=True)
class Row:
    """One query under one system."""

    collection: str
    query: str
    system: str
    ndcg10: float
    recall10: float
    recall50: float


# --- one collection -------------------------------------------------------------------------------------------------


def measure(collection: Collection, options: argparse.Namespace) -> tuple[list[Row], dict[str, Metric]]:
    """A row per test query and system, and what the collection's index cost."""
    with tempfile.TemporaryDirectory(prefix="metier-ir-") as folder:
        index = build_index(collection, Path(folder), options.budget_s, options.cache)
        for leg, seconds in index.build_s.items():
            say(f"{collection.name}: {leg} built in {seconds:.1f} s ({len(collection.passages)} documents)")
        test, train = _some(collection.test, options.limit), _some(collection.train, options.limit)
        rankings = rankings_of(collection, index, [*test, *train], options.wide)
        off = _switched_off(collection, index)
        rows = _rows(collection, index, rankings, test, train, off, options.wide)
    costs = {f"build_s_{leg}_{collection.name}": Metric(value) for leg, value in index.build_s.items()}
    return rows, costs


def _some(judged: Mapping[str, Mapping[str, float]], limit: int) -> Mapping[str, Mapping[str, float]]:
    drawn = sorted(judged, key=lambda query: hashlib.sha256(query.encode()).digest())
    return {query: judged[query] for query in (drawn[:limit] if limit else judged)}


def _switched_off(collection: Collection, index: Index) -> frozenset[str]:
    """Legs that the product's known-item check switches off on this corpus."""
    items = known_items(list(collection.passages.values()), _ITEMS)
    check = check_legs(index.retrievers, items, _ITEM_SECONDS, time.perf_counter)
    for leg in check.legs:
        say(f"{collection.name}: {leg.name} {leg.why}")
    say(f"{collection.name}: known-item check of {check.asked} questions took {check.seconds:.1f} s")
    return check.off()


def _rows(
    collection: Collection,
    index: Index,
    rankings: Rankings,
    test: Mapping[str, Mapping[str, float]],
    train: Mapping[str, Mapping[str, float]],
    off: frozenset[str],
    wide: int,
) -> list[Row]:
    legs = [leg.name for leg in index.retrievers]
    released, per_document = read_parts(RELEASE_0), len(legs)
    fixed: dict[str, Mixer] = {leg: ConvexMixer(_only(leg, legs), per_document) for leg in legs}
    fixed["rrf"] = ConvexMixer(dict.fromkeys(legs, 1.0), per_document, scale=reciprocal)
    fixed["rrf_checked"] = ConvexMixer(dict.fromkeys(set(legs) - off, 1.0) | dict.fromkeys(off, 0.0), per_document,
                                       scale=reciprocal)  # fmt: skip
    rerank_0, vocabulary = _reranker(index, released["reranker"]), index.table.vocabulary(_PASSAGES)
    cold = {**released["mixture"], "per_document": per_document}
    following, constant = (
        mixer_of(part, lambda: vocabulary)
        for part in (cold, {key: cold[key] for key in cold if key != "follows"})
    )
    rows: list[Row] = []
    for fold, queries in enumerate(_folds(test, bool(train))):
        fit_on = train or {query: test[query] for query in test if query not in queries}
        judged = [Judged(q, query_of(collection, q), rankings[q], grades) for q, grades in fit_on.items()]
        started = time.perf_counter()
        fit = fit_mixture(judged, dict.fromkeys(legs, 1.0), per_document)
        took, started = time.perf_counter() - started, time.perf_counter()
        mixer = mixer_of(fit.release, lambda: vocabulary)
        learned = fit_reranker(judged, mixer, vocabulary, released["reranker"]["weights"], wide)
        rerank = _reranker(index, learned.release)
        say(
            f"{collection.name} fold {fold}: reranker {learned.note} in {time.perf_counter() - started:.2f} s"
        )
        convex = best_convex(judged, legs)
        say(
            f"{collection.name} fold {fold}: {fit.note}; {dict(fit.release)} in {took:.2f} s; convex {convex}"
        )
        fitted: dict[str, Mixer] = {
            "convex": ConvexMixer(convex, per_document),
            "mixture": mixer,
        }
        for query in queries:
            asked = query_of(collection, query)
            mixed = {
                name: mixer.mix(asked, rankings[query], wide) for name, mixer in (fixed | fitted).items()
            }
            on = {leg: hits for leg, hits in rankings[query].items() if leg not in off}
            mixed["cold_start"] = following.mix(asked, on, wide)
            mixed["released"] = rerank_0(asked, mixed["cold_start"], wide)
            mixed["constant"] = rerank_0(asked, constant.mix(asked, on, wide), wide)
            mixed["reranked"] = rerank(asked, mixed["mixture"], wide)
            rows += [_row(collection.name, query, name, found, test[query]) for name, found in mixed.items()]
    return rows


def _only(leg: str, legs: Sequence[str]) -> dict[str, float]:
    return {name: float(name == leg) for name in legs}


def _folds(test: Mapping[str, object], has_train: bool) -> list[list[str]]:
    """All test queries at once where the fit has its own; else folds by the hash of the query's id."""
    if has_train:
        return [list(test)]
    parts: list[list[str]] = [[] for _ in range(FOLDS)]
    for query in test:
        parts[hashlib.sha256(query.encode()).digest()[1] % FOLDS].append(query)
    return [part for part in parts if part]


def _reranker(
    index: Index, part: Mapping[str, Any]
) -> Callable[[Query, Sequence[Evidence], int], list[Evidence]]:
    """The product's, with a release's weights."""
    vocabulary = index.table.vocabulary(_PASSAGES)
    versions = Versions(lambda: index.live, date.today)
    return reranker_of(part, lambda: vocabulary, versions).rerank


def _row(
    collection: str, query: str, system: str, found: Sequence[Evidence], grades: Mapping[str, float]
) -> Row:
    ids = [item.passage.id for item in found]
    return Row(
        collection,
        query,
        system,
        ndcg(ids, grades, 10),
        recall_at(ids, grades, 10),
        recall_at(ids, grades, 50),
    )


# --- counting -------------------------------------------------------------------------------------------------------


def summarize(rows: Sequence[Row]) -> dict[str, Metric]:
    """The contract's metrics: macro over collections of the checking half and of all, and each collection of its own."""
    out: dict[str, Metric] = {}
    names = sorted({row.collection for row in rows})
    for suffix, kept in (("", [row for row in rows if half(row.query) == "checking"]), ("_all", list(rows))):
        out |= {name + suffix: metric for name, metric in _figures(kept, names).items()}
    for name in names:
        figures = _figures([row for row in rows if row.collection == name], [name])
        out |= {f"{metric}_{name}": value for metric, value in figures.items()}
        if name in REFERENCES:
            ours, (theirs, who) = out[f"ndcg10_mixture_{name}"], REFERENCES[name]
            out[f"ndcg10_mixture_{name}"] = Metric(ours.value, ours.low, ours.high, ours.n, theirs, who)
    return out


def _figures(rows: Sequence[Row], collections: Sequence[str]) -> dict[str, Metric]:
    """nDCG@10 of every system, paired differences, recall@50; legs that not every collection has are left out."""
    place = {name: number for number, name in enumerate(collections)}
    table: dict[str, dict[tuple[str, str], Row]] = {}
    for row in rows:
        table.setdefault(row.system, {})[row.collection, row.query] = row
    keys = sorted({key for some in table.values() for key in some})
    systems = {name: some for name, some in table.items() if len(some) == len(keys)}
    group = np.array([place[collection] for collection, _ in keys])

    def macro(values: Sequence[float]) -> Metric:
        return Metric.of(_macro(np.array(values), group))

    def value(system: str, field: str) -> list[float]:
        return [getattr(systems[system][key], field) for key in keys]

    out = {f"ndcg10_{name}": macro(value(name, "ndcg10")) for name in systems}
    best = _best_leg(table, keys)
    out["ndcg10_best_leg"] = macro(best)
    out["ndcg10"] = out.pop("ndcg10_reranked")
    gains = [
        ("gain_over_convex", value("mixture", "ndcg10"), value("convex", "ndcg10")),
        ("gain_over_rrf", value("mixture", "ndcg10"), value("rrf", "ndcg10")),
        ("gain_over_best_leg", value("mixture", "ndcg10"), best),
        ("gain_of_reranker", value("reranked", "ndcg10"), value("mixture", "ndcg10")),
    ]
    if {"released", "cold_start", "constant"} <= set(systems):
        gains.append(("gain_of_release_0", value("released", "ndcg10"), value("cold_start", "ndcg10")))
        gains.append(("gain_of_echo", value("released", "ndcg10"), value("constant", "ndcg10")))
    for name, ours, theirs in gains:
        out[name] = macro([a - b for a, b in zip(ours, theirs, strict=True)])
    out["recall10"] = macro(value("mixture", "recall10"))
    out["recall50"] = macro(value("mixture", "recall50"))
    return out


_NOT_LEGS = {"rrf", "rrf_checked", "cold_start", "released", "constant", "convex", "mixture", "reranked"}


def _best_leg(
    table: Mapping[str, Mapping[tuple[str, str], Row]], keys: Sequence[tuple[str, str]]
) -> list[float]:
    """nDCG@10 per query of the leg that is best on the query's collection: chosen with hindsight, so a hard bar."""
    means: dict[str, tuple[float, str]] = {}
    for system, some in table.items():
        if system not in _NOT_LEGS:
            for collection in {name for name, _ in some}:
                value = float(np.mean([row.ndcg10 for row in some.values() if row.collection == collection]))
                means[collection] = max(means.get(collection, (-1.0, "")), (value, system))
    return [table[means[key[0]][1]][key].ndcg10 for key in keys]


def _macro(values: np.ndarray, group: np.ndarray) -> Estimate:
    """Mean over collections of their means, with a bootstrap interval over queries."""

    def statistic(rows: np.ndarray) -> float:
        which = rows[:, 1].astype(int)
        counts = np.bincount(which)
        means = np.bincount(which, weights=rows[:, 0])[counts > 0] / counts[counts > 0]
        return float(means.mean())

    return bootstrap(np.column_stack([values, group]), rng=np.random.default_rng(7), statistic=statistic)


def table_of(metrics: Mapping[str, Metric], rows: Sequence[Row]) -> str:
    """The figures for people: systems down, collections across, all test queries; and the paired gains."""
    names = sorted({row.collection for row in rows})
    systems = list(dict.fromkeys(row.system for row in rows))
    lines = [f"{'nDCG@10, all test queries':26}" + "".join(f"{name:>12}" for name in names)]
    for system in systems:
        key = "ndcg10" if system == "reranked" else f"ndcg10_{system}"
        cells = [metrics.get(f"{key}_{name}") for name in names]
        lines.append(
            f"{system:26}" + "".join(f"{cell.value:12.4f}" if cell else f"{'-':>12}" for cell in cells)
        )
    for key in (
        "gain_over_convex",
        "gain_over_best_leg",
        "gain_of_reranker",
        "gain_of_release_0",
        "gain_of_echo",
    ):
        for suffix in ("", "_all", *(f"_{name}" for name in names)):
            one = metrics[key + suffix]
            lines.append(f"{key + suffix:34} {one.value:+.4f} [{one.low:+.4f}, {one.high:+.4f}] n={one.n}")
    return "\n".join(lines)


# --- the run --------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    options = _options(arguments)
    rows: list[Row] = []
    costs: dict[str, Metric] = {}
    for collection in read_collections(options.data, options.collections):
        say(f"{collection.name}: {len(collection.passages)} documents, {len(collection.test)} test queries")
        some, cost = measure(collection, options)
        rows, costs = rows + some, costs | cost
    metrics = summarize(rows)
    print(table_of(metrics, rows), file=sys.stderr)
    told = {
        "collections": sorted({row.collection for row in rows}),
        "limit": options.limit,
        "wide": options.wide,
    }
    emit("retrieval_quality", metrics | costs, record=options.record, options=told)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser(
        "retrieval_quality", "every leg, fusions, the fitted mixture and the reranker", needs_data=True
    )
    names: Callable[[str], tuple[str, ...]] = lambda text: tuple(text.split(","))  # noqa: E731
    options.add_argument("--collections", type=names, default=(), help="only these, by name, with commas")
    options.add_argument(
        "--limit", type=int, default=0, help="at most so many queries, by the hash of their id"
    )
    options.add_argument("--wide", type=int, default=60, help="hits per leg, as retrieve.wide")
    options.add_argument(
        "--budget-s", type=float, default=900, help="most seconds for a collection's sentence vectors"
    )
    options.add_argument("--cache", type=Path, help="folder that keeps sentence vectors for the next run")
    return options.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"retrieval_quality: {error}")
