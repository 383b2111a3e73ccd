"""The ingest journey: sources -> documents -> passages -> live, with every file in a named state at every moment.

Order of writing, which crash safety rests on: blob, then ledger row; document file, then PARSED; passages, then
INDEXED; and one last transaction that makes a batch live and its predecessors superseded. Whatever a killed run left
behind is swept by the next one before it starts: passages of documents that are not visible are deleted, and
documents that were in flight are done again.
"""

import dataclasses
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from metier.errors import UserError
from metier.flow.execute import run_local
from metier.stages import Chunker, Connector, DocumentStore, Embedder, Extractor, Ledger, PassageStore
from metier.text.context import context_text
from metier.types import Document, Entry, Failure, LedgerCount, Passage, Progress, Source, State

_RECEIVE_BATCH = 200  # rows per transaction while scanning
_BATCH_DOCUMENTS = (
    64  # a commit costs three fsyncs of the ledger and one table version: enough to make both cheap
)
_BATCH_PASSAGES = 4_000
_BATCH_SECONDS = 2.0  # and never so long that finished work is not visible
_OPTIMIZE_EVERY = 40  # commits between index updates during a long run

_WAITING = (State.RECEIVED, State.IN_FLIGHT, State.PARSED, State.INDEXED)
_VISIBLE = (State.LIVE, State.PARTIAL)
_GONE = (State.SUPERSEDED, State.REMOVED, State.ERASED)


