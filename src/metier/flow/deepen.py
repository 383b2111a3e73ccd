"""Deepening: documents that are live get the slow, better vectors, one document after another.

Everything is searchable before this starts and stays so; it may be stopped anywhere and goes on in the next run. What
is missing is found by comparing the tables with the ledger, so nothing has to be remembered.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from metier.stages import Embedder, Ledger, Vectors
from metier.text.statements import pieces, place_words
from metier.types import Entry, Passage, Progress


class SentenceStore(Protocol):
    """Where sentence vectors are kept."""

    def add(self, rows: Sequence[tuple[Passage, int, int]], vectors: Vectors) -> None: ...

    def delete_documents(self, documents: Sequence[str]) -> None: ...

    def groups_of_documents(self) -> Mapping[str, tuple[str, ...]]: ...

    def optimize(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Deepening:
    """Everything the journey needs."""

    ledger: Ledger
    sentences: SentenceStore
    embedder: Embedder
    passages_of: Callable[[Entry], list[Passage]]
    seconds: float  # a run stops after this long
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class DeepenReport:
    """How many live documents have sentence vectors now."""

    deep: int
    live: int
    sentences: int  # of this run
    seconds: float


def deepen(
    parts: Deepening, on_progress: Callable[[Progress], None], should_stop: Callable[[], bool]
) -> DeepenReport:
    """Deepens what is not yet deep, shortest documents first, until done, stopped or out of time.

    The caller holds the writer's lock. A document is deep once all its sentences are written in one append.
    """
    started = parts.clock()
    live = parts.ledger.live()
    known = parts.sentences.groups_of_documents()
    stale = [
        identity
        for identity, groups in known.items()
        if identity not in live or live[identity].groups != groups
    ]
    parts.sentences.delete_documents(stale)
    deep = set(known) - set(stale)
    missing = sorted(
        (entry for entry in live.values() if entry.id not in deep),
        key=lambda entry: (entry.passages, entry.uri),
    )
    total = sum(entry.passages for entry in missing)
    written = done = 0
    for entry in missing:
        if should_stop() or parts.clock() - started > parts.seconds:
            break
        written += _deepen_one(parts, parts.passages_of(entry))
        deep.add(entry.id)
        done += entry.passages
        seconds = parts.clock() - started
        on_progress(Progress(done, total, 0, seconds, f"deepening {entry.uri}", "passages"))
    if written:
        parts.sentences.optimize()
    return DeepenReport(len(deep), len(live), written, parts.clock() - started)


def _deepen_one(parts: Deepening, passages: Sequence[Passage]) -> int:
    rows = [(passage, piece.start, piece.end) for passage in passages for piece in pieces(passage)]
    texts = [f"{place_words(passage)}: {piece.text}" for passage in passages for piece in pieces(passage)]
    if rows:
        parts.sentences.add(rows, parts.embedder.embed_passages(texts))
    return len(rows)
