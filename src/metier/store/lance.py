"""Lance tables that survive kills and power cuts: opening what a killed process left, and syncing what Lance does not.

Lance (13) writes a file under another name and renames it into place, so a kill never shows half a file; but it syncs
nothing, so a power cut may (docs/design/ledger.md).
"""

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from metier.errors import UserError
from metier.store.files import files_before, sync_new

# Files this old are on disk: Linux writes back what is dirty for 30 s (vm.dirty_expire_centisecs), others sooner.
_WRITTEN_BACK_S = 120.0


def open_or_create(database: Any, folder: Path, schema: pa.Schema) -> Any:
    """The table in the folder, made if there is none. Raises RuntimeError if its files are torn.

    A folder without a version was left by a process that was killed while making it, and is taken over.
    """
    try:
        if folder.stem in database.list_tables().tables:
            return database.open_table(folder.stem)
    except ValueError as error:
        if "not found" not in str(error):
            raise
    made = database.create_table(folder.stem, schema=schema, exist_ok=True)
    sync_new(folder, set())
    return made


class TableSync:
    """Makes what was written to one table survive a power cut; used by the one writer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._synced: set[Path] | None = None  # filled by the first write: readers need not know

    def __call__(self) -> None:
        """Returns when every file of the table, and its name, is on disk."""
        if self._synced is None:
            self._synced = files_before(self._folder, time.time() - _WRITTEN_BACK_S)
        sync_new(self._folder, self._synced)


_NO_ROOM = tuple(f"(os error {code})" for code in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT))


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Around every write: Lance says "no room" only in the text of a RuntimeError. Raises UserError instead."""
    try:
        yield
    except RuntimeError as error:
        if not any(mark in str(error) for mark in _NO_ROOM):
            raise
        raise UserError(
            f"no room left to write {folder}; free some space and run the command again: it goes on where it stopped, "
            "nothing is lost"
        ) from error


def damaged(folder: Path, error: RuntimeError, remedy: str) -> str:
    """The message for torn files: a power cut in the middle of a write, or a failing disk."""
    reason = str(error).splitlines()[0][:200]
    return f"{folder} cannot be read ({reason}); if a disk error is ruled out, {remedy}"
