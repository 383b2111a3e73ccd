"""Files that a command is to write, looked at before it works for them."""

import csv
from pathlib import Path

from metier.errors import UserError

_FILLED = ("right", "valid")  # columns that people fill


def check_targets(*paths: Path | None) -> None:
    """Raises UserError if one of the files could not be written in the end: its folder is not there, or it is a folder."""
    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            raise UserError(f"{path} is a folder; name a file in it")
        if not path.parent.is_dir():
            raise UserError(f"{path.parent} is not a folder; make it first, or name a file elsewhere")


def check_new_sheet(path: Path) -> None:
    """Raises UserError if a sheet for people to fill could not be written, or holds what somebody filled in: it is nowhere else."""
    check_targets(path)
    if path.exists() and _is_filled(path):
        raise UserError(f"{path} is there already, and somebody filled it in; name another file or remove it")


def _is_filled(path: Path) -> bool:
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(keepends=True)))
    except (OSError, UnicodeDecodeError, csv.Error):
        return True  # of another kind: not ours to replace
    return any((row.get(name) or "").strip() for row in rows for name in _FILLED)
