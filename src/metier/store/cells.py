"""Answered cells of grids, one JSON line each, appended: what is there survives a kill, a line that was cut short is not read."""

import json
import os
from pathlib import Path

from pydantic import TypeAdapter

from metier.types import Answer

_ANSWER = TypeAdapter(Answer)


class FileCells:
    """Implements stages.CellStore in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Answer] | None = None

    def get(self, key: str) -> Answer | None:
        """The answer of that cell, None if it was not asked yet."""
        return self._read().get(key)

    def put(self, key: str, answer: Answer) -> None:
        """Keeps the answer; on return it survives the end of this process."""
        line = json.dumps(
            {"cell": key, "answer": _ANSWER.dump_python(answer, mode="json")}, ensure_ascii=False
        )
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            data = ("\n" if self._is_cut() else "").encode() + line.encode() + b"\n"
            while data:
                data = data[os.write(handle, data) :]
        finally:
            os.close(handle)
        self._read()[key] = answer

    def _is_cut(self) -> bool:
        """True if the last line has no end: a run was killed, or the disk was full, while it was written."""
        try:
            with self._path.open("rb") as file:
                file.seek(0, os.SEEK_END)
                if not file.tell():
                    return False
                file.seek(-1, os.SEEK_END)
                return file.read(1) != b"\n"
        except FileNotFoundError:
            return False

    def _read(self) -> dict[str, Answer]:
        if self._known is None:
            self._known = {}
            lines = (
                self._path.read_text(encoding="utf-8", errors="replace").split("\n")
                if self._path.exists()
                else []
            )
            for line in lines:
                try:
                    row = json.loads(line)
                    self._known[str(row["cell"])] = _ANSWER.validate_python(row["answer"])
                except (ValueError, KeyError, TypeError):
                    continue  # cut short, or of another version: asked again
        return self._known
