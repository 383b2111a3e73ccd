"""Deepening: documents that are live get the slow, better vectors, one document after another.

Everything is searchable before this starts and stays so; it may be stopped anywhere and goes on in the next run. What
is missing is found by comparing the tables with the ledger. Of one document, the vectors it has so far are kept: a list of
100,000 lines may take longer than one run has.
"""

import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from metier.stages import Embedder, Ledger, Vectors
from metier.text.statements import in_place, pieces
from metier.types import Entry, Passage, Progress

# sentences between two looks at the clock and at Ctrl-C: 2 s of a core; four batches of the embedder
_AT_ONCE = 128


class SentenceStore(Protocol):
    """Where sentence vectors are kept."""

    def renew(self) -> bool: ...

    def add(self, rows: Sequence[tuple[Passage, int, int]], vectors: Vectors) -> None: ...

    def delete_documents(self, documents: Sequence[str]) -> None: ...

    def groups_of_documents(self) -> Mapping[str, tuple[str, ...]]: ...

    def optimize(self) -> None: ...


class BegunStore(Protocol):
    """Where the vectors of the one document are kept that a run was stopped in."""

    def read(self, document: str) -> Vectors | None: ...

    def write(self, document: str, vectors: Vectors) -> None: ...

    def keep_only(self, documents: Set[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Deepening:
    """Everything the journey needs."""

    ledger: Ledger
    sentences: SentenceStore
    begun: BegunStore
    embedder: Embedder
    passages_of: Callable[[Entry], list[Passage]]
    seconds: float  # a run stops after this long
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class DeepenReport:
    """How many live documents have sentence vectors now."""

    deep: int
    live: int
    share: float  # of all live passages that are in those
    sentences: int  # of this run
    seconds: float
    renewed: bool = False  # all vectors were another model's: they are made anew


def deepen(
    parts: Deepening, on_progress: Callable[[Progress], None], should_stop: Callable[[], bool]
) -> DeepenReport:
    """Deepens what is not yet deep, shortest documents first, until done, stopped or out of time.

    The caller holds the writer's lock. A document is deep once all its sentences are written in one append.
    """
    started = parts.clock()
    live = parts.ledger.live()
    renewed = parts.sentences.renew()
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

    def is_over() -> bool:
        return should_stop() or parts.clock() - started > parts.seconds

    def tell(entry: Entry, share: float) -> None:
        passages, seconds = done + int(share * entry.passages), parts.clock() - started
        on_progress(
            Progress(passages, total, 0, seconds, f"deepening {entry.uri}", "passages", parts.seconds)
        )

    for entry in missing:
        if is_over():
            break
        rows = _Rows.of(parts.passages_of(entry))
        vectors = _vectors(parts, entry.id, rows.texts, is_over, partial(tell, entry))
        if vectors is None:
            break
        if rows.places:
            parts.sentences.add(rows.places, vectors)
        written += len(rows.places)
        deep.add(entry.id)
        if not rows.places:
            tell(entry, 1.0)
        done += entry.passages
    parts.begun.keep_only({entry.id for entry in missing} - deep)
    if written:
        parts.sentences.optimize()
    share = share_of_passages(deep, live, 1.0)
    return DeepenReport(len(deep), len(live), share, written, parts.clock() - started, renewed)


def share_of_passages(documents: Set[str], live: Mapping[str, Entry], of_none: float) -> float:
    """How much of all live passages the documents hold; `of_none` where there are none."""
    count = sum(entry.passages for entry in live.values())
    return sum(live[identity].passages for identity in documents) / count if count else of_none


@dataclass(frozen=True, slots=True)
class _Rows:
    """The sentences of a document: where each stands, and what is embedded for it."""

    places: list[tuple[Passage, int, int]]
    texts: list[str]

    @staticmethod
    def of(passages: Sequence[Passage]) -> "_Rows":
        found = [(passage, piece) for passage in passages for piece in pieces(passage)]
        return _Rows(
            [(passage, piece.start, piece.end) for passage, piece in found],
            [in_place(passage, piece.text) for passage, piece in found],
        )


def _vectors(
    parts: Deepening,
    document: str,
    texts: Sequence[str],
    is_over: Callable[[], bool],
    tell: Callable[[float], None],
) -> Vectors | None:
    """The vectors of a document's sentences; None if it had to stop: those made so far are kept for the next run."""
    made = parts.begun.read(document) if len(texts) > _AT_ONCE else None
    if made is None:
        made = np.zeros((0, parts.embedder.dimension), dtype=np.float32)
    steps, count = [made], len(made)
    while count < len(texts):
        if count and is_over():
            parts.begun.write(document, np.concatenate(steps))
            return None
        steps.append(parts.embedder.embed_passages(texts[count : count + _AT_ONCE]))
        count += len(steps[-1])
        tell(count / len(texts))
    return np.concatenate(steps)
