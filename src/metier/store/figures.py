"""Figures of documents and what a vision model said of them, one JSON line each, appended: what is there survives a kill, and a line
that was cut short is read as if it were not there. One process writes; others see at their next look what it wrote.
"""

import json
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from metier.store.files import write_durably
from metier.types import DescribedFigure, Figure

_HEAD = 45  # bytes of the first line
_FIGURES = TypeAdapter(tuple[Figure, ...])
_DESCRIBED = TypeAdapter(DescribedFigure)


@dataclass(slots=True)
class _Known:
    """What the lines of the file say, the last one of each figure."""

    figures: dict[str, tuple[Figure, ...]] = field(default_factory=dict)  # by document that was looked at
    described: dict[str, DescribedFigure] = field(default_factory=dict)  # by figure
    failed: dict[str, int] = field(
        default_factory=dict
    )  # times, by figure, or by document that could not be looked at
    put_off: dict[str, int] = field(
        default_factory=dict
    )  # times that the model could not be asked, by figure

    def add(self, row: Mapping[str, Any]) -> None:
        if "figures" in row:
            self.figures[str(row["document"])] = _FIGURES.validate_python(row["figures"])
        elif "described" in row:
            found = _DESCRIBED.validate_python(row["described"])
            self.described[found.figure.id] = found
        elif "failed" in row:
            _count(self.failed, row["failed"])
        elif "put_off" in row:
            _count(self.put_off, row["put_off"])

    def copy(self) -> "_Known":
        return _Known(dict(self.figures), dict(self.described), dict(self.failed), dict(self.put_off))


class FileFigures:
    """Implements flow.describe.FigureStore in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = _Known()
        self._read = 0  # bytes of the file that are known
        self._head = b""  # how it began then
        self._lock = threading.Lock()
        self._stamp: tuple[int, ...] = ()  # of the file when it was last looked at

    def figures(self) -> Mapping[str, Sequence[Figure]]:
        """The figures of each document that was looked at; of many there are none."""
        return self._now().figures

    def described(self) -> Mapping[str, DescribedFigure]:
        """What was said of figures, by their ids; the same object as long as nothing was added."""
        return self._now().described

    def failures(self) -> Mapping[str, int]:
        """How often describing a figure, or looking at a document, failed."""
        return self._now().failed

    def put_off(self) -> Mapping[str, int]:
        """How often a figure was not described because the model could not be asked."""
        return self._now().put_off

    def keep_figures(self, document: str, figures: Sequence[Figure]) -> None:
        """Keeps that the document was looked at, and what is in it; survives a power cut on return."""
        self._append({"document": document, "figures": _FIGURES.dump_python(tuple(figures), mode="json")})

    def keep_described(self, found: DescribedFigure) -> None:
        """Keeps what was said of a figure; survives a power cut on return."""
        self._append(
            {"document": found.figure.document, "described": _DESCRIBED.dump_python(found, mode="json")}
        )

    def keep_failure(self, document: str, subject: str, why: str) -> None:
        """Keeps that describing the figure, or looking at the document, of that id failed."""
        self._append({"document": document, "failed": subject, "why": why})

    def keep_put_off(self, figure: Figure) -> None:
        """Keeps that the model could not be asked about it."""
        self._append({"document": figure.document, "put_off": figure.id})

    def keep_only(self, documents: Set[str]) -> None:
        """Forgets everything about other documents: no byte of it is left in the file."""
        rows = [row for row in _rows(self._bytes()) if "document" in row]
        kept = [row for row in rows if row.get("document") in documents]
        if len(kept) < len(rows):
            write_durably(self._path, b"".join(map(_line, [_head(), *kept])))

    def _append(self, row: Mapping[str, Any]) -> None:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            data = _line(row)
            if not os.fstat(handle).st_size:
                data = _line(_head()) + data
            elif os.lseek(handle, -1, os.SEEK_END) >= 0 and os.read(handle, 1) != b"\n":
                data = b"\n" + data  # a run was killed while it wrote
            while data:
                data = data[os.write(handle, data) :]
            os.fsync(handle)
        finally:
            os.close(handle)

    def _bytes(self, start: int = 0, count: int = -1) -> bytes:
        try:
            with self._path.open("rb") as file:
                file.seek(start)
                return file.read(count)
        except FileNotFoundError:
            return b""

    def _now(self) -> _Known:
        """What the file says, of which only the end is read if it has grown."""
        with self._lock:
            try:
                status = self._path.stat()
                stamp: tuple[int, ...] = (status.st_ino, status.st_size, status.st_mtime_ns)
            except FileNotFoundError:
                stamp = ()
            if stamp != self._stamp:
                self._renew()
                self._stamp = stamp
            return self._known

    def _renew(self) -> None:
        if not self._head or self._bytes(0, len(self._head)) != self._head:  # another file took its place
            self._known, self._read = _Known(), 0
            self._head = self._bytes(0, _HEAD) if self._path.exists() else b""
        data = self._bytes(self._read)
        data = data[: data.rfind(b"\n") + 1]  # the rest is being written
        self._read += len(data)
        if data:
            known = self._known.copy()
            _take(known.add, data)
            self._known = known


def _take(add: Callable[[Mapping[str, Any]], None], data: bytes) -> None:
    for row in _rows(data):
        try:
            add(row)
        except (KeyError, ValidationError):
            continue  # of another version: done again


def _rows(data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.split(b"\n"):
        try:
            row = json.loads(line)
        except ValueError:
            continue  # empty, or cut short
        if isinstance(row, dict):
            yield row


def _head() -> dict[str, str]:
    """The first line, other in every file, so that one that took the place of another is told from one that grew."""
    return {"file": uuid.uuid4().hex}


def _count(times: dict[str, int], subject: object) -> None:
    times[str(subject)] = times.get(str(subject), 0) + 1


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"
