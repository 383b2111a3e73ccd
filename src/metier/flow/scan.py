"""The first half of ingest: what is there now, compared with the ledger.

Costs one look at size and time stamp per unchanged file; only new or touched files are read.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from metier.errors import UserError
from metier.flow.ingestion import GONE, NO_ROOM, CoveringConnector, Ingestion, hash_of, no_room
from metier.types import VISIBLE, Entry, Failure, Progress, Source, State

# rows per transaction, and files per sync: each twice the one before
_RECEIVE_BATCH, _MOST_RECEIVED = 500, 4_000
_MANY = 10  # documents of one source that are not removed at once because nothing is there


@dataclass(slots=True)
class Scan:
    """What a scan found out; filled while scanning."""

    pipeline: str  # as of now; asked once, since naming it hashes
    found: int = 0
    unchanged: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    failures: list[Failure] = field(default_factory=list)
    uris: set[str] = field(default_factory=set)
    blocked: list[str] = field(default_factory=list)  # what could not be looked into: uri prefixes
    missing: list[CoveringConnector] = field(default_factory=list)  # sources that are not there at all
    stopped: bool = False
    rows: list[Entry] = field(default_factory=list)  # to be written to the ledger
    regrouped: list[Entry] = field(default_factory=list)  # to be written after their passages


def scan_sources(
    parts: Ingestion,
    retry: Callable[[Entry], bool],
    should_stop: Callable[[], bool],
    on_progress: Callable[[Progress], None],
    on_received: Callable[[Sequence[Entry]], None] = lambda entries: None,
) -> Scan:
    """Receives what is new, regroups what moved between groups, removes what is gone.

    `on_received` hears of entries whose bytes are kept: they can be read from now on. Their rows, and what makes the bytes
    survive a power cut, follow with the batch; nothing that is read may be written before.
    """
    scan, started, batch = Scan(parts.pipeline), parts.clock(), _RECEIVE_BATCH
    known: dict[str, list[Entry]] = {}
    for entry in parts.ledger.entries():
        known.setdefault(entry.uri, []).append(entry)
    for connector in parts.connectors:
        found = scan.found + len(scan.missing)
        for item in connector.find():
            if should_stop():
                scan.stopped = True
                break
            if isinstance(item, Failure) and item.reason == "folder_missing":
                scan.failures.append(item)
                scan.missing.append(connector)
                continue
            met = len(scan.rows)
            _meet(parts, scan, item, known, retry)
            on_received([row for row in scan.rows[met:] if row.state is State.RECEIVED])
            if len(scan.rows) >= batch:
                _flush(parts, scan)
                batch = min(2 * batch, _MOST_RECEIVED)
            current = f"looking: {scan.found} files"
            on_progress(Progress(0, 0, len(scan.failures), parts.clock() - started, current))
        if not scan.stopped and found == scan.found + len(scan.missing):
            _keep_if_emptied(parts, scan, connector, known)
    _flush(parts, scan)
    # passages first: were the ledger first, a kill in between would leave the old groups in the table for good
    parts.passages.regroup({row.id: row.groups for row in scan.regrouped if row.state in VISIBLE})
    parts.ledger.advance(scan.regrouped)
    if not scan.stopped:
        _remove_missing(parts, scan, known)
    return scan


def _flush(parts: Ingestion, scan: Scan) -> None:
    try:
        parts.documents.sync_blobs()
    except OSError as error:
        if error.errno in NO_ROOM:
            raise UserError(no_room(error)) from error
        raise
    parts.ledger.advance(scan.rows)
    scan.rows.clear()


def _meet(
    parts: Ingestion,
    scan: Scan,
    item: Source | Failure,
    known: dict[str, list[Entry]],
    retry: Callable[[Entry], bool],
) -> None:
    scan.found += 1
    uri = item.uri if isinstance(item, Source) else item.subject
    if isinstance(item, Source) and uri in scan.uris:
        item = _same_name(item)
        uri = item.subject
    scan.uris.add(uri)
    rows = [entry for entry in known.get(uri, ()) if entry.state not in GONE]
    if isinstance(item, Source):
        _meet_source(parts, scan, item, rows, retry)
        return
    scan.blocked.append(uri + "/")
    _quarantine(parts, scan, item, rows)


def _same_name(source: Source) -> Failure:
    """The second file that would go by one name: a row under its path, so that it is neither lost nor takes turns."""
    detail = (
        f"{source.path} would go by the name {source.uri}, which another source has already; it was not read. Rename "
        "it, or the folder of its source"
    )
    return Failure(source.path, "connect", "same_name", detail)


def _meet_source(
    parts: Ingestion, scan: Scan, source: Source, rows: Sequence[Entry], retry: Callable[[Entry], bool]
) -> None:
    # not the newest row alone: a file may be back at an earlier content that could not be read, beside a visible one
    stamped = (row for row in reversed(rows) if row.pipeline == scan.pipeline and _same_stamp(row, source))
    same = next((row for row in stamped if row.sha256), None)
    if same is None:
        if failure := _too_large(source, parts.max_bytes):
            _quarantine(parts, scan, failure, rows, source)
            return
        found = _keep_bytes(parts, source)
        if isinstance(found, Failure):
            _quarantine(parts, scan, found, rows, source)
            return
        entry = _received(parts.tenant, scan.pipeline, source, *found)
        same = next((row for row in rows if row.id == entry.id), None)  # touched, or changed back
        if same is None:
            visible = any(row.state in VISIBLE for row in rows)
            scan.changed += visible
            scan.added += not visible
            scan.rows.append(entry)
        else:
            same = dataclasses.replace(same, size=entry.size, mtime_ns=entry.mtime_ns)
            scan.rows.append(same)
    others = [row for row in rows if same is None or row.id != same.id]
    _supersede_hidden(scan, others)
    _regroup(scan, source, (row for row in others if row.state in VISIBLE))
    if same is not None:
        _meet_unchanged(scan, source, same, retry)


def _keep_bytes(parts: Ingestion, source: Source) -> tuple[str, int] | Failure:
    try:
        return parts.documents.put_blob(Path(source.path))
    except OSError as error:
        if error.errno in NO_ROOM:
            raise UserError(no_room(error)) from error
        detail = f"{source.path} cannot be read: {error.strerror}; change its permissions, then ingest again"
        return Failure(source.uri, "connect", "unreadable", detail, retry=True)


def _received(tenant: str, pipeline: str, source: Source, sha256: str, size: int) -> Entry:
    return Entry(
        hash_of(tenant, source.uri, sha256, pipeline)[:32],
        source.uri,
        sha256,
        pipeline,
        State.RECEIVED,
        size=size,
        mtime_ns=source.mtime_ns,
        groups=source.groups,
    )


def _same_stamp(entry: Entry, source: Source) -> bool:
    return (entry.size, entry.mtime_ns) == (source.size, source.mtime_ns)


def _too_large(source: Source, max_bytes: int) -> Failure | None:
    if source.size <= max_bytes:
        return None
    detail = (
        f"{source.uri} has {source.size >> 20} MB, more than extract.max_mb = {max_bytes >> 20}; "
        "raise the limit in metier.yaml or split the file"
    )
    return Failure(source.uri, "connect", "too_large", detail)


def _meet_unchanged(scan: Scan, source: Source, entry: Entry, retry: Callable[[Entry], bool]) -> None:
    if entry.state is State.QUARANTINED and retry(entry):
        again = dataclasses.replace(
            entry, state=State.RECEIVED, groups=source.groups, reason="", detail="", retry=False
        )
        scan.rows.append(again)
        return
    scan.unchanged += 1
    _regroup(scan, source, [entry])


def _regroup(scan: Scan, source: Source, rows: Iterable[Entry]) -> None:
    """Rows that stay, under the groups of now: also a visible version whose successor is on its way or unreadable."""
    moved = [row for row in rows if row.groups != source.groups]
    scan.regrouped += [dataclasses.replace(row, groups=source.groups) for row in moved]


def _quarantine(
    parts: Ingestion, scan: Scan, failure: Failure, rows: Sequence[Entry], source: Source | None = None
) -> None:
    """A source whose bytes cannot be had: a row of its own; what was visible of it before stays."""
    scan.failures.append(failure)
    if source is not None:
        _regroup(scan, source, (row for row in rows if row.state in VISIBLE))
    identity = hash_of(parts.tenant, failure.subject, failure.reason, scan.pipeline)[:32]
    _supersede_hidden(scan, (row for row in rows if row.id != identity))
    scan.rows.append(
        Entry(
            identity,
            failure.subject,
            "",
            scan.pipeline,
            State.QUARANTINED,
            failure.reason,
            failure.detail,
            failure.retry,
            size=source.size if source else 0,
            mtime_ns=source.mtime_ns if source else 0,
            groups=source.groups if source else (),
        )
    )


def _supersede_hidden(scan: Scan, rows: Iterable[Entry]) -> None:
    """Older contents that never became visible are over; visible ones stay until their successor is."""
    hidden = [row for row in rows if row.state not in VISIBLE]
    scan.rows += [dataclasses.replace(row, state=State.SUPERSEDED, reason="", detail="") for row in hidden]


def _keep_if_emptied(
    parts: Ingestion, scan: Scan, connector: CoveringConnector, known: dict[str, list[Entry]]
) -> None:
    """A source that had many documents and has no file at all is taken for one that is not there: so a share looks that is not
    mounted."""
    own = [
        uri
        for uri, entries in known.items()
        if any(entry.state in VISIBLE for entry in entries) and _source_of(parts, uri) is connector
    ]
    if len(own) < _MANY:
        return
    detail = (
        f"there is no file left where {min(own)} and {len(own) - 1} other documents came from; they are kept as they are, since a share "
        "that is not mounted looks like this. If they are gone for good, put any one file there and ingest again"
    )
    scan.failures.append(Failure(min(own), "connect", "folder_empty", detail, retry=True))
    scan.missing.append(connector)


def _remove_missing(parts: Ingestion, scan: Scan, known: dict[str, list[Entry]]) -> None:
    gone: list[Entry] = []
    for uri, entries in known.items():
        if uri in scan.uris or any(uri.startswith(prefix) for prefix in scan.blocked):
            continue
        if _source_of(parts, uri) in scan.missing:
            continue  # nothing can be said about what a source held that is not there now
        if not any(connector.covers(uri) for connector in parts.connectors):
            continue
        rows = [entry for entry in entries if entry.state not in GONE]
        scan.removed += bool(rows)
        gone += [dataclasses.replace(row, state=State.REMOVED, reason="", detail="") for row in rows]
    parts.ledger.advance(gone)


def _source_of(parts: Ingestion, uri: str) -> CoveringConnector | None:
    """The connector that a document comes from: one without a prefix covers every uri, so the most special one that covers it."""
    return next((one for one in reversed(parts.connectors) if one.covers(uri)), None)