class CoveringConnector(Connector, Protocol):
    """A connector that can tell whether a document would come from it: what it covers and does not find is gone."""

    def covers(self, uri: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Ingestion:
    """Everything the journey needs."""

    connectors: Sequence[CoveringConnector]
    ledger: Ledger
    documents: DocumentStore
    extractor: Extractor
    chunker: Chunker
    embedders: Mapping[str, Embedder]  # by name of the vector column
    passages: PassageStore
    slots: int
    max_bytes: int
    tenant: str = "default"
    clock: Callable[[], float] = time.monotonic

    @property
    def pipeline(self) -> str:
        """Hash of everything that decides what a document's passages are; a change reads all documents again."""
        parts = [self.extractor.identity, self.chunker.identity]
        parts += [f"{name}={embedder.identity}" for name, embedder in sorted(self.embedders.items())]
        return _hash(*parts)[:16]


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


@dataclass(slots=True)
class _Scan:
    """What the scan found out; filled while scanning."""

    found: int = 0
    unchanged: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    regrouped: int = 0
    failures: list[Failure] = field(default_factory=list)


def ingest(
    parts: Ingestion,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
    retry: bool = False,
) -> IngestReport:
    """Brings the workspace up to date with its sources. The caller holds the writer's lock.

    `retry` tries every quarantined document again, not only those whose failure may pass by itself.
    """
    started = parts.clock()
    recover(parts)
    scan = _scan(parts, retry, should_stop, on_progress)
    waiting = _sorted_for_work(parts.ledger.entries([State.RECEIVED, State.PARSED]))
    done, failures = _work(parts, waiting, on_progress, should_stop)
    _sweep(parts)
    parts.passages.optimize()
    return IngestReport(
        found=scan.found,
        unchanged=scan.unchanged,
        added=scan.added,
        changed=scan.changed,
        removed=scan.removed,
        regrouped=scan.regrouped,
        done=done,
        failures=tuple(scan.failures + failures),
        interrupted=should_stop() and done < len(waiting),
        seconds=parts.clock() - started,
        count=parts.ledger.count(),
    )


def recover(parts: Ingestion) -> None:
    """Takes back what a killed run had begun: nothing stays in flight without a live process."""
    stale = parts.ledger.entries([State.IN_FLIGHT, State.INDEXED])
    back = {State.IN_FLIGHT: State.RECEIVED, State.INDEXED: State.PARSED}
    parts.ledger.advance([dataclasses.replace(item, state=back[item.state]) for item in stale])
    _sweep(parts)


def _sweep(parts: Ingestion) -> None:
    live = parts.ledger.live()
    parts.passages.delete_documents(parts.passages.documents() - set(live))


# --- what is there now ----------------------------------------------------------------------------------------------


def _scan(
    parts: Ingestion, retry: bool, should_stop: Callable[[], bool], on_progress: Callable[[Progress], None]
) -> _Scan:
    scan = _Scan()
    known: dict[str, list[Entry]] = {}
    for entry in parts.ledger.entries():
        known.setdefault(entry.uri, []).append(entry)
    found: set[str] = set()
    blocked: list[str] = []  # folders (or the whole connector) that could not be looked into
    batch: list[Entry] = []
    regroup: dict[str, tuple[str, ...]] = {}
    started = parts.clock()
    for item in _find(parts.connectors):
        if should_stop():
            break
        uri = item.uri if isinstance(item, Source) else item.subject
        found.add(uri)
        scan.found += 1
        if isinstance(item, Failure) and item.reason == "folder_missing":
            blocked.append("")
            scan.failures.append(item)
            continue
        if isinstance(item, Failure):
            blocked.append(uri + "/")
        batch += _meet(parts, item, known.get(uri, []), retry, scan, regroup)
        if len(batch) >= _RECEIVE_BATCH:
            parts.ledger.advance(batch)
            batch = []
        on_progress(
            Progress(0, 0, len(scan.failures), parts.clock() - started, f"looking: {scan.found} files")
        )
    parts.ledger.advance(batch)
    if regroup:
        parts.passages.regroup(regroup)
    if not should_stop():
        _remove_missing(parts, known, found, blocked, scan)
    return scan


def _find(connectors: Sequence[CoveringConnector]) -> Iterator[Source | Failure]:
    for connector in connectors:
        yield from connector.find()


def _meet(
    parts: Ingestion,
    item: Source | Failure,
    known: Sequence[Entry],
    retry: bool,
    scan: _Scan,
    regroup: dict[str, tuple[str, ...]],
) -> list[Entry]:
    """Ledger rows to write for one source, given the rows of its uri."""
    open_rows = [entry for entry in known if entry.state not in _GONE]
    if isinstance(item, Failure):
        return _meet_failure(parts, item, open_rows, scan)
    newest = open_rows[-1] if open_rows else None
    if newest is not None and _same_stamp(newest, item) and newest.pipeline == parts.pipeline:
        return _meet_unchanged(item, newest, retry, scan, regroup)
    if item.size > parts.max_bytes:
        limit = parts.max_bytes >> 20
        detail = f"{item.uri} has {item.size >> 20} MB, more than extract.max_mb = {limit}; raise the limit or split the file"
        return _meet_failure(parts, Failure(item.uri, "connect", "too_large", detail), open_rows, scan, item)
    try:
        sha256, size = parts.documents.put_blob(Path(item.path))
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise UserError(_no_room(error)) from error
        detail = f"{item.path} cannot be read: {error.strerror}; change its permissions, then ingest again"
        return _meet_failure(
            parts, Failure(item.uri, "connect", "unreadable", detail, retry=True), open_rows, scan, item
        )
    identity = _hash(parts.tenant, item.uri, sha256, parts.pipeline)[:32]
    stamp = {"size": size, "mtime_ns": item.mtime_ns, "groups": item.groups}
    same = next((entry for entry in open_rows if entry.id == identity), None)
    if same is not None:  # touched, not changed
        return _meet_unchanged(
            item,
            dataclasses.replace(same, size=size, mtime_ns=item.mtime_ns),
            retry,
            scan,
            regroup,
            touched=True,
        )
    if any(entry.state in _VISIBLE for entry in open_rows):
        scan.changed += 1
    else:
        scan.added += 1
    fresh = Entry(identity, item.uri, sha256, parts.pipeline, State.RECEIVED, **stamp)
    return [*_supersede_hidden(open_rows), fresh]


def _same_stamp(entry: Entry, source: Source) -> bool:
    return (entry.size, entry.mtime_ns) == (source.size, source.mtime_ns)


def _meet_unchanged(
    source: Source,
    entry: Entry,
    retry: bool,
    scan: _Scan,
    regroup: dict[str, tuple[str, ...]],
    touched: bool = False,
) -> list[Entry]:
    again = entry.state is State.QUARANTINED and (retry or entry.retry)
    regrouped = entry.groups != source.groups
    scan.unchanged += not again
    if again:
        return [dataclasses.replace(entry, state=State.RECEIVED, groups=source.groups, reason="", detail="")]
    if regrouped:
        scan.regrouped += 1
        if entry.state in _VISIBLE:
            regroup[entry.id] = source.groups
    return [dataclasses.replace(entry, groups=source.groups)] if regrouped or touched else []


def _meet_failure(
    parts: Ingestion, failure: Failure, open_rows: Sequence[Entry], scan: _Scan, source: Source | None = None
) -> list[Entry]:
    """A source that cannot be read keeps its visible predecessor and gets a quarantined row of its own."""
    scan.failures.append(failure)
    identity = _hash(parts.tenant, failure.subject, failure.reason, parts.pipeline)[:32]
    row = Entry(
        identity,
        failure.subject,
        "",
        parts.pipeline,
        State.QUARANTINED,
        failure.reason,
        failure.detail,
        failure.retry,
    )
    if source is not None:
        row = dataclasses.replace(row, size=source.size, mtime_ns=source.mtime_ns, groups=source.groups)
    return [*_supersede_hidden([entry for entry in open_rows if entry.id != identity]), row]


def _supersede_hidden(rows: Iterable[Entry]) -> list[Entry]:
    """Rows of older contents that never became visible: they are over. Visible ones stay until their successor is."""
    return [dataclasses.replace(row, state=State.SUPERSEDED) for row in rows if row.state not in _VISIBLE]


def _remove_missing(
    parts: Ingestion,
    known: Mapping[str, Sequence[Entry]],
    found: set[str],
    blocked: Sequence[str],
    scan: _Scan,
) -> None:
    if (
        "" in blocked
    ):  # a whole source could not be looked at: nothing may be concluded from what was not found
        return
    gone: list[Entry] = []
    for uri, entries in known.items():
        if uri in found or any(uri.startswith(folder) for folder in blocked):
            continue
        if not any(connector.covers(uri) for connector in parts.connectors):
            continue
        rows = [entry for entry in entries if entry.state not in _GONE]
        scan.removed += any(row.state in _VISIBLE for row in rows)
        gone += [dataclasses.replace(row, state=State.REMOVED, reason="", detail="") for row in rows]
    parts.ledger.advance(gone)


# --- the work -------------------------------------------------------------------------------------------------------


def _sorted_for_work(entries: Sequence[Entry]) -> list[Entry]:
    """Small files first: much becomes searchable soon, and the time left is never estimated from giants alone."""
    return sorted(entries, key=lambda entry: (entry.size, entry.uri))


@dataclass(slots=True)
class _Batch:
    """Finished documents on their way to the ledger."""

    documents: list[tuple[Entry, Document]] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    failed: list[Entry] = field(default_factory=list)

    def is_full(self) -> bool:
        return (
            len(self.documents) + len(self.failed) >= _BATCH_DOCUMENTS
            or len(self.passages) >= _BATCH_PASSAGES
        )


def _work(
    parts: Ingestion,
    waiting: Sequence[Entry],
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> tuple[int, list[Failure]]:
    started = parts.clock()
    done, commits, failures = 0, 0, list[Failure]()
    batch, last = _Batch(), started
    try:
        for item in run_local(
            lambda entry: _read(parts, entry), _in_flight(parts, waiting), parts.slots, should_stop
        ):
            if item is not None:
                entry, result = item
                done += 1
                _take(parts, batch, entry, result, failures)
            now = parts.clock()
            if batch.is_full() or now - last >= _BATCH_SECONDS:
                _commit(parts, batch)
                batch, last, commits = _Batch(), now, commits + 1
                if commits % _OPTIMIZE_EVERY == 0:
                    parts.passages.optimize()
            current = item[0].uri if item is not None else ""
            on_progress(Progress(done, len(waiting), len(failures), now - started, current))
        _commit(parts, batch)
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise UserError(_no_room(error)) from error
        raise
    finally:
        _give_back(parts)
    return done, failures


def _in_flight(parts: Ingestion, waiting: Sequence[Entry]) -> Iterator[Entry]:
    """The entries, marked in the ledger a batch at a time before they are handed out."""
    for start in range(0, len(waiting), _BATCH_DOCUMENTS):
        some = waiting[start : start + _BATCH_DOCUMENTS]
        fresh = [item for item in some if item.state is State.RECEIVED]
        marked = {
            item.id: dataclasses.replace(item, state=State.IN_FLIGHT, attempts=item.attempts + 1)
            for item in fresh
        }
        parts.ledger.advance(list(marked.values()))
        for item in some:
            yield marked.get(item.id, item)


def _give_back(parts: Ingestion) -> None:
    """After a stop: what was marked but not begun is waiting again."""
    left = parts.ledger.entries([State.IN_FLIGHT])
    parts.ledger.advance([dataclasses.replace(item, state=State.RECEIVED) for item in left])


def _read(parts: Ingestion, entry: Entry) -> Document | Failure:
    if entry.state is State.PARSED and (kept := parts.documents.document(entry.id)):
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
            batch.documents.append((_finished(entry, result, len(passages)), result))
            batch.passages += passages
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


def _commit(parts: Ingestion, batch: _Batch) -> None:
    """Documents, passages, ledger: in this order, each durable before the next."""
    if batch.documents:
        entries = [entry for entry, _ in batch.documents]
        parts.documents.put_documents([document for _, document in batch.documents])
        parts.ledger.advance([dataclasses.replace(entry, state=State.PARSED) for entry in entries])
        texts = [context_text(passage) for passage in batch.passages]
        vectors = {name: embedder.embed_passages(texts) for name, embedder in parts.embedders.items()}
        parts.passages.add(batch.passages, vectors)
        parts.ledger.advance([dataclasses.replace(entry, state=State.INDEXED) for entry in entries])
        parts.ledger.advance(entries + batch.failed)
    else:
        parts.ledger.advance(batch.failed)


_NO_ROOM = (27, 28, 122)  # EFBIG, ENOSPC, EDQUOT


def _no_room(error: OSError) -> str:
    return (
        f"no room left to write {error.filename or 'the workspace'} ({error.strerror}); free some space and run "
        "`metier ingest` again: it goes on where it stopped, nothing is lost"
    )


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
