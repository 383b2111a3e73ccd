"""Loaded by Python itself into the process under test: kills it at the n-th step of one kind, and writes down what it synced.

A step is a moment at which what is on disk is about to change or has just changed, below one folder: a file opened for
writing, a rename (before, after), a sync, a removal, an SQL statement that writes, a commit, a write to a Lance table
(before, after). The code under test is not changed. Does nothing without METIER_CRASH_SHIM, which sandbox children are not given. Sees Python's own calls only:
what native code (Lance) does lies between two steps, and is reached by killing a little later (`delay_s`).
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

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_READS = ("SELECT", "PRAGMA", "BEGIN", "ROLLBACK", "EXPLAIN", "--")


class Shim:
    """Counts steps, logs syncs and commits, and ends the process where the plan says."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._root = plan["root"] + os.sep
        self._kind, self._number, self._delay_s = plan["kind"], plan["number"], plan["delay_s"]
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._log = os.open(plan["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

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
            setattr(LanceTable, name, self._native(getattr(LanceTable, name)))
        atexit.register(lambda: self._write({"counts": dict(self._counts)}))

    def step(self, kind: str) -> None:
        """One step happened; the process may not return from here."""
        with self._lock:
            self._counts[kind] += 1
            hit = kind == self._kind and self._counts[kind] == self._number
        if hit and self._delay_s:
            threading.Timer(self._delay_s, _end).start()
        elif hit:
            _end()

    def _write(self, row: dict[str, Any]) -> None:
        os.write(self._log, json.dumps(row).encode() + b"\n")

    def _inside(self, path: Any) -> bool:
        try:
            return os.fsdecode(path).startswith(self._root)
        except TypeError:  # a file descriptor
            return False

    def _after_writing_open(self, real: Any, writes: Callable[[Any], bool]) -> Any:
        def wrapped(file: Any, mode: Any = "r", *rest: Any, **named: Any) -> Any:
            opened = real(file, mode, *rest, **named)
            if self._inside(file) and writes(mode):
                self._write({"opened": os.fsdecode(file)[len(self._root) :]})
                self.step("open")
            return opened

        return wrapped

    def _around(self, real: Any, before: str, after: str) -> Any:
        def wrapped(path: Any, *rest: Any, **named: Any) -> None:
            inside = self._inside(path)
            if inside:
                self.step(before)
            real(path, *rest, **named)
            if inside:
                self.step(after)

        return wrapped

    def _native(self, real: Any) -> Any:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            self.step("table")
            done = real(*arguments, **named)
            self.step("tabled")
            return done

        return wrapped

    def _fsync(self, real: Any) -> Any:
        def wrapped(handle: int) -> None:
            self.step("sync")
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
            if self._inside(database):
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
                self.step("commit")
            elif not words.startswith(_READS):
                self.step("change")

        return heard


def _flags(mode: Any) -> int:
    return mode if isinstance(mode, int) else 0


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if "METIER_CRASH_SHIM" in os.environ:
    from lancedb.table import LanceTable  # heavy, and every metier loads it

    Shim(json.loads(os.environ["METIER_CRASH_SHIM"])).install()
