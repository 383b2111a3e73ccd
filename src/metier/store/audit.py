"""The audit file: one JSON line per question, decision and change, each holding the hash of the one before.

Changing, removing or reordering a line breaks the chain from there on; cutting lines off the end is found only by
someone who kept a later hash.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock

from metier.errors import UserError
from metier.store.ledger import utc_now

GENESIS = "0" * 64


class FileAudit:
    """Implements stages.AuditLog; several processes may append."""

    def __init__(self, path: Path, clock: Callable[[], str] = utc_now) -> None:
        self._path = path
        self._clock = clock
        self._lock = FileLock(path.with_suffix(".lock"))

    def append(self, kind: str, subject: str, principal: str, data: Mapping[str, Any]) -> str:
        """The hash of the new line, which is on disk when this returns. Raises UserError if the file is damaged: a chain
        that goes on over a gap would hide it."""
        with self._lock, self._path.open("ab+") as file:
            last = self._last(file)
            row = {
                "sequence": int(last["sequence"]) + 1 if last else 1,
                "at": self._clock(),
                "kind": kind,
                "subject": subject,
                "principal": principal,
                "data": dict(data),
                "previous": last["hash"] if last else GENESIS,
            }
            row["hash"] = row_hash(row)
            file.write(_line(row))
            file.flush()
            os.fsync(file.fileno())
        return str(row["hash"])

    def _last(self, file: BinaryIO) -> dict[str, Any] | None:
        try:
            last = _last_line(file)
            if last is not None and (int(last["sequence"]) < 1 or not str(last["hash"])):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            raise UserError(
                f"the last line of {self._path} is not one that metier wrote; keep a copy of the file, find out who "
                "changed it, and move it away: a new chain begins then"
            ) from None
        return last

    def rows(self) -> Iterator[dict[str, Any]]:
        """All lines, oldest first. Raises ValueError at a line that is not JSON."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for line in file:
                yield json.loads(line)

    def broken_at(self) -> int | None:
        """Sequence number of the first line that does not fit its predecessor, or None if the chain holds."""
        previous, expected = GENESIS, 1
        try:
            for row in self.rows():
                if (
                    row.get("sequence") != expected
                    or row.get("previous") != previous
                    or row.get("hash") != row_hash(row)
                ):
                    return expected
                previous, expected = str(row["hash"]), expected + 1
        except (ValueError, AttributeError):
            return expected
        return None


def row_hash(row: Mapping[str, Any]) -> str:
    """sha256 hex over the line without its own hash, keys sorted."""
    content = {key: value for key, value in row.items() if key != "hash"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _last_line(file: BinaryIO) -> dict[str, Any] | None:
    """The last whole line; a torn one, left by a power cut in mid-write, is cut off first (it was never acknowledged)."""
    size = file.seek(0, os.SEEK_END)
    window = 4096
    while size:
        start = max(0, size - window)
        file.seek(start)
        tail = file.read(size - start)
        if not tail.endswith(b"\n"):
            cut = tail.rfind(b"\n")
            if cut < 0 and start:
                window *= 2
                continue
            size = start + cut + 1
            file.truncate(size)
            continue
        before = tail.rfind(b"\n", 0, len(tail) - 1)
        if before < 0 and start:
            window *= 2
            continue
        row: dict[str, Any] = json.loads(tail[before + 1 :])
        return row
    return None
