"""Cold start without labels: `python -m benchmarks.specialize_cold_start --data DIR`. Every collection in DIR/ir.

The weights of the mixture are fitted on questions that the documents themselves answer (specialize/cold_start.py), searched in
an index from which the words that ask are taken out; test queries and judgements are read only to count. Compared, paired,
to the release-0 cold start over the same rankings: `ndcg10_cold_start_gain` is the macro mean over collections of the
checking half, `_all` of all test queries, with a collection's name that collection's.
"""

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.common import Metric, emit, half, parser, say
from benchmarks.ir_collections import Collection, read_collections
from benchmarks.ir_index import (
    ACCESS,
    Index,
    build_index,
    installed_sentence_embedder,
    query_of,
    rankings_of,
    sentence_texts,
    sentence_vectors,
)
from metier.errors import UserError
from metier.evaluate.estimates import bootstrap
from metier.evaluate.metrics import ndcg
from metier.retrieve.mixture import ConvexMixer
from metier.specialize.cold_start import ColdStart, cloze_questions, fit_cold_start, without_answers
from metier.stages import Embedder, Vectors
from metier.store.releases import RELEASE_0, read_parts
from metier.types import Estimate, Hit, Query

WIDE = 60  # hits per leg, as retrieve.wide
_WHOLE = 10_000  # no cap: one document is one passage here


@dataclass(frozen=True, slots=True)
class Row:
    """One test query before and after."""

    collection: str
    query: str
    before: float
    after: float


class Remembering:
    """An embedder that knows many texts already. Implements stages.Embedder."""

    def __init__(self, embedder: Embedder, texts: Sequence[str], vectors: Vectors) -> None:
        self._embedder = embedder
        self._place = {text: number for number, text in enumerate(texts)}
        self._vectors = vectors

    @property
    def identity(self) -> str:
        return self._embedder.identity

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension)."""
        new = [text for text in texts if text not in self._place]
        made = dict(zip(new, self._embedder.embed_passages(new), strict=True)) if new else {}
        rows = [made[text] if text in made else self._vectors[self._place[text]] for text in texts]
        found: Vectors = np.array(rows, dtype=np.float32).reshape(len(texts), self.dimension)
        return found

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """As embed_passages, for questions."""
        return self._embedder.embed_queries(texts)


def measure(collection: Collection, options: argparse.Namespace) -> list[Row]:
    """A row per test query."""
    embedder, texts = installed_sentence_embedder(), sentence_texts(collection)
    vectors = (
        sentence_vectors(collection.name, texts, embedder, options.budget_s, options.cache)
        if embedder is not None
        else None
    )
    known = Remembering(embedder, texts, vectors) if embedder is not None and vectors is not None else None
    found = _fit(collection, known, options.questions)
    say(f"{collection.name}: {found.note}: {dict(found.weights)}, fitted alone {dict(found.fit.release)}")
    queries = _some(collection, options.limit)
    with tempfile.TemporaryDirectory(prefix="metier-cold-") as folder:
        index = build_index(collection, Path(folder), options.budget_s, embedder=known)
        rankings = rankings_of(collection, index, queries, WIDE)
    before, after = (ConvexMixer(weights, _WHOLE) for weights in (_released(index), found.weights))
    rows = []
    for query in queries:
        asked, grades = query_of(collection, query), collection.test[query]
        values = [
            ndcg([item.passage.id for item in mixer.mix(asked, rankings[query], WIDE)], grades, 10)
            for mixer in (before, after)
        ]
        rows.append(Row(collection.name, query, *values))
    return rows


def _fit(collection: Collection, known: Embedder | None, count: int) -> ColdStart:
    """Fitted on the documents alone."""
    passages = list(collection.passages.values())
    questions = cloze_questions(passages, count)
    bare = {passage.id: passage for passage in without_answers(passages, questions)}
    with tempfile.TemporaryDirectory(prefix="metier-cold-") as folder:
        index = build_index(replace(collection, passages=bare), Path(folder), float("inf"), embedder=known)

        def search(query: Query) -> Mapping[str, Sequence[Hit]]:
            return {leg.name: leg.retrieve(query, ACCESS, WIDE) for leg in index.retrievers}

        return fit_cold_start(questions, search, _released(index), _WHOLE)


def _released(index: Index) -> dict[str, float]:
    weights = read_parts(RELEASE_0)["mixture"]["weights"]
    return {leg.name: weights.get(leg.name, 1.0) for leg in index.retrievers}


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
    out = parser("specialize_cold_start", "mixture weights without labels", needs_data=True)
    out.add_argument("--collections", type=lambda text: tuple(text.split(",")), default=(), help="only these")
    out.add_argument("--limit", type=int, default=0, help="at most so many test queries per collection")
    out.add_argument("--questions", type=int, default=200, help="questions made of each corpus")
    out.add_argument("--budget-s", type=float, default=900, help="most seconds for sentence vectors")
    out.add_argument("--cache", type=Path, help="folder that keeps sentence vectors for the next run")
    options = out.parse_args(arguments)
    metrics = cold_start_gain(options)
    for name, metric in metrics.items():
        say(f"{name:42} {metric.value:+.4f} [{metric.low}, {metric.high}] n={metric.n}")
    told = {"collections": list(options.collections), "limit": options.limit, "questions": options.questions}
    emit("specialize_cold_start", metrics, record=options.record, options=told)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"specialize_cold_start: {error}")
