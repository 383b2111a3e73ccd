"""Cold start without labels: `python -m benchmarks.specialize_cold_start --data DIR`. Every collection in DIR/ir.

What `metier specialize` does where there is no feedback (specialize/cold_start.py), on the documents alone; test queries and judgements
are read only to count. Compared, paired, to what a new workspace does over the same rankings, release 0's mixture and reranker:
`ndcg10_cold_start_gain` is the macro mean over collections of the checking half, `_all` of all test queries, with a collection's
name that collection's; `ndcg10_cold_start_gain_mixture` compares the orders of the two mixtures alone. A candidate that its own gate does
not pass changes nothing and gains 0.
"""

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.common import Metric, emit, half, parser, say
from benchmarks.ir_collections import Collection, read_collections
from benchmarks.ir_index import Index, build_index, query_of, rankings_of
from metier.errors import UserError
from metier.evaluate.estimates import bootstrap
from metier.evaluate.metrics import ndcg
from metier.models.static_embedder import load_static_embedder
from metier.rerank.features import reranker_of
from metier.rerank.versions import Versions
from metier.retrieve.mixture import mixer_of
from metier.specialize.bench import Pace, with_changes
from metier.specialize.cold_start import Corpus, learn
from metier.store.releases import RELEASE_0, read_parts
from metier.text.vocabulary import Vocabulary
from metier.types import Access, Estimate, Evidence, Hit, Query, Release

WIDE = 60  # hits per leg, as retrieve.wide
_COUNTED = 20_000  # passages counted for the rarity of words, as the product does


@dataclass(frozen=True, slots=True)
class Row:
    """One test query before and after."""

    collection: str
    query: str
    before: float
    before_mixture: float  # in the order of the mixture alone
    after: float
    after_mixture: float


class Trial:
    """One release over the index. Implements specialize.cold_start.Searching."""

    wide = WIDE

    def __init__(self, index: Index, vocabulary: Vocabulary, release: Release) -> None:
        self._index = index
        self._mixer = mixer_of({**release.parts["mixture"], "per_document": WIDE}, lambda: vocabulary)
        versions = Versions(lambda: index.live, date.today)
        self._reranker = reranker_of(release.parts["reranker"], lambda: vocabulary, versions)

    def search(self, query: Query, access: Access) -> Mapping[str, Sequence[Hit]]:
        """By leg."""
        return {leg.name: leg.retrieve(query, access, WIDE) for leg in self._index.retrievers}

    def mix(self, query: Query, rankings: Mapping[str, Sequence[Hit]], k: int) -> list[Evidence]:
        """As the release's mixture.json says."""
        return self._mixer.mix(query, rankings, k)

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        """As the release's reranker.json says."""
        return self._reranker.rerank(query, evidence, k)


def measure(collection: Collection, options: argparse.Namespace) -> list[Row]:
    """A row per test query."""
    base = Release("0", (), "", {}, read_parts(RELEASE_0))
    queries = _some(collection, options.limit)
    with tempfile.TemporaryDirectory(prefix="metier-cold-") as folder:
        index = build_index(collection, Path(folder), options.budget_s, options.cache)
        vocabulary = index.table.vocabulary(_COUNTED)
        passages = list(collection.passages.values())
        corpus = Corpus.of(passages, load_static_embedder())
        component, verdict = learn(base, corpus, lambda release: Trial(index, vocabulary, release), Pace())
        say(
            f"{collection.name}: {'kept' if component.kept else 'dropped'}: {component.reason} {component.gain}"
        )
        say(f"{collection.name}: gate {verdict.verdict}: {verdict.reason}")
        rankings = rankings_of(collection, index, queries, WIDE)
        changes = component.changes if verdict.verdict == "pass" else {}
        trials = [Trial(index, vocabulary, release) for release in (base, with_changes(base, changes))]
        return [_row(collection, query, rankings[query], trials) for query in queries]


def _row(
    collection: Collection, query: str, rankings: Mapping[str, Sequence[Hit]], trials: Sequence[Trial]
) -> Row:
    asked, grades = query_of(collection, query), collection.test[query]
    values: list[float] = []
    for trial in trials:
        mixed = trial.mix(asked, rankings, WIDE)
        for order in (trial.rerank(asked, mixed, 10), mixed):
            values.append(ndcg([item.passage.id for item in order], grades, 10))
    return Row(collection.name, query, *values)


def _some(collection: Collection, limit: int) -> list[str]:
    drawn = sorted(collection.test, key=lambda query: hashlib.sha256(query.encode()).digest())
    return drawn[:limit] if limit else drawn


def cold_start_gain(options: argparse.Namespace) -> dict[str, Metric]:
    """The metrics, gains as differences of nDCG@10 (0.03 = 3 points)."""
    rows: list[Row] = []
    for collection in read_collections(options.data, options.collections):
        say(f"{collection.name}: {len(collection.passages)} documents, {len(collection.test)} test queries")
        rows += measure(collection, options)
    return summarize(rows)


def summarize(rows: Sequence[Row]) -> dict[str, Metric]:
    """Gain, and both sides of it, by part of the rows."""
    parts = {"": [row for row in rows if half(row.query) == "checking"], "_all": list(rows)}
    parts |= {f"_{name}": [row for row in rows if row.collection == name] for name in _names(rows)}
    out: dict[str, Metric] = {}
    for suffix, part in parts.items():
        out[f"ndcg10_cold_start_gain{suffix}"] = Metric.of(_macro(part, [r.after - r.before for r in part]))
        mixtures = [row.after_mixture - row.before_mixture for row in part]
        out[f"ndcg10_cold_start_gain_mixture{suffix}"] = Metric.of(_macro(part, mixtures))
        out[f"ndcg10_release0{suffix}"] = Metric.of(_macro(part, [row.before for row in part]))
        out[f"ndcg10_cold_start_fitted{suffix}"] = Metric.of(_macro(part, [row.after for row in part]))
    return out


def _names(rows: Sequence[Row]) -> list[str]:
    return sorted({row.collection for row in rows})


def _macro(rows: Sequence[Row], values: Sequence[float]) -> Estimate:
    """Mean over collections of their means, with a bootstrap interval over queries."""
    place = {name: number for number, name in enumerate(_names(rows))}

    def statistic(drawn: np.ndarray) -> float:
        which = drawn[:, 1].astype(int)
        counts = np.bincount(which)
        means = np.bincount(which, weights=drawn[:, 0])[counts > 0] / counts[counts > 0]
        return float(means.mean())

    table = np.column_stack([values, [place[row.collection] for row in rows]]) if rows else np.zeros((0, 2))
    return bootstrap(table, rng=np.random.default_rng(7), statistic=statistic)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    out = parser("specialize_cold_start", "weights without labels", needs_data=True)
    out.add_argument("--collections", type=lambda text: tuple(text.split(",")), default=(), help="only these")
    out.add_argument("--limit", type=int, default=0, help="at most so many test queries per collection")
    out.add_argument("--budget-s", type=float, default=900, help="most seconds for sentence vectors")
    out.add_argument("--cache", type=Path, help="folder that keeps sentence vectors for the next run")
    options = out.parse_args(arguments)
    metrics = cold_start_gain(options)
    for name, metric in metrics.items():
        say(f"{name:42} {metric.value:+.4f} [{metric.low}, {metric.high}] n={metric.n}")
    told = {"collections": list(options.collections), "limit": options.limit}
    emit("specialize_cold_start", metrics, record=options.record, options=told)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"specialize_cold_start: {error}")
