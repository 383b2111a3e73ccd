"""The laws of a workspace, read from outside: sqlite3 on a copy of the ledger, lancedb, files. Nothing of metier's code.

`at_rest` holds at every moment, also just after a kill. `finished` holds after a run that came to its end.
"""

import hashlib
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lancedb
import zstandard

VISIBLE, PENDING = {"live", "partial"}, {"received", "in_flight", "parsed", "indexed"}
GONE = {"superseded", "removed", "erased"}
STATES = VISIBLE | PENDING | GONE | {"quarantined"}
# Kinds of violations by what they mean for the user.
LOSSES = {
    "lost",
    "blob",
    "document_file",
    "passages_missing",
    "table_unreadable",
    "ledger_damaged",
    "row_lost",
}
DUPLICATES = {"passage_twice", "uri_twice"}


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken law."""

    kind: str
    detail: str


@dataclass(slots=True)
class Reader:
    """Reads one workspace's state; remembers what files held while inode, size and time stamp stay the same."""

    state: Path
    scratch: Path
    known: dict[tuple[str, int, int, int], Any] = field(default_factory=dict)

    def ledger(self) -> list[dict[str, Any]]:
        """All rows in order of arrival. Read from a copy, so that recovery after the kill stays metier's business."""
        self.scratch.mkdir(exist_ok=True)
        for ending in ("", "-wal"):
            (self.scratch / f"ledger.db{ending}").unlink(missing_ok=True)
            source = self.state / f"ledger.db{ending}"
            if source.exists():
                shutil.copyfile(source, self.scratch / source.name)
        connection = sqlite3.connect(self.scratch / "ledger.db")
        connection.row_factory = sqlite3.Row
        try:
            (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
            if answer != "ok":
                raise sqlite3.DatabaseError(answer)
            return [dict(row) for row in connection.execute("SELECT * FROM documents ORDER BY sequence")]
        finally:
            connection.close()

    def passages(self, table: str = "passages") -> list[dict[str, Any]]:
        """All rows of a table, without vectors. Raises RuntimeError or ValueError if it cannot be read."""
        opened = lancedb.connect(self.state).open_table(table)
        wanted = {"id", "document", "passage", "start", "end", "text", "groups"}
        found = opened.search().select([name for name in opened.schema.names if name in wanted]).to_arrow()
        return list(found.to_pylist())

    def table_version(self) -> int:
        return int(lancedb.connect(self.state).open_table("passages").version)

    def sha256(self, path: Path) -> str:
        return str(self._remembered("sha", path, lambda data: hashlib.sha256(data).hexdigest()))

    def document(self, path: Path) -> tuple[str, str, str]:
        """(id, uri, text) of a document file, or three empty strings if it does not decompress and parse."""
        found: tuple[str, str, str] = self._remembered("document", path, _document)
        return found

    def _remembered(self, what: str, path: Path, read: Any) -> Any:
        status = path.stat()
        key = (what, status.st_ino, status.st_size, status.st_mtime_ns)
        if key not in self.known:
            self.known[key] = read(path.read_bytes())
        return self.known[key]

    def blob_path(self, sha256: str) -> Path:
        return self.state / "blobs" / sha256[:2] / sha256

    def document_path(self, identity: str) -> Path:
        return self.state / "documents" / f"{identity}.json.zst"


def _document(data: bytes) -> tuple[str, str, str]:
    try:
        read = json.loads(zstandard.ZstdDecompressor().decompress(data))
        return read["id"], read["uri"], read["text"]
    except (zstandard.ZstdError, ValueError, KeyError):
        return "", "", ""


@dataclass(slots=True)
class Memory:
    """What earlier checks saw: rows never disappear, and what was visible stays so while its file is there."""

    ids: set[str] = field(default_factory=set)
    visible: set[str] = field(default_factory=set)


def at_rest(
    reader: Reader,
    memory: Memory,
    files: Mapping[str, str],
    torn: bool = False,
    taken: Set[str] = frozenset(),
) -> list[Violation]:
    """Broken laws that hold at every moment.

    `torn`: the power failed and no run has ended since, so that the newest files of the table may be torn.
    `taken`: names of files that power cuts took; they may stay torn if no row of the ledger speaks of them.
    """
    try:
        rows = reader.ledger()
    except sqlite3.OperationalError as error:
        return (
            []
            if "no such table" in str(error) and not memory.ids
            else [Violation("ledger_damaged", str(error))]
        )
    except sqlite3.DatabaseError as error:
        return [Violation("ledger_damaged", str(error))]
    visible = [row for row in rows if row["state"] in VISIBLE]
    found = [*_rows(rows, memory), *_stored(reader, taken - {row["sha256"] for row in rows})]
    uris = {row["uri"] for row in visible}
    found += [Violation("lost", f"{uri} was visible before the kill and its file is still there")
              for uri in sorted(memory.visible - uris) if uri in files]  # fmt: skip
    found += _sources(reader, visible)
    memory.ids, memory.visible = {row["id"] for row in rows}, uris
    try:
        passages = reader.passages()
    except (RuntimeError, ValueError) as error:
        if not torn and visible:
            found.append(Violation("table_unreadable", str(error)[:200]))
        return found
    return found + list(_passages(reader, visible, passages))


def _rows(rows: list[dict[str, Any]], memory: Memory) -> Iterator[Violation]:
    """The conservation law: every row is in one known state, none is there twice, none disappears."""
    for row in rows:
        if row["state"] not in STATES:
            yield Violation("state", f"{row['uri']} is {row['state']}")
    ids = [row["id"] for row in rows]
    if len(set(ids)) != len(ids):
        yield Violation("row_twice", "an id stands twice in the ledger")
    for identity in sorted(memory.ids - set(ids)):
        yield Violation("row_lost", f"the row {identity} is gone")
    yield from (Violation("uri_twice", f"{uri} is visible {number} times")
                for uri, number in Counter(row["uri"] for row in rows if row["state"] in VISIBLE).items()
                if number > 1)  # fmt: skip


def _stored(reader: Reader, excused: Set[str]) -> Iterator[Violation]:
    """A file under its final name is whole: bytes hash to their name, documents can be read."""
    for path in (reader.state / "blobs").glob("*/*"):
        if path.name not in excused and reader.sha256(path) != path.name:
            yield Violation("blob", f"{path.name} holds other bytes")
    for path in (reader.state / "documents").glob("[!.]*.json.zst"):
        if reader.document(path)[0] != path.name.removesuffix(".json.zst"):
            yield Violation("document_file", f"{path.name} cannot be read")


def _sources(reader: Reader, visible: Iterable[Mapping[str, Any]]) -> Iterator[Violation]:
    for row in visible:
        if not reader.blob_path(row["sha256"]).exists():
            yield Violation("blob", f"{row['uri']} is {row['state']} and its bytes are not kept")
        if not reader.document_path(row["id"]).exists():
            yield Violation("document_file", f"{row['uri']} is {row['state']} and what was read is not kept")


def _passages(
    reader: Reader, visible: Iterable[Mapping[str, Any]], passages: list[dict[str, Any]]
) -> Iterator[Violation]:
    """Exactly the passages that the ledger says, once each, each the words of its document."""
    held: dict[str, list[dict[str, Any]]] = {}
    for passage in passages:
        held.setdefault(passage["document"], []).append(passage)
    for row in visible:
        mine = held.get(row["id"], [])
        ids = Counter(passage["id"] for passage in mine)
        if twice := [identity for identity, number in ids.items() if number > 1]:
            yield Violation("passage_twice", f"{row['uri']}: {len(twice)} passages stand twice in the table")
        if len(ids) != row["passages"]:
            yield Violation(
                "passages_missing", f"{row['uri']}: {len(ids)} passages, the ledger says {row['passages']}"
            )
        path = reader.document_path(row["id"])
        text = reader.document(path)[2] if path.exists() else ""
        if text and any(passage["text"] != text[passage["start"] : passage["end"]] for passage in mine):
            yield Violation("passage_text", f"{row['uri']}: a passage is not the text of its place")


def finished(
    reader: Reader, files: Mapping[str, str], readable: set[str], groups: Mapping[str, list[str]]
) -> list[Violation]:
    """Broken laws of a run that ended: every file has its end, nothing is left over, groups are those of the rules."""
    rows = reader.ledger()
    found = [Violation("left_pending", f"{row['uri']} is {row['state']} after a whole run")
             for row in rows if row["state"] in PENDING]  # fmt: skip
    by_uri: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["state"] not in GONE:
            by_uri.setdefault(row["uri"], []).append(row)
    for uri, sha256 in files.items():
        found += _one_file(uri, sha256, by_uri.get(uri, []), uri in readable)
    found += [Violation("removed_visible", f"{uri} is {row['state']} and its file is gone")
              for uri, mine in by_uri.items() if uri not in files for row in mine]  # fmt: skip
    visible = {row["id"]: row for row in rows if row["state"] in VISIBLE}
    passages = reader.passages()
    orphans = {passage["document"] for passage in passages} - set(visible)
    found += [
        Violation("orphans", f"passages of {identity}, which is not visible") for identity in sorted(orphans)
    ]
    for passage in passages:
        if passage["document"] in visible and passage["groups"] != groups.get(
            visible[passage["document"]]["uri"], passage["groups"]
        ):
            found.append(Violation("groups", f"{visible[passage['document']]['uri']}: {passage['groups']}"))
    found += [Violation("leftover", str(path)) for name in ("blobs", "documents")
              for path in (reader.state / name).glob(".*.part")]  # fmt: skip
    return found + list(_sentences(reader, set(visible))) + list(_audit(reader.state / "audit.jsonl"))


def _one_file(uri: str, sha256: str, rows: list[dict[str, Any]], readable: bool) -> list[Violation]:
    mine = [row for row in rows if row["sha256"] == sha256 and row["state"] not in PENDING]
    if not mine:
        return [Violation("lost", f"{uri} has no row, or none for its content")]
    if mine[0]["state"] == "quarantined":  # an older content may stay visible then
        return (
            [Violation("quarantined", f"{uri}: {mine[0]['reason']}: {mine[0]['detail']}")] if readable else []
        )
    return [
        Violation("stale", f"{uri}: an older content is {row['state']}") for row in rows if row not in mine
    ]


def _sentences(reader: Reader, visible: set[str]) -> Iterator[Violation]:
    """Sentence vectors are optional and may lag; what is there of visible documents is there once."""
    if not (reader.state / "sentences.lance").exists():
        return
    places = Counter((row["passage"], row["start"], row["end"]) for row in reader.passages("sentences")
                     if row["document"] in visible)  # fmt: skip
    for place, number in places.items():
        if number > 1:
            yield Violation("sentence_twice", f"{place} {number} times")


def _audit(path: Path) -> Iterator[Violation]:
    previous = "0" * 64
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:
            yield Violation("audit", "a line is torn")
            return
        if row["previous"] != previous:
            yield Violation("audit", f"the chain breaks at line {row['sequence']}")
            return
        previous = row["hash"]


def same_as(reader: Reader, clean: Reader) -> list[Violation]:
    """Differences between the visible set and that of a run that was never disturbed, over the same folder."""

    def contents(rows: list[dict[str, Any]]) -> set[tuple[str, str, int, str]]:
        return {
            (row["uri"], row["sha256"], row["passages"], row["state"])
            for row in rows
            if row["state"] in VISIBLE
        }

    clean_rows, rows = clean.ledger(), reader.ledger()
    unread = {row["uri"] for row in clean_rows if row["state"] == "quarantined"}
    ours = {item for item in contents(rows) if item[0] not in unread}
    missing, extra = contents(clean_rows) - ours, ours - contents(clean_rows)
    return [Violation("lost", f"only in a clean run: {item}") for item in sorted(missing)] + [
        Violation("stale", f"not in a clean run: {item}") for item in sorted(extra)
    ]
