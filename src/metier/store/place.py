"""Where the table of passages is: a small file beside it names another folder once it was built anew.

`passages.lance` is the first table. One that is built anew is a folder `passages-N-RECIPE.lance` beside it, which nobody looks at
before `passages.live` names it. That file is replaced atomically, and N grows from one table to the next.
"""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from metier.store.files import write_durably

_Stamp = tuple[int, int, int]
_NUMBERED = re.compile(r"-(\d+)-[0-9a-f]+$")


class TablePlace:
    """The folder of the table at this moment, for every process that asks."""

    def __init__(self, first: Path) -> None:
        self._first = first
        self._pointer = first.with_suffix(".live")
        self._known: tuple[_Stamp | None, Path] = (None, first)

    def folder(self) -> Path:
        """The table that is searched and written."""
        try:
            found = self._pointer.stat()
        except FileNotFoundError:
            return self._first
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if self._known[0] != stamp:
            name = self._pointer.read_text(encoding="utf-8").strip()
            self._known = (stamp, self._first.with_name(name))
        return self._known[1]

    def building(self, recipe: str) -> Path:
        """The folder of the table that takes this one's place; the same one until it does, for the same recipe."""
        number = number_of(self.folder()) + 1
        return self._first.with_name(f"{self._first.stem}-{number}-{recipe}{self._first.suffix}")

    def begun(self) -> Path | None:
        """A table that was begun and takes the place of none yet."""
        now = number_of(self.folder())
        return next((folder for folder in self._tables() if number_of(folder) > now), None)

    def switch(self, folder: Path) -> None:
        """From now on that is the table. Only the one writer may call it."""
        write_durably(self._pointer, f"{folder.name}\n".encode())
        self.remove_replaced()

    def remove_replaced(self) -> None:
        """Removes tables that others took the place of. Whoever reads one is told so by `folder`."""
        now = number_of(self.folder())
        self._remove(folder for folder in self._tables() if number_of(folder) < now)

    def remove_begun(self, but: Path) -> None:
        """Removes tables that were begun for another recipe. Only the one writer may call it."""
        now = number_of(self.folder())
        self._remove(folder for folder in self._tables() if number_of(folder) > now and folder != but)

    def _tables(self) -> list[Path]:
        numbered = (path for path in self._first.parent.glob(f"{self._first.stem}-*{self._first.suffix}"))
        found = [path for path in numbered if number_of(path)]
        return sorted([self._first, *found] if self._first.is_dir() else found, key=number_of)

    @staticmethod
    def _remove(folders: Iterable[Path]) -> None:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def number_of(folder: Path) -> int:
    """How many tables came before the one in that folder."""
    found = _NUMBERED.search(folder.stem)
    return int(found[1]) if found else 0
