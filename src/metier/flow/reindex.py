"""The table of passages is built anew, beside the one that answers, from what was read and is kept.

No source is looked at and no file is read again, but for a document of which what was read is missing or torn: its kept bytes
are. A run may end anywhere: a batch of documents is written in one append, and the next run goes on with those that are not
there, after it has taken out what is not visible any more or is open to others now.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from metier.flow.execute import run_local, tuned_for_slots
from metier.stages import Chunker, DocumentStore, Embedder, Ledger, PassageStore, Vectors
from metier.text.context import context_text
from metier.types import Document, Entry, Failure, Passage, Progress

# One append, and what a kill costs at most: two seconds of a core, whatever the documents are. Vectors are made of pieces.
_BATCH_PASSAGES, _BATCH_S, _PIECE = 4_000, 8.0, 500


class BuiltStore(PassageStore, Protocol):
    """The table that is being built."""

    def groups_of_documents(self) -> Mapping[str, tuple[str, ...]]: ...


@dataclass(frozen=True, slots=True)
class Reindexing:
    """Everything the journey needs."""

    ledger: Ledger
    documents: DocumentStore
    extract: Callable[[Entry], Document | Failure]  # of the kept bytes
    chunker: Chunker
    embedders: Mapping[str, Embedder]  # by name of the vector column
    built: BuiltStore
    slots: int
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class ReindexReport:
    """What one run built."""

    documents: int  # in the table now
    live: int
    kept: int  # of them built by a run before, which was stopped
    passages: int  # of this run
    read_again: tuple[str, ...]  # uris: what was read of them was missing or torn
    failures: tuple[Failure, ...]  # they are not in the table, and the next ingest tries them again
    interrupted: bool
    seconds: float


@dataclass(slots=True)
class _Batch:
    """Passages on their way to the table."""

    passages: list[Passage] = field(default_factory=list)
    vectors: dict[str, list[Vectors]] = field(default_factory=dict)

    def take(self, parts: Reindexing, passages: Sequence[Passage]) -> None:
        """Adds the passages of a document, with all they are written with."""
        self.passages += passages
        for start in range(0, len(passages), _PIECE):
            texts = [context_text(passage) for passage in passages[start : start + _PIECE]]
            for name, embedder in parts.embedders.items():
                self.vectors.setdefault(name, []).append(embedder.embed_passages(texts))
        parts.built.prepare(passages)

    def write(self, parts: Reindexing) -> int:
        """How many were written."""
        parts.built.add(self.passages, {name: np.concatenate(rows) for name, rows in self.vectors.items()})
        return len(self.passages)


def reindex(
    parts: Reindexing,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> ReindexReport:
    """Brings the table that is being built to what the ledger says is visible. The caller holds the writer's lock, and lets the
    table take the other's place if this was not interrupted."""
    started = parts.clock()
    live = parts.ledger.live()
    kept = _still_right(parts, live)
    missing = sorted((live[key] for key in live.keys() - kept), key=lambda item: (item.size, item.uri))
    total = sum(item.passages for item in missing)
    read_again, failures = list[str](), list[Failure]()
    done = written = finished = 0
    batch, last = _Batch(), started
    with tuned_for_slots():
        for item in run_local(lambda entry: _read(parts, entry), missing, parts.slots, should_stop):
            if item is not None:
                entry, found = item
                finished += 1
                if found.is_read_again:
                    read_again.append(entry.uri)
                failures += [found.failure] if found.failure else []
                batch.take(parts, found.passages)
                done += entry.passages
                spent = parts.clock() - started
                on_progress(Progress(done, total, len(failures), spent, entry.uri, "passages"))
            if len(batch.passages) >= _BATCH_PASSAGES or parts.clock() - last >= _BATCH_S:
                written += batch.write(parts)
                batch, last = _Batch(), parts.clock()
        written += batch.write(parts)
    interrupted = finished < len(missing)
    if not interrupted:
        parts.built.optimize()
    return ReindexReport(
        documents=len(parts.built.documents()),
        live=len(live),
        kept=len(kept),
        passages=written,
        read_again=tuple(sorted(read_again)),
        failures=tuple(failures),
        interrupted=interrupted,
        seconds=parts.clock() - started,
    )


def _still_right(parts: Reindexing, live: Mapping[str, Entry]) -> set[str]:
    """Documents that an earlier run built and that are as they were; the others are taken out."""
    built = parts.built.groups_of_documents()
    right = {key for key, groups in built.items() if key in live and live[key].groups == groups}
    parts.built.delete_documents(built.keys() - right)
    return right


@dataclass(frozen=True, slots=True)
class _Read:
    passages: Sequence[Passage] = ()
    is_read_again: bool = False
    failure: Failure | None = None


def _read(parts: Reindexing, entry: Entry) -> _Read:
    """The passages of a document, from what is kept of it."""
    if kept := parts.documents.document(entry.id):
        return _Read(parts.chunker.split(kept, entry.groups))
    found = parts.extract(entry)
    if isinstance(found, Failure):
        return _Read(is_read_again=True, failure=found)
    parts.documents.put_documents([found])
    return _Read(parts.chunker.split(found, entry.groups), is_read_again=True)
