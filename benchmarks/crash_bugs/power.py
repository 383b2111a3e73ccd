"""A simulated power cut: what was written but never synced may be gone, torn or there, as the file system likes.

Judged by inode against the syncs the shim wrote down. SQLite's own files are left alone (it is trusted to do what its
`synchronous` level promises); that the level is FULL is checked at every commit instead.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Not written to last: locks, messages, half-written files that the next run removes, SQLite, a hint that Lance ignores
# when it is torn.
_EXEMPT_ENDINGS = (".db", "-wal", "-shm", "-journal", ".lock", ".part", "_hint.json", "writer.json", "cancel")
_WHOLE = ("blobs/", "documents/", "releases/", "live")
_EXEMPT_FOLDERS = ("logs",)
_CLOCK_NS = 20_000_000  # time stamps of files lag behind the clock by up to one tick of the kernel (4-10 ms)


@dataclass(frozen=True, slots=True)
class Before:
    """Inode and size of every file when the run began; all of it counts as durable."""

    files: dict[Path, tuple[int, int]]


def look(state: Path) -> Before:
    """The files there are now."""
    return Before(
        {path: (path.stat().st_ino, path.stat().st_size) for path in state.rglob("*") if path.is_file()}
    )


@dataclass(frozen=True, slots=True)
class Loss:
    """A file that a power cut can take: its bytes, or only its name."""

    path: Path
    keeps: int  # bytes that are durable
    name: bool  # whether the name itself may be gone
    since_ns: int  # when that began


def at_risk(state: Path, before: Before, rows: list[dict[str, Any]]) -> list[Loss]:
    """What the run wrote and did not sync, or named in a folder that it did not sync afterwards."""
    synced = {(row["sync"], row["size"], row["mtime"]) for row in rows if "sync" in row}
    sizes = {row["sync"]: row["size"] for row in rows if "sync" in row}
    folder_synced = {row["sync"]: row["at"] for row in rows if "sync" in row}
    found = []
    for path in _files(state):
        status = path.stat()
        inode, size = before.files.get(path, (0, 0))
        own = inode == status.st_ino
        if own and size == status.st_size:
            continue
        content = (status.st_ino, status.st_size, status.st_mtime_ns) in synced
        name = not inode and not _named(path, state, status.st_ctime_ns, folder_synced)
        if not content or name:
            keeps = status.st_size if content else max(size if own else 0, sizes.get(status.st_ino, 0))
            since = status.st_ctime_ns if content else status.st_mtime_ns
            found.append(Loss(path, keeps, name, since))
    return found


def _named(path: Path, state: Path, since_ns: int, folder_synced: dict[int, int]) -> bool:
    """True if the file's folder was synced after the file got its name, and each folder above after that one did."""
    for folder in path.parents:
        if folder_synced.get(folder.stat().st_ino, -1) + _CLOCK_NS < since_ns:
            return False
        if folder == state or folder.parent == state:
            return True  # the folders of a workspace are made at its start; a lost one is made again
    return True


def _files(state: Path) -> Iterator[Path]:
    for path in sorted(state.rglob("*")):
        inside = path.relative_to(state)
        hidden = any(part.startswith(".") or "#" in part for part in inside.parts)
        exempt = inside.parts[0] in _EXEMPT_FOLDERS or path.name.endswith(_EXEMPT_ENDINGS)
        if path.is_file() and not hidden and not exempt:
            yield path


def broken_promises(losses: list[Loss], rows: list[dict[str, Any]]) -> list[str]:
    """Files at risk although the ledger was committed after they were written, and commits that SQLite did not sync."""
    commits = [row for row in rows if row.get("commit") == "ledger.db"]
    last = max((row["at"] for row in commits), default=0)
    late = [f"{loss.path.name} was written before the last commit and not synced" for loss in losses
            if loss.since_ns + _CLOCK_NS < last]  # fmt: skip
    weak = sorted({row["level"] for row in commits} - {"FULL", "EXTRA"})
    return late + [f"commits of the ledger with synchronous={level}" for level in weak]


def written_in_place(rows: list[dict[str, Any]]) -> list[str]:
    """Files that were opened for writing under their final name: a kill there leaves half a file, however rarely."""
    opened = sorted({row["opened"] for row in rows if "opened" in row})
    final = [name for name in opened if name.startswith(_WHOLE) and "/." not in name]
    return [f"{name} was opened for writing under its final name" for name in final]


def cut(losses: list[Loss], rng: random.Random) -> set[str]:
    """Takes a part of what is at risk, by dice, and returns the names of the files."""
    taken, everything = set(), rng.random() < 0.3
    for loss in losses:
        if not everything and rng.random() < 0.5:
            continue
        taken.add(loss.path.name)
        if loss.name and rng.random() < 0.5:
            loss.path.unlink()
        else:
            with loss.path.open("rb+") as file:
                file.truncate(loss.keeps if everything else rng.randint(loss.keeps, loss.path.stat().st_size))
    return taken
