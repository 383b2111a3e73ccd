"""A collection in the product's own index: its tables, its retrievers, and what each leg cost to build."""

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.common import say
from benchmarks.ir_collections import GROUPS, Collection
from metier.errors import UserError
from metier.models.e5 import find_e5
from metier.models.sentence_embedder import sentence_embedder
from metier.models.static_embedder import load_static_embedder
from metier.retrieve.dense import DenseRetriever
from metier.retrieve.keyword import KeywordRetriever
from metier.retrieve.sentence import SentenceRetriever
from metier.stages import Embedder, Retriever, Vectors
from metier.store.passages import LancePassages
from metier.store.sentences import LanceSentences
from metier.text.context import context_text
from metier.text.statements import in_place, pieces
from metier.types import Access, Entry, Hit, Passage, Query, State

ACCESS = Access("benchmark", frozenset(GROUPS))
_BATCH = 2_000
_PROBE = 64  # passages after which the time for all of them is foretold


@dataclass(frozen=True, slots=True)
class Index:
    """The legs of one collection."""

    table: LancePassages
    live: Mapping[str, Entry]
    retrievers: Sequence[Retriever]
    build_s: Mapping[str, float]  # by leg


def build_index(
    collection: Collection,
    folder: Path,
    budget_s: float,
    cache: Path | None = None,
    embedder: Embedder | None = None,
) -> Index:
    """The collection indexed in `folder`. Sentence vectors are made if their model is installed and all of them fit into
    `budget_s` seconds; `cache` keeps them for the next run. `embedder` stands in for the installed model."""
    static = load_static_embedder()
    passages = list(collection.passages.values())
    live = {
        row.id: Entry(row.id, row.uri, row.id, "benchmark", State.LIVE, groups=GROUPS, language=row.language)
        for row in passages
    }
    started = time.perf_counter()
    table = LancePassages(folder / "passages.lance", {"static": static})
    in_static = 0.0
    for start in range(0, len(passages), _BATCH):
        batch = passages[start : start + _BATCH]
        before = time.perf_counter()
        vectors = static.embed_passages([context_text(row) for row in batch])
        in_static += time.perf_counter() - before
        table.add(batch, {"static": vectors})
    table.optimize()
    build_s = {"keyword": time.perf_counter() - started - in_static, "static": in_static}
    retrievers: list[Retriever] = [
        KeywordRetriever(table, lambda: live),
        DenseRetriever("static", table, static, lambda: live),
    ]
    if (embedder := embedder or _sentence_embedder()) is not None:
        started = time.perf_counter()
        sentences = LanceSentences(folder / "sentences.lance", embedder)
        if _add_sentences(collection, sentences, embedder, budget_s, cache):
            retrievers.append(SentenceRetriever(sentences, table, embedder, lambda: live, lambda: True))
            build_s["sentence"] = time.perf_counter() - started
    return Index(table, live, retrievers, build_s)


def _sentence_embedder() -> Embedder | None:
    try:
        return sentence_embedder(find_e5())
    except UserError as error:
        say(f"no sentence vectors: {error}")
        return None


def _add_sentences(
    collection: Collection, sentences: LanceSentences, embedder: Embedder, budget_s: float, cache: Path | None
) -> bool:
    """Whether the sentences of all passages are in the table; nothing is added if they would take too long."""
    passages = list(collection.passages.values())
    rows = [(passage, piece.start, piece.end) for passage in passages for piece in pieces(passage)]
    texts = [in_place(passage, piece.text) for passage in passages for piece in pieces(passage)]
    vectors = _vectors(collection.name, texts, embedder, budget_s, cache)
    if vectors is None:
        return False
    for start in range(0, len(rows), _BATCH):
        sentences.add(rows[start : start + _BATCH], vectors[start : start + _BATCH])
    sentences.optimize()
    return True


def _vectors(
    name: str, texts: Sequence[str], embedder: Embedder, budget_s: float, cache: Path | None
) -> Vectors | None:
    digest = hashlib.sha256("\n".join([embedder.identity, *texts]).encode("utf-8", "replace")).hexdigest()
    path = cache / f"{name}-{digest[:16]}.npy" if cache else None
    if path is not None and path.is_file():
        kept: Vectors = np.load(path).astype(np.float32)
        say(f"{name}: {len(texts)} sentence vectors from {path}")
        return kept
    # Long sentences cost most; a probe spread over all of them foretells the time, one from the start does not.
    probe = list(texts[:: max(1, len(texts) // _PROBE)])
    embedder.embed_passages(probe[:1])  # reads the model
    started = time.perf_counter()
    embedder.embed_passages(probe)
    foretold = (time.perf_counter() - started) / max(1, len(probe)) * len(texts)
    if foretold > budget_s:
        say(
            f"{name}: no sentence vectors: {len(texts)} would take {foretold:.0f} s, --budget-s is {budget_s:.0f}"
        )
        return None
    say(f"{name}: {len(texts)} sentence vectors, about {foretold:.0f} s")
    vectors = np.concatenate(
        [embedder.embed_passages(texts[at : at + 512]) for at in range(0, len(texts), 512)]
    )
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, vectors.astype(np.float16))
    return vectors


def rankings_of(
    collection: Collection, index: Index, queries: Iterable[str], wide: int
) -> dict[str, dict[str, list[Hit]]]:
    """Query id -> leg -> its first `wide` hits."""
    out: dict[str, dict[str, list[Hit]]] = {}
    for number, identity in enumerate(queries, start=1):
        query = query_of(collection, identity)
        out[identity] = {
            leg.name: [_shared(hit, collection.passages) for hit in leg.retrieve(query, ACCESS, wide)]
            for leg in index.retrievers
        }
        if number % 200 == 0:
            say(f"{collection.name}: {number} queries searched")
    return out


def query_of(collection: Collection, identity: str) -> Query:
    """The query as the retrievers get it: its words alone, since these are no questions of a conversation."""
    return Query(collection.queries[identity], "en")


def _shared(hit: Hit, passages: Mapping[str, Passage]) -> Hit:
    """The hit with the one copy of its passage: a thousand queries would hold 200,000."""
    return Hit(passages[hit.passage.id], hit.score)
