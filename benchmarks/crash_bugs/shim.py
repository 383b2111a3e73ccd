"""Kills the process under test at the n-th step of one kind, and writes down what it did to the files and what it synced.

A step is a moment at which what is on disk is about to change or has just changed, below one folder: a file opened for
writing, a rename (before, after), a sync, a removal, an SQL statement that writes, a commit, a write to a Lance table
(before, after). The code under test is not changed. Sees Python's own calls only: what native code (Lance) does lies
between two steps. It is reached by killing a little later (`delay_s`), or by a step of the kind "inside", which leaves
what a kill leaves that comes before the new version of the table has its name.
"""

import atexit
import builtins
import io
import json
import os
import signal
import sqlite3
import sqlite3.dbapi2
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from lancedb.db import LanceDBConnection
from lancedb.table import LanceTable

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_READS = ("SELECT", "PRAGMA", "BEGIN", "ROLLBACK", "EXPLAIN", "--")
_VERSIONS = "_versions"  # where Lance names a new version, after everything else that it writes


class Shim:
    """Counts steps, logs steps, syncs and commits, and ends the process where the plan says."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._folder = plan["root"]
        self._root = self._folder + os.sep
        self._kind, self._number, self._delay_s = plan["kind"], plan["number"], plan["delay_s"]
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._log = os.open(plan["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._unlink = os.unlink

    def install(self) -> None:
        real = os.open, builtins.open, os.fsync, os.replace, os.unlink
        os.open = self._after_writing_open(real[0], lambda mode: bool(_flags(mode) & _WRITING))
        builtins.open = io.open = self._after_writing_open(
            real[1], lambda mode: bool(set(mode) & set("wax+"))
        )
        os.fsync = self._fsync(real[2])
        os.replace = os.rename = self._around(real[3], "rename", "renamed")
        os.unlink = os.remove = self._around(real[4], "remove", "removed")
        sqlite3.connect = sqlite3.dbapi2.connect = self._connect(sqlite3.connect)
        for name in ("add", "delete", "update", "optimize", "create_index"):
            setattr(LanceTable, name, self._native(getattr(LanceTable, name), lambda self: self.name))
        made = self._native(LanceDBConnection.create_table, lambda self, name: name)
        setattr(LanceDBConnection, "create_table", made)  # noqa: B010 (mypy: a method is not assigned to)
        atexit.register(lambda: self._write({"counts": dict(self._counts)}))

    def step(self, kind: str, place: str) -> None:
        """One step happened; the process may not return from here."""
        with self._lock:
            self._counts[kind] += 1
            hit = kind == self._kind and self._counts[kind] == self._number
            self._write({"step": kind, "on": place})
        if hit and self._delay_s:
            threading.Timer(self._delay_s, _end).start()
        elif hit:
            _end()

    def _write(self, row: dict[str, Any]) -> None:
        os.write(self._log, json.dumps(row).encode() + b"\n")

    def _place(self, path: Any) -> str:
        """The file or folder of the workspace that the path belongs to; "" for what is none of its business."""
        try:
            text = os.fsdecode(path)
        except TypeError:  # a file descriptor
            return ""
        return text[len(self._root) :].partition(os.sep)[0] if text.startswith(self._root) else ""

    def _after_writing_open(self, real: Any, writes: Callable[[Any], bool]) -> Any:
        def wrapped(file: Any, mode: Any = "r", *rest: Any, **named: Any) -> Any:
            opened = real(file, mode, *rest, **named)
            if (place := self._place(file)) and writes(mode):
                self._write({"opened": os.fsdecode(file)[len(self._root) :]})
                self.step("open", place)
            return opened

        return wrapped

    def _around(self, real: Any, before: str, after: str) -> Any:
        def wrapped(path: Any, *rest: Any, **named: Any) -> None:
            if place := self._place(path):
                self.step(before, place)
            real(path, *rest, **named)
            if place:
                self.step(after, place)

        return wrapped

    def _native(self, real: Any, table: Callable[..., str]) -> Any:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            place = table(*arguments[: table.__code__.co_argcount]) + ".lance"
            self.step("table", place)
            inside = self._kind == "inside" and self._counts["table"] == self._number
            before = self._files(place) if inside else {}
            done = real(*arguments, **named)
            if inside:
                self._take_back(place, before)
                _end()
            self.step("tabled", place)
            return done

        return wrapped

    def _files(self, place: str) -> dict[str, int]:
        """Inode by path of what there is of a table."""
        found = dict[str, int]()
        for folder, _, names in os.walk(self._root + place):
            found |= {path: os.stat(path).st_ino for path in (os.path.join(folder, name) for name in names)}
        return found

    def _take_back(self, place: str, before: dict[str, int]) -> None:
        """Takes away what the write named in `_versions`: Lance does that last, and it is what makes the version.

        Not where it removed files as well (cleaning up comes after the new version), so that this state never was.
        """
        after = self._files(place)
        if before.keys() - after.keys():
            return
        for path, inode in after.items():
            if f"{os.sep}{_VERSIONS}{os.sep}" in path and before.get(path) != inode:
                self._unlink(path)

    def _fsync(self, real: Any) -> Any:
        def wrapped(handle: int) -> None:
            self.step("sync", self._place(_path_of(handle)))
            began = time.time_ns()
            real(handle)
            status = os.fstat(handle)
            self._write(
                {"sync": status.st_ino, "size": status.st_size, "mtime": status.st_mtime_ns, "at": began}
            )

        return wrapped

    def _connect(self, real: Any) -> Any:
        def wrapped(database: Any, *rest: Any, **named: Any) -> Any:
            connection = real(database, *rest, **named)
            if self._place(database):
                connection.set_trace_callback(self._listen(os.path.basename(os.fsdecode(database))))
            return connection

        return wrapped

    def _listen(self, database: str) -> Callable[[str], None]:
        level = "FULL"  # SQLite's default

        def heard(statement: str) -> None:
            nonlocal level
            words = statement.strip().upper()
            if words.startswith("PRAGMA SYNCHRONOUS="):
                level = words.partition("=")[2]
            elif words.startswith("COMMIT"):
                self._write({"commit": database, "at": time.time_ns(), "level": level})
                self.step("commit", database)
            elif not words.startswith(_READS):
                self.step("change", database)

        return heard


def _flags(mode: Any) -> int:
    return mode if isinstance(mode, int) else 0


def _path_of(handle: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{handle}")
    except OSError:  # no Linux
        return ""


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
