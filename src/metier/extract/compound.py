"""OLE compound files (MS-CFB): opening them, and the few things their readers share."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import olefile

from metier.extract.raw import Unreadable


@contextmanager
def open_compound(path: Path) -> Iterator[olefile.OleFileIO]:
    """The file. Everything that a broken one makes its parsers raise becomes Unreadable "corrupt"."""
    try:
        with olefile.OleFileIO(str(path)) as file:
            yield file
    except (
        OSError,
        ValueError,
        IndexError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        struct.error,
    ) as error:
        raise Unreadable("corrupt", f"a broken office file ({error}); open and save it again") from None


def title_of(file: olefile.OleFileIO) -> str:
    """The title among the document's properties, "" if there is none."""
    try:
        title = file.get_metadata().title
    except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, struct.error):
        return ""
    if isinstance(title, bytes):
        return title.decode("cp1252", "replace").strip("\x00 ")
    return str(title or "").strip("\x00 ")


def filetime(value: int) -> datetime | None:
    """A Windows time stamp (100 ns since 1601) as UTC; None if it is none."""
    try:
        return datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=value // 10) if value else None
    except OverflowError:
        return None
