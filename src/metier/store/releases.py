"""Releases: immutable folders of everything fitted, one of them live.

The id is the sha256 over the sorted (name, sha256) list of the files, so a changed byte is another release. `live`
holds the id of the live release on its first line and, below, those that were live before, newest first.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from metier.errors import UserError
from metier.store.files import sync_folders, sync_new, write_durably
from metier.types import Release

RELEASE_0 = Path(__file__).parent / "release0"
_MANIFEST = "manifest.json"


class FileReleases:
    """The releases of one workspace."""

    def __init__(self, folder: Path, live: Path) -> None:
        self._folder = folder
        self._live = live

    def install_release_0(self) -> Release:
        """Release 0 of this version of metier, copied into the workspace; it becomes live if none is yet."""
        release = self.add(RELEASE_0)
        if not self._live.exists():
            write_durably(self._live, (release.id + "\n").encode())
        return release

    def add(self, folder: Path) -> Release:
        """Copies a release folder into the workspace (nothing is done if it is there)."""
        identity = release_id(folder)
        target = self._folder / identity
        if not target.exists():
            temporary = self._folder / f".{identity}.{os.getpid()}.part"
            shutil.rmtree(temporary, ignore_errors=True)
            shutil.copytree(folder, temporary, ignore=shutil.ignore_patterns("__pycache__", ".*"))
            sync_new(temporary, set())
            os.replace(temporary, target)
            sync_folders([self._folder])
        return self.load(identity)

    def load(self, identity: str) -> Release:
        """The release with this id, or the only one whose id starts so. Raises UserError if it is missing or changed."""
        matches = sorted(path for path in self._ids() if path.startswith(identity)) if identity else []
        if len(matches) != 1:
            known = ", ".join(item[:12] for item in self._ids())
            what = "no release" if not matches else "more than one release"
            raise UserError(f"{what} starts with {identity!r}; there are {known or 'none'}")
        path = self._folder / matches[0]
        if release_id(path) != matches[0]:
            raise UserError(
                f"the release {path} was changed after it was made; `metier release rollback` to another"
            )
        return Release(
            matches[0], tuple(_manifest(path).get("parents", ())), str(path), _manifest(path), _parts(path)
        )

    def all(self) -> list[Release]:
        """Every release in the workspace, by id."""
        return [self.load(identity) for identity in self._ids()]

    def live(self) -> Release:
        """The release that answers now."""
        history = self.history()
        return self.load(history[0]) if history else self.install_release_0()

    def history(self) -> list[str]:
        """Ids of releases that are (first) and were live, newest first."""
        try:
            return self._live.read_text(encoding="utf-8").split()
        except FileNotFoundError:
            return []

    def promote(self, identity: str) -> Release:
        """Makes a release live; on return it survives a power cut."""
        release = self.load(identity)
        history = self.history()
        if not history or history[0] != release.id:
            self._write([release.id, *history])
        return release

    def rollback(self) -> Release:
        """Makes the release before the live one live again. Raises UserError if there was none."""
        history = self.history()
        if len(history) < 2:
            raise UserError(
                "there is no earlier release to go back to; `metier release list` shows what there is"
            )
        release = self.load(history[1])
        self._write(history[1:])
        return release

    def _write(self, history: list[str]) -> None:
        write_durably(self._live, "".join(item + "\n" for item in history).encode())

    def _ids(self) -> list[str]:
        if not self._folder.exists():
            return []
        return sorted(
            path.name
            for path in self._folder.iterdir()
            if (path / _MANIFEST).is_file() and path.name[0] != "."
        )


def release_id(folder: Path) -> str:
    """sha256 hex over the sorted (name, sha256) list of the folder's files."""
    lines = [f"{path.name}\t{hashlib.sha256(path.read_bytes()).hexdigest()}\n" for path in _files(folder)]
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".py":
            yield path


def _manifest(folder: Path) -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    return data


def _parts(folder: Path) -> dict[str, Mapping[str, Any]]:
    paths = (path for path in _files(folder) if path.suffix == ".json" and path.name != _MANIFEST)
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}
