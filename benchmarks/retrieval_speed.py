"""How fast passages are found: `python -m benchmarks.retrieval_speed --data DIR [--passages 100000]`.

The keyword and the static leg and their mixture (what a corpus has before it is deepened) over real texts of DIR/ir and
recombinations of their sentences, asked with real questions by people who may read all, a tenth and a hundredth of it.

p50_ms, p95_ms: one question from text to mixture, its embedding included, asked by who may read all (the filter is applied
    all the same); with `_filter_10pct` and `_filter_1pct` the others. cpu_ms: processor time of one question, all threads
    together, which others on the machine hardly change.
queries_per_s: two processes at once over the same workspace, opened, kept and spoken to as `metier serve` does, each asked one
    question after the other that nobody asked before. cores_used: processor time of both by the clock meanwhile; below 2 the
    others on the machine had the rest. searches_per_s: the same with the whole search that an answer begins with (question
    understood, both legs, mixture, versions, reranking, further steps). `_one_process` the same with one.
queries_per_s_two_threads: two askers at once in one process, whose turns Python's lock divides.
recall10_filter_*: the static leg's first ten against an exact search over the vectors that the asker may read; `_behind` after a
    hundredth of the documents went and as many came, which the snapshot has not been made anew for; `_compacted` after the
    table was compacted, which moves every row, and a new snapshot.
static_over_scan: median time of the static leg against one matrix product over all vectors in memory.
table_over_snapshot: median time of both legs searched in the table itself against the snapshot, same questions.
snapshot_s, snapshot_mb, open_s: to make it, its size on disk, and until a new process has opened it and answered.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import chain
from pathlib import Path

import numpy as np

from benchmarks.common import Metric, emit, parser, percentile, say
from benchmarks.ir_collections import read_collections
from benchmarks.many_passages import Corpus, asked_of, real, recombined
from benchmarks.retrieval_child import SEARCHES, per_second
from metier.errors import UserError
from metier.evaluate.estimates import mean
from metier.store.passages import LancePassages
from metier.store.serving import ServedPassages
from metier.store.workspace import Workspace
from metier.types import Access, Passage, Query

_FILTERS = {"": "all", "_filter_10pct": "tenth", "_filter_1pct": "hundredth"}
_WARM = 5  # questions that open files and fill caches before anything is timed
_ASKERS = 2
_SHARE_CHANGED = 100  # one document in so many goes, and one comes


def measure(corpus: Corpus, queries: Sequence[Query], fresh: Sequence[Query], wide: int) -> dict[str, Metric]:
    """All figures of a corpus that is built; `fresh` questions are other ones, for two askers at once."""
    out: dict[str, Metric] = {}
    for query in queries[:_WARM]:
        corpus.find(query, "all", wide)
    for suffix, group in _FILTERS.items():
        took = [_timed(corpus, query, group, wide) for query in queries]
        out |= {
            f"p50_ms{suffix}": Metric(1000 * percentile(took, 0.5), n=len(took)),
            f"p95_ms{suffix}": Metric(1000 * percentile(took, 0.95), n=len(took)),
        }
        say(f"{group}: p50 {1000 * percentile(took, 0.5):.1f} ms, p95 {1000 * percentile(took, 0.95):.1f} ms")
    started = time.process_time()
    for query in queries:
        corpus.find(query, "all", wide)
    out["cpu_ms"] = Metric(1000 * (time.process_time() - started) / len(queries), n=len(queries))
    out |= _two_at_once(corpus, fresh, wide)
    out |= _against_exact(corpus, queries)
    out["table_over_snapshot"] = _against_table(corpus, queries[: len(queries) // 4], wide)
    return out


def _two_at_once(corpus: Corpus, queries: Sequence[Query], wide: int) -> dict[str, Metric]:
    started, worked = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(_ASKERS) as askers:
        list(askers.map(lambda query: corpus.find(query, "all", wide), queries))
    took = time.perf_counter() - started
    used = (time.process_time() - worked) / took
    say(f"two askers: {len(queries) / took:.0f} questions per second on {used:.2f} cores")
    return {
        "queries_per_s_two_threads": Metric(len(queries) / took, n=len(queries)),
        "cores_used_two_threads": Metric(used, n=len(queries)),
    }


def _in_processes(root: Path, warm: Sequence[str], questions: Sequence[str], wide: int) -> dict[str, Metric]:
    """The same with processes of the product, one and two of them."""
    out: dict[str, Metric] = {}
    for count, suffix in ((1, "_one_process"), (_ASKERS, "")):
        found = per_second(root, warm, questions, wide, count)
        for mode, name in (("legs", "queries_per_s"), ("search", "searches_per_s")):
            rate, cores = found[mode]
            say(f"{count} processes, {mode}: {rate:.0f} questions per second on {cores:.2f} cores")
            asked = questions if mode == "legs" else questions[:SEARCHES]
            out[f"{name}{suffix}"] = Metric(rate, n=len(asked))
        out[f"cores_used{suffix}"] = Metric(found["legs"][1], n=len(questions))
    return out


def _against_table(corpus: Corpus, queries: Sequence[Query], wide: int) -> Metric:
    """Both legs one after the other, in the table and in the snapshot."""
    access = Access("benchmark", frozenset({"tenth"}))
    took: dict[int, list[float]] = {0: [], 1: []}
    for query in queries:
        for place, legs in enumerate((corpus.retrievers, corpus.legs(corpus.table))):
            started = time.perf_counter()
            for leg in legs:
                leg.retrieve(query, access, wide)
            took[place].append(time.perf_counter() - started)
    return Metric(percentile(took[1], 0.5) / percentile(took[0], 0.5), n=len(queries))


def _timed(corpus: Corpus, query: Query, group: str, wide: int) -> float:
    started = time.perf_counter()
    corpus.find(query, group, wide)
    return time.perf_counter() - started


def _against_exact(corpus: Corpus, queries: Sequence[Query]) -> dict[str, Metric]:
    """Recall of the static leg, and its time beside that of a plain scan."""
    vectors = np.concatenate(corpus.vectors)
    static = next(leg for leg in corpus.retrievers if leg.name == "static")
    asked = corpus.embedder.embed_queries([query.text for query in queries])
    out: dict[str, Metric] = {}
    scans: list[float] = []
    legs: list[float] = []
    for suffix, group in _FILTERS.items():
        allowed = np.array([group in groups for groups in corpus.groups])
        access = Access("benchmark", frozenset({group}))
        shares = []
        for query, vector in zip(queries, asked, strict=True):
            started = time.perf_counter()
            scores = vectors @ vector
            scans.append(time.perf_counter() - started)
            started = time.perf_counter()
            found = static.retrieve(query, access, 10)
            legs.append(time.perf_counter() - started)
            scores[~allowed] = -np.inf
            # Whatever scores as high as the tenth is as good: equal texts may come in any order.
            best = np.sort(scores[allowed])[-10:]
            good = (
                {corpus.ids[place] for place in np.flatnonzero(scores >= best[0] - 1e-6)}
                if best.size
                else set()
            )
            shares.append(sum(hit.passage.id in good for hit in found) / best.size if best.size else 1.0)
        out[f"recall10{suffix}"] = Metric.of(mean(shares))
    out["static_over_scan"] = Metric(percentile(legs, 0.5) / percentile(scans, 0.5), n=len(legs))
    return out


def _after_changes(corpus: Corpus, queries: Sequence[Query], more: Iterator[Passage]) -> dict[str, Metric]:
    """Recall while the snapshot is behind, and after compaction."""
    corpus.remove(corpus.ids[::_SHARE_CHANGED])
    corpus.add(more)
    say(f"behind: {corpus.served.engine()}")
    behind = _against_exact(corpus, queries)
    corpus.table.compact()
    corpus.served.refresh()
    say(f"compacted: {corpus.served.engine()}")
    compacted = _against_exact(corpus, queries)
    rows = (("behind", behind), ("compacted", compacted))
    return {
        f"{name}_{when}": metric for when, found in rows for name, metric in found.items() if "recall" in name
    }


def _opened(corpus: Corpus, folder: Path, query: Query) -> dict[str, Metric]:
    """Size of the snapshot, and seconds until one that was just opened answers."""
    size = sum(path.stat().st_size for path in (folder / "snapshots").rglob("*") if path.is_file())
    vector = corpus.embedder.embed_queries([query.text])[0]
    started = time.perf_counter()
    table = LancePassages(folder / "passages.lance", {"static": corpus.embedder})
    ServedPassages(table, folder / "snapshots", 4096).search_vector("static", vector, ["all"], 10)
    return {"open_s": Metric(time.perf_counter() - started), "snapshot_mb": Metric(size / (1 << 20))}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    options = _options(arguments)
    collections = list(read_collections(options.data))
    asked = asked_of(collections)
    drawn = sorted(asked, key=lambda name: sha256(name.encode()).digest())
    every = [Query(asked[name][0].queries[asked[name][1]], "en") for name in drawn]
    queries, fresh = every[: options.queries], every[options.queries :]
    texts = [row for one in collections for row in real(one, list(one.passages))][: options.passages]
    with tempfile.TemporaryDirectory(prefix="metier-speed-") as name:
        workspace = Workspace(Path(name))
        folder = workspace.state
        folder.mkdir()
        corpus = Corpus(folder, seed=7)
        corpus.add(chain(texts, recombined(collections, options.passages - len(texts), seed=7)))
        say(f"searched is {corpus.served.engine()}")
        metrics = measure(corpus, queries, fresh or queries, options.wide)
        corpus.write_workspace(workspace)
        asked_anew = [query.text for query in fresh or queries]
        metrics |= _in_processes(workspace.root, [query.text for query in queries], asked_anew, options.wide)
        metrics |= _opened(corpus, folder, queries[0])
        metrics["build_s"] = Metric(corpus.build_s)
        metrics["snapshot_s"] = Metric(corpus.snapshot_s)
        count = options.passages // _SHARE_CHANGED
        metrics |= _after_changes(corpus, queries, recombined(collections, count, seed=8))
        corpus.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kilobytes; bytes on macOS
    metrics["peak_rss_mb"] = Metric(peak / (1024 * (1024 if sys.platform == "darwin" else 1)))
    told = {"passages": options.passages, "queries": len(queries), "wide": options.wide}
    emit("retrieval_speed", metrics, record=options.record, options=told)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("retrieval_speed", "keyword, static and their mixture at N passages", needs_data=True)
    options.add_argument("--passages", type=int, default=100_000)
    options.add_argument("--queries", type=int, default=200)
    options.add_argument("--wide", type=int, default=60, help="hits per leg, as retrieve.wide")
    return options.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"retrieval_speed: {error}")
