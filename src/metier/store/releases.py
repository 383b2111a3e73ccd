"""Releases: immutable folders of everything fitted, one of them live.

The id is the sha256 over the sorted (name, sha256) list of the files, so a changed byte is another release. `live`
holds the id of the live release on its first line and, below, those that were live before, newest first.
"""

import hashlib
import io
import json
import os
import re
import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from metier.errors import UserError
from metier.store.files import sync_folders, sync_new, write_durably
from metier.store.release_parts import part_files, read_part
from metier.types import Release

RELEASE_0 = Path(__file__).parent / "release0"
_MANIFEST = "manifest.json"
ADAPTER = "adapter.gguf"  # of the language model that the part `language_model` names


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
        """Copies a release folder into the workspace, unless it is there whole; a damaged copy is replaced."""
        identity = release_id(folder)
        target = self._folder / identity
        if not target.exists() or release_id(target) != identity:
            temporary = self._folder / f".{identity}.{os.getpid()}.part"
            shutil.rmtree(temporary, ignore_errors=True)
            shutil.copytree(folder, temporary, ignore=shutil.ignore_patterns("__pycache__", ".*"))
            sync_new(temporary, set())
            if target.exists():
                os.replace(target, self._folder / f".{identity}.{uuid.uuid4().hex}.damaged")
            try:
                os.replace(temporary, target)
            except OSError:  # another process was faster
                if not target.exists():
                    raise
                shutil.rmtree(temporary, ignore_errors=True)
            sync_folders([self._folder])
        return self.load(identity)

    def export(self, identity: str, target: Path) -> Release:
        """Writes a release to a ZIP file that `read_archive` opens. Raises UserError if it is missing or changed."""
        release = self.load(identity)
        data = io.BytesIO()  # the largest release is smaller than what reading it back allows
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in _files(Path(release.path)):
                # no clock: the same release gives the same bytes
                member = zipfile.ZipInfo(path.relative_to(release.path).as_posix())
                archive.writestr(member, path.read_bytes(), zipfile.ZIP_DEFLATED)
        write_durably(target, data.getvalue())
        return release

    def read_archive(self, source: Path, check: Callable[[Mapping[str, Any]], None]) -> Release:
        """Adds the release in a ZIP file. Raises UserError if it is none, or is larger than a release can be, and what `check` raises
        for its parts; nothing is kept then."""
        with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
            folder = Path(scratch) / "release"
            folder.mkdir()
            _unpack(source, folder)
            try:
                _manifest(folder)
                check(read_parts(folder))
            except (ValueError, RecursionError) as error:
                raise UserError(f"{source} holds a part that cannot be used: {error}") from None
            return self.add(folder)

    def load(self, identity: str) -> Release:
        """The release with this id, or the only one whose id starts so. Raises UserError if it is missing or changed."""
        matches = sorted(path for path in self._ids() if path.startswith(identity)) if identity else []
        if len(matches) != 1:
            known = ", ".join(item[:12] for item in self._ids())
            what = "no release" if not matches else "more than one release"
            raise UserError(f"{what} starts with {identity!r}; there are {known or 'none'}")
        path = self._folder / matches[0]
        if not self._is_whole(matches[0]):
            raise UserError(
                f"the release {path} was changed after it was made; make another one live with `metier release rollback` "
                "or `metier release promote`"
            )
        try:
            manifest, parts = _manifest(path), read_parts(path)
        except ValueError as error:
            raise UserError(f"the release {path} holds a part that cannot be used: {error}") from None
        return Release(
            matches[0], tuple(manifest.get("parents", ())), str(path), manifest, read_parts(RELEASE_0) | parts
        )

    def all(self) -> list[Release]:
        """Every whole release in the workspace, by id."""
        return [self.load(identity) for identity in self._ids() if self._is_whole(identity)]

    def damaged(self) -> list[str]:
        """Ids of releases whose files were changed after they were made."""
        return [identity for identity in self._ids() if not self._is_whole(identity)]

    def _is_whole(self, identity: str) -> bool:
        return release_id(self._folder / identity) == identity

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


# unpacked; what is fitted is under 1 MB, the adapter of a 135M model 15 MB, of a 1.5B one 55 MB
_MOST_BYTES = 64 << 20
_PART = re.compile(r"[a-z0-9_]+\.(?:json|npz|safetensors|gguf|md)")


def _unpack(source: Path, folder: Path) -> None:
    """The flat files of a release, and nothing else: names are checked, sizes are counted while reading."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = [info.filename for info in archive.infolist()]
            if _MANIFEST not in names or not all(_PART.fullmatch(name) for name in names):
                raise UserError(f"{source} is no release; `metier release export` writes one")
            left = _MOST_BYTES
            for name in names:
                with archive.open(name) as member:
                    data = member.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise UserError(f"{source} unpacks to more than {_MOST_BYTES >> 20} MB; it is no release")
                (folder / name).write_bytes(data)
    except OSError as error:
        raise UserError(f"{source} cannot be read: {error.strerror or error}") from None
    except zipfile.BadZipFile:
        raise UserError(f"{source} is no ZIP file; `metier release export` writes one") from None


def release_id(folder: Path) -> str:
    """sha256 hex over the sorted (name, sha256) list of the folder's files."""
    names = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    lines = [f"{name}\t{hashlib.sha256(path.read_bytes()).hexdigest()}\n" for name, path in names.items()]
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in inside)
        if path.is_file() and not hidden and path.suffix != ".py":
            yield path


def _manifest(folder: Path) -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    return data


def read_parts(folder: Path) -> dict[str, Mapping[str, Any]]:
    """The parts of a release folder by name without ending; raises ValueError if one cannot be used."""
    return {name: read_part(path) for name, path in part_files(folder).items() if not name.startswith(".")}
