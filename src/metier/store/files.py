"""Small durable writes: a file is there whole, or not at all."""

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

Item = TypeVar("Item")


def write_durably(path: Path, data: bytes) -> None:
    """Replaces the file atomically; on return it survives a power cut."""
    write_all_durably({path: data})


def write_all_durably(files: Mapping[Path, bytes]) -> None:
    """Replaces each file atomically; on return all of them survive a power cut.

    The writes go out together before the first wait, which is several times faster than one by one.
    """
    handles: list[tuple[int, Path, Path]] = []
    placed = 0
    try:
        for path, data in files.items():
            temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            handles.append((handle, temporary, path))
            view = memoryview(data)
            while view:
                view = view[os.write(handle, view) :]
        _at_once(os.fsync, [handle for handle, _, _ in handles])
        for _, temporary, path in handles:
            os.replace(temporary, path)
            placed += 1
    finally:
        for number, (handle, temporary, _) in enumerate(handles):
            os.close(handle)
            if number >= placed:
                temporary.unlink(missing_ok=True)
    sync_folders({path.parent for path in files})


_WAITS = 8  # that overlap: the file system then writes its journal once for several of them


def _at_once(wait: Callable[[Item], None], items: Collection[Item]) -> None:
    """Waits for all of them; a single one is not worth a thread. Raises what the first that failed raised."""
    if len(items) == 1:
        wait(*items)
    elif items:
        some = list(items)
        # a share for each thread: handing out one by one takes twice the time
        shares = [some[start::_WAITS] for start in range(min(_WAITS, len(some)))]
        with ThreadPoolExecutor(len(shares)) as pool:
            list(pool.map(lambda share: list(map(wait, share)), shares))


def sync_files(paths: Iterable[Path]) -> None:
    """Makes the contents of existing files survive a power cut."""
    _at_once(_sync_file, list(paths))


def _sync_file(path: Path) -> None:
    access = os.O_RDWR if os.name == "nt" else os.O_RDONLY  # Windows syncs writable handles alone
    handle = os.open(path, access)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_new(folder: Path, synced: set[Path]) -> None:
    """Makes all files below the folder survive a power cut, but those in `synced`, to which they are added."""
    new = [path for path in folder.rglob("*") if path not in synced and path.is_file()]
    sync_files(path for path in new if path.exists())  # the others were their maker's temporary files
    if new:
        inside = {parent for path in new for parent in path.parents if folder in (parent, *parent.parents)}
        sync_folders(sorted(inside | {folder.parent}))
    synced.update(new)


def files_before(folder: Path, moment: float) -> set[Path]:
    """Files below the folder that were last written before the moment (seconds since 1970)."""
    found = set()
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime < moment:
                found.add(path)
    return found


def size_of(folder: Path) -> int:
    """Bytes of all files below the folder; 0 if there is none."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += path.stat().st_size if path.is_file() else 0
    return total


def sync_folders(folders: Iterable[Path]) -> None:
    """Makes renames and new names in the folders survive a power cut."""
    if os.name == "nt":  # Windows has no handles on folders; renames are journalled there
        return
    _at_once(_sync_file, list(folders))
