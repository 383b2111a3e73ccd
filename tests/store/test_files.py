"""A file is there whole, or not at all."""

import os
from pathlib import Path

import pytest

from metier.store import files
from metier.store.files import sync_new, write_all_durably, write_durably


def test_files_are_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "live"
    write_durably(path, b"old")
    write_durably(path, b"new and longer")
    assert path.read_bytes() == b"new and longer"
    write_all_durably({tmp_path / f"{n}": bytes([n]) * n for n in range(5)})
    assert [(tmp_path / f"{n}").read_bytes() for n in range(5)] == [bytes([n]) * n for n in range(5)]
    assert sorted(item.name for item in tmp_path.iterdir()) == ["0", "1", "2", "3", "4", "live"]


def test_nothing_is_shown_under_its_name_before_it_is_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order that survives a power cut: content to disk, then the name, then the folder."""
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def traced_fsync(handle: int) -> None:
        is_folder = os.path.isdir(f"/proc/self/fd/{handle}")
        steps.append("sync folder" if is_folder else "sync file")
        fsync(handle)

    def traced_replace(source: Path, target: Path) -> None:
        steps.append("rename")
        replace(source, target)

    monkeypatch.setattr(files.os, "fsync", traced_fsync)
    monkeypatch.setattr(files.os, "replace", traced_replace)
    write_durably(tmp_path / "a", b"x")
    assert steps == ["sync file", "rename", "sync folder"]


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "live"
    write_durably(path, b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            write_durably(path, b"new")
    assert path.read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["live"]


def test_only_new_files_are_synced(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a").write_bytes(b"")
    synced: set[Path] = set()
    sync_new(tmp_path, synced)
    (tmp_path / "sub" / "b").write_bytes(b"")
    sync_new(tmp_path, synced)
    assert synced == {tmp_path / "a", tmp_path / "sub" / "b"}


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 40])
def test_every_file_is_synced_once_however_many(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / f"{number}" for number in range(count)]
    for path in paths:
        path.write_bytes(b"x")
    synced: list[str] = []
    monkeypatch.setattr(
        files.os, "fsync", lambda handle: synced.append(os.readlink(f"/proc/self/fd/{handle}"))
    )
    files.sync_files(paths)
    assert sorted(synced) == sorted(map(str, paths))


def test_one_file_that_cannot_be_synced_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(FileNotFoundError):
        files.sync_files([tmp_path / "a"] * 9 + [tmp_path / "gone"])
