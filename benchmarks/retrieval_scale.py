"""What is still found when the corpus grows: `python -m benchmarks.retrieval_scale --data DIR [--most 1000]`.

The same questions, which name no document, are asked of the `--documents` documents that are relevant to them (1x), and
again when 10, 100 and 1,000 times as many others were added: real texts of the same collections first, then recombinations
of their sentences, none from a relevant document. Found by what a corpus has before it is deepened: keyword and static
leg, release 0's mixture and reranker.

recall10_Nx: share of a question's relevant documents among the first ten. recall10_drop_Nx: paired loss against 1x.
factor_reached is the largest one that `--budget-s` had time for.
p95_ms_Nx: one question from text to order. The mixture's own recall@60 tells what ordering could still mend: recall60_Nx.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path

import numpy as np

from benchmarks.common import Metric, emit, parser, percentile, say
from benchmarks.ir_collections import Collection, read_collections
from benchmarks.many_passages import Corpus, asked_of, real, recombined
from metier.errors import UserError
from metier.evaluate.estimates import mean, paired_difference
from metier.evaluate.metrics import recall_at
from metier.rerank.features import reranker_of
from metier.rerank.versions import Versions
from metier.store.releases import RELEASE_0, read_parts
from metier.types import Passage, Query

FACTORS = (1, 10, 100, 1000)
_MOST_RELEVANT = 5  # of one question: more than ten could never be among the first ten
_WIDE = 60  # as retrieve.wide
_TELLING = 5_000  # documents from which the time for more is foretold


@dataclass(frozen=True, slots=True)
class Question:
    """One question with the documents that are relevant to it."""

    id: str
    query: Query
    relevant: frozenset[str]


def choose(collections: Sequence[Collection], documents: int) -> tuple[list[Question], list[Passage]]:
    """Questions by the hash of their name, and their relevant documents, until there are so many documents."""
    asked = asked_of(collections)
    questions: list[Question] = []
    kept: dict[str, Passage] = {}
    for name in sorted(asked, key=lambda name: sha256(name.encode()).digest()):
        collection, query = asked[name]
        relevant = [doc for doc in collection.test[query] if doc in collection.passages]
        if not 0 < len(relevant) <= _MOST_RELEVANT:
            continue
        rows = {row.id: row for row in real(collection, relevant)}
        if len(kept | rows) > documents:
            break
        kept |= rows
        questions.append(Question(name, Query(collection.queries[query], "en"), frozenset(rows)))
    if not questions:
        raise UserError(f"no question has 1 to {_MOST_RELEVANT} relevant documents")
    return questions, list(kept.values())


def distractors(
    collections: Sequence[Collection], questions: Sequence[Question], count: int
) -> Iterator[Passage]:
    """Documents that are relevant to none of the questions, in a random order, then recombinations."""
    relevant = frozenset(identity for question in questions for identity in question.relevant)
    others = [row for one in collections for row in real(one, list(one.passages)) if row.id not in relevant]
    order = np.random.default_rng(7).permutation(len(others))[:count]
    avoid = frozenset((name, identity) for name, _, identity in (item.partition("/") for item in relevant))
    made = recombined(collections, max(0, count - len(others)), 7, avoid)
    return chain((others[place] for place in order.tolist()), made)


def ask(corpus: Corpus, questions: Sequence[Question]) -> tuple[list[float], list[float], list[float]]:
    """recall@10 in the final order, recall@60 of the mixture, and seconds, per question."""
    versions = Versions(lambda: corpus.live, date.today)
    reranker = reranker_of(read_parts(RELEASE_0)["reranker"], corpus.vocabulary, versions)
    corpus.vocabulary()  # counted once per state of the corpus, not per question; so are versions
    versions.superseded()
    first, all_found, took = [], [], []
    for question in questions:
        started = time.perf_counter()
        mixed = corpus.find(question.query, "all", _WIDE)
        ranked = reranker.rerank(question.query, mixed, 10)
        took.append(time.perf_counter() - started)
        first.append(recall_at([item.passage.id for item in ranked], question.relevant, 10))
        all_found.append(recall_at([item.passage.id for item in mixed], question.relevant, _WIDE))
    return first, all_found, took


def foretold(done: int, more: int, took: float) -> float:
    """Seconds that so many more documents will take, by what those there are took; small beginnings tell nothing."""
    return took / done * more if done >= _TELLING else 0.0


def by_collection(questions: Sequence[Question], found: Sequence[float]) -> str:
    """The mean of each collection, for people: which kind of question is lost."""
    parts: dict[str, list[float]] = {}
    for question, value in zip(questions, found, strict=True):
        parts.setdefault(question.id.partition("/")[0], []).append(value)
    return ", ".join(f"{name} {np.mean(some):.3f} ({len(some)})" for name, some in sorted(parts.items()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    options = _options(arguments)
    collections = list(read_collections(options.data))
    questions, base = choose(collections, options.documents)
    say(f"{len(questions)} questions, {len(base)} documents relevant to them")
    factors = [factor for factor in FACTORS if factor <= options.most]
    metrics: dict[str, Metric] = {}
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="metier-scale-") as folder:
        corpus = Corpus(Path(folder), seed=7)
        others = distractors(collections, questions, factors[-1] * len(base))
        added = 0
        alone: list[float] = []
        for factor in factors:
            wanted = 0 if factor == 1 else factor * len(base)
            needed = foretold(added + len(base), wanted - added, time.perf_counter() - started)
            if factor > 1 and time.perf_counter() - started + needed > options.budget_s:
                say(
                    f"{factor}x is left out: about {needed:.0f} s more, and --budget-s is {options.budget_s:.0f}"
                )
                break
            more = islice(others, wanted - added)
            corpus.add(iter(base) if factor == 1 else more)
            added = wanted
            found, all_found, took = ask(corpus, questions)
            alone = alone or found
            metrics |= {
                f"recall10_{factor}x": Metric.of(mean(found)),
                f"recall60_{factor}x": Metric.of(mean(all_found)),
                f"recall10_drop_{factor}x": Metric.of(
                    paired_difference(alone, found, rng=np.random.default_rng(7))
                ),
                f"p95_ms_{factor}x": Metric(1000 * percentile(took, 0.95), n=len(took)),
            }
            metrics["factor_reached"] = Metric(factor)
            say(f"{factor}x: recall@10 {np.mean(found):.3f}, recall@60 {np.mean(all_found):.3f}")
            say(f"{factor}x: recall@10 {by_collection(questions, found)}")
        corpus.close()
    del metrics["recall10_drop_1x"]
    told = {"documents": len(base), "questions": len(questions), "most": options.most}
    emit("retrieval_scale", metrics, record=options.record, options=told)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("retrieval_scale", "the same questions while distractors are added", needs_data=True)
    options.add_argument("--documents", type=int, default=100, help="relevant documents, which make up 1x")
    options.add_argument("--most", type=int, default=1000, choices=FACTORS, help="the largest factor")
    options.add_argument(
        "--budget-s",
        type=float,
        default=780,
        help="a factor that would take longer is left out, and it is said",
    )
    return options.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"retrieval_scale: {error}")
