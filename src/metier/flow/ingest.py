"""The ingest journey: sources -> documents -> passages -> live, with every file in a named state at every moment.

Order of writing, which crash safety rests on: blob, then ledger row; document file, then PARSED; passages, then one
last transaction that makes a batch live and its predecessors superseded. (INDEXED, passages written and not visible, is
a state of that transaction alone: after a kill before it the rows are PARSED, as after one before the passages.) Whatever a killed run left
behind is swept by the next one before it starts: passages of documents that are not visible are deleted, and
documents that were in flight are done again.
"""

import dataclasses
from collections.abc import Callable, Collection, Iterator, Sequence, Set
from dataclasses import dataclass, field

import numpy as np

from metier.errors import UserError
from metier.flow.execute import Ahead, run_local, tuned_for_slots
from metier.flow.ingestion import NO_ROOM, Ingestion, no_room
from metier.flow.scan import scan_sources
from metier.stages import Vectors
from metier.text.context import context_text
from metier.types import VISIBLE, Document, Entry, Failure, LedgerCount, Passage, Progress, State

# A commit costs three fsyncs of the ledger and one table version: enough documents to make both cheap. The first ones
# are small, so that something is visible soon; each may be twice the one before.
_BATCH_DOCUMENTS, _MOST_DOCUMENTS = 64, 1024
_BATCH_PASSAGES = 4_000
# Vectors and search terms are made as documents come, so that little is left when the last has: 30% dearer one document
# at a time, not at all from here on.
_PREPARE_PASSAGES = 64
_BATCH_SECONDS, _MOST_SECONDS = 2.0, 8.0  # and never so long that finished work is not visible
# Read before the scan is through, and while a batch is written (0.1 s): at most this many, if they are small.
_AHEAD_DOCUMENTS, _SMALL_BYTES = 64, 1 << 20
_OPTIMIZE_EVERY = 40  # commits between index updates during a long run


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one run did, and the ledger after it."""

    found: int
    unchanged: int
    added: int  # new uris
    changed: int  # known uris with new content (or a new pipeline)
    removed: int
    regrouped: int
    done: int
    failures: tuple[Failure, ...]  # of this run
    interrupted: bool
    seconds: float
    count: LedgerCount


def ingest(
    parts: Ingestion,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
    retry: bool = False,
    reasons: Collection[str] = (),
) -> IngestReport:
    """Brings the workspace up to date with its sources. The caller holds the writer's lock.

    `retry` tries every quarantined document again (with `reasons`: those quarantined for one of them), not only those whose
    failure may pass by itself.
    """
    started = parts.clock()
    # A few small ones are read while the sources are still looked through. Their rows stay
    # RECEIVED until their turn comes; if the run ends before, they are read again.
    ahead = Ahead[Entry, Document | Failure](
        lambda entry: _read(parts, entry), parts.slots, _AHEAD_DOCUMENTS, key=lambda entry: entry.id
    )
    with tuned_for_slots(), ahead:
        _take_back(parts)
        # before the scan, which writes to the table: a torn one is told here, in words. What is added joins.
        in_table = _sweep(parts)
        scan = scan_sources(
            parts,
            _is_retried(retry, reasons),
            should_stop,
            on_progress,
            lambda received: ahead.begin(filter(_is_small, received)),
        )
        waiting = _sorted_for_work(_waiting(parts, in_table), ahead)
        done, failures = _work(parts, waiting, ahead, on_progress, should_stop, in_table)
        if done == len(waiting) and (lost := _without_passages(parts, in_table)):
            waiting += lost  # their successors could not be read
            more = _work(parts, lost, ahead, on_progress, should_stop, in_table)
            done, failures = done + more[0], failures + more[1]
        parts.passages.delete_documents(in_table - set(parts.ledger.live()))
        parts.passages.optimize()
    return IngestReport(
        found=scan.found,
        unchanged=scan.unchanged,
        added=scan.added,
        changed=scan.changed,
        removed=scan.removed,
        regrouped=len(scan.regrouped),
        done=done,
        failures=tuple(scan.failures + failures),
        interrupted=scan.stopped or done < len(waiting),
        seconds=parts.clock() - started,
        count=parts.ledger.count(),
    )


def _is_retried(retry: bool, reasons: Collection[str]) -> Callable[[Entry], bool]:
    """Whether a quarantined document is tried again."""
    return lambda entry: entry.retry or (retry and (not reasons or entry.reason in reasons))


def _take_back(parts: Ingestion) -> None:
    """Nothing stays in flight without a live process: the rows that a killed run had begun wait again."""
    stale = parts.ledger.entries([State.IN_FLIGHT, State.INDEXED])
    back = {State.IN_FLIGHT: State.RECEIVED, State.INDEXED: State.PARSED}
    for state, waits in back.items():
        parts.ledger.move([item.id for item in stale if item.state is state], waits)


def _sweep(parts: Ingestion) -> set[str]:
    """Deletes the passages that a killed run left and nobody can see; the documents whose passages are in the table."""
    found, live = parts.passages.documents(), set(parts.ledger.live())
    parts.passages.delete_documents(found - live)
    return found & live


def _waiting(parts: Ingestion, in_table: Set[str]) -> list[Entry]:
    """What is to be read or indexed. A visible document without passages (the table was moved away) is indexed again
    from what was read of it, unless its successor is here; it stays visible meanwhile."""
    waiting = parts.ledger.entries([State.RECEIVED, State.PARSED])
    fresh = {entry.uri for entry in waiting}
    return [*waiting, *(entry for entry in _without_passages(parts, in_table) if entry.uri not in fresh)]


def _without_passages(parts: Ingestion, in_table: Set[str]) -> list[Entry]:
    return [entry for entry in parts.ledger.live().values() if entry.id not in in_table]


# --- the work -------------------------------------------------------------------------------------------------------


def _sorted_for_work(entries: Sequence[Entry], ahead: Ahead[Entry, Document | Failure]) -> list[Entry]:
    """What is being read already, then small files first: much becomes searchable soon, and the time left is never
    estimated from giants alone."""
    return sorted(entries, key=lambda entry: (entry not in ahead, entry.size, entry.uri))


def _is_small(entry: Entry) -> bool:
    return entry.size <= _SMALL_BYTES


@dataclass(slots=True)
class _Batch:
    """Finished documents on their way to the ledger."""

    documents: list[tuple[Entry, Document]] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)  # ids of those of the documents that are not visible yet
    failed: list[Entry] = field(default_factory=list)
    vectors: dict[str, list[Vectors]] = field(default_factory=dict)
    prepared: int = 0  # passages that have their vectors and search terms
    begun: int = 0  # documents that are being written

    def prepare(self, parts: Ingestion) -> None:
        """Computes what the passages that came since will be written with, while their documents are written."""
        parts.documents.begin_documents([document for _, document in self.documents[self.begun :]])
        self.begun = len(self.documents)
        fresh = self.passages[self.prepared :]
        texts = [context_text(passage) for passage in fresh]
        for name, embedder in parts.embedders.items():
            self.vectors.setdefault(name, []).append(embedder.embed_passages(texts))
        parts.passages.prepare(fresh)
        self.prepared = len(self.passages)

    def is_full(self, most: int) -> bool:
        return len(self.documents) + len(self.failed) >= most or len(self.passages) >= _BATCH_PASSAGES


def _work(
    parts: Ingestion,
    waiting: Sequence[Entry],
    ahead: Ahead[Entry, Document | Failure],
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
    in_table: set[str],
) -> tuple[int, list[Failure]]:
    """How many are done and what failed; documents whose passages are written join `in_table`."""
    started = parts.clock()
    done, commits, failures = 0, 0, list[Failure]()
    batch, last, most, most_s = _Batch(), started, _BATCH_DOCUMENTS, _BATCH_SECONDS
    try:
        items = _in_flight(parts, waiting)
        for item in run_local(
            ahead.result, items, parts.slots, should_stop, small=_is_small, most=_AHEAD_DOCUMENTS
        ):
            if item is not None:
                entry, result = item
                done += 1
                _take(parts, batch, entry, result, failures)
            now = parts.clock()
            if batch.is_full(most) or now - last >= most_s:
                _commit(parts, batch, in_table)
                batch, last, commits = _Batch(), now, commits + 1
                most, most_s = min(2 * most, _MOST_DOCUMENTS), min(2 * most_s, _MOST_SECONDS)
                if commits % _OPTIMIZE_EVERY == 0:
                    parts.passages.optimize()
            current = item[0].uri if item is not None else ""
            on_progress(Progress(done, len(waiting), len(failures), now - started, current))
        for entry in waiting[:_AHEAD_DOCUMENTS]:  # after a stop: what is read already is not read again
            if (rest := ahead.rest(entry)) is not None:
                done += 1
                _take(parts, batch, entry, rest, failures)
        _commit(parts, batch, in_table)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise UserError(no_room(error)) from error
        raise
    finally:
        _give_back(parts)
    return done, failures


def _in_flight(parts: Ingestion, waiting: Sequence[Entry]) -> Iterator[Entry]:
    """The entries, marked in the ledger a batch at a time before they are handed out."""
    start, most = 0, _BATCH_DOCUMENTS
    while some := waiting[start : start + most]:
        parts.ledger.move([item.id for item in some if item.state is State.RECEIVED], State.IN_FLIGHT)
        for item in some:
            if item.state is State.RECEIVED:
                yield dataclasses.replace(item, state=State.IN_FLIGHT, attempts=item.attempts + 1)
            else:
                yield item
        start, most = start + most, min(2 * most, _MOST_DOCUMENTS)


def _give_back(parts: Ingestion) -> None:
    """After a stop: what was marked but not begun is waiting again."""
    left = parts.ledger.entries([State.IN_FLIGHT])
    parts.ledger.move([item.id for item in left], State.RECEIVED)


def _read(parts: Ingestion, entry: Entry) -> Document | Failure:
    if entry.state in (State.PARSED, *VISIBLE) and (kept := parts.documents.document(entry.id)):
        return kept
    path = parts.documents.blob(entry.sha256)
    if not path.exists():
        detail = f"the kept bytes of {entry.uri} are missing from .metier/blobs; ingest again"
        return Failure(entry.uri, "extract", "blob_missing", detail, retry=True)
    return parts.extractor.extract(entry.id, entry.uri, path)


def _take(
    parts: Ingestion, batch: _Batch, entry: Entry, result: Document | Failure, failures: list[Failure]
) -> None:
    if isinstance(result, Document):
        passages = parts.chunker.split(result, entry.groups)
        if passages:
            finished = _finished(entry, result, len(passages))
            batch.documents.append((finished, result))
            batch.passages += passages
            if entry.state not in VISIBLE:
                batch.hidden.append(entry.id)
            if len(batch.passages) - batch.prepared >= _PREPARE_PASSAGES:
                batch.prepare(parts)
            return
        detail = "; ".join(result.warnings) or f"{entry.uri} was read but holds no text; check the file"
        result = Failure(entry.uri, "extract", "no_text", detail)
    failures.append(result)
    batch.failed.append(
        dataclasses.replace(
            entry, state=State.QUARANTINED, reason=result.reason, detail=result.detail, retry=result.retry
        )
    )


def _finished(entry: Entry, document: Document, passages: int) -> Entry:
    warned = bool(document.warnings)
    return dataclasses.replace(
        entry,
        state=State.PARTIAL if warned else State.LIVE,
        reason="partly_read" if warned else "",
        detail="; ".join(document.warnings),
        title=document.title,
        language=document.language,
        version_date=document.version_date,
        media_type=document.media_type,
        pages=len(document.pages),
        passages=passages,
    )


def _commit(parts: Ingestion, batch: _Batch, in_table: set[str]) -> None:
    """Documents, passages, ledger: in this order, each durable before the next."""
    if batch.documents:
        entries = [entry for entry, _ in batch.documents]
        batch.prepare(parts)
        parts.documents.put_documents([document for _, document in batch.documents])
        parts.ledger.move(batch.hidden, State.PARSED)
        vectors = {name: np.concatenate(rows) for name, rows in batch.vectors.items()}
        in_table.update(entry.id for entry in entries)
        parts.passages.add(batch.passages, vectors)
        parts.ledger.advance(entries + batch.failed)
    else:
        parts.ledger.advance(batch.failed)
