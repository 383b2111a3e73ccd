"""A shadow of a workspace: its own folder and index, with links to some of the user's documents; the user's is only read."""

import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import yaml

from metier.errors import UserError
from metier.settings import Settings
from metier.store.files import write_durably
from metier.store.workspace import Workspace


class Shadowed(Protocol):
    """What is needed of the user's workspace."""

    workspace: Workspace

    @property
    def settings(self) -> Settings: ...


def prepare(
    system: Shadowed, shadow: Workspace, paths: Mapping[str, Path], files: Collection[str], open_to_all: Sequence[str] = ()
) -> int:  # fmt: skip
    """The shadow with exactly these files (copies where links cannot be made); returns how many came in. Unchanged ones stay, so
    that nothing is read twice. Settings and releases are the user's; files that match `open_to_all` may be seen by every user."""
    shadow.create()
    _copy_settings(system, shadow, open_to_all)
    for source, target in (
        (system.workspace.releases, shadow.releases),
        (system.workspace.live, shadow.live),
    ):
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        elif source.is_file():
            shutil.copyfile(source, target)
    documents = shadow.root / "documents"
    documents.mkdir(exist_ok=True)
    there = {path.relative_to(documents).as_posix() for path in documents.rglob("*") if path.is_file()}
    kept = {uri for uri in there & set(files) if _is_same(paths[uri], documents / uri)}
    for uri in there - kept:
        (documents / uri).unlink()
    fresh = [uri for uri in files if uri not in kept]
    for uri in fresh:
        _link(paths[uri], documents / uri)
    return len(fresh)


def check_place(folder: Path, system: Shadowed) -> None:
    """Makes the folder. Raises UserError if it lies among the documents, or cannot be made."""
    place = folder.resolve()
    for source in system.settings.sources:
        root = (system.workspace.root / source.folder).resolve()
        if place == root or root in place.parents:
            raise UserError(
                f"{folder} lies among the documents of {root} and would be read as one of them; name another folder"
            )
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} cannot be made: {error.strerror or error}") from None


def _is_same(source: Path, target: Path) -> bool:
    """False if the user's file has changed since: editors put another file in the place of the one that was linked."""
    own, there = source.stat(), target.stat()
    return (own.st_size, own.st_mtime_ns) == (there.st_size, there.st_mtime_ns)


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source.resolve(), target)
    except OSError:  # another file system, or one without links
        shutil.copy2(source, target)


def _copy_settings(system: Shadowed, shadow: Workspace, open_to_all: Sequence[str]) -> None:
    """The user's settings with one source, the shadow's own folder; what is filled from the environment stays so."""
    data = yaml.safe_load(system.workspace.settings.read_text(encoding="utf-8")) or {}
    everybody = sorted({group for user in system.settings.users for group in user.groups})
    data["sources"] = [{"folder": "documents", "exclude": []}]
    for name, model in (data.get("models") or {}).items():
        own = getattr(system.settings.models, name)
        if isinstance(model, dict) and own is not None and own.source.startswith("path:"):
            model["source"] = own.source  # a relative one counts from the user's folder
    data["groups"] = [
        *[{"match": rule.match, "allow": list(rule.allow)} for rule in system.settings.groups],
        *[{"match": match, "allow": everybody} for match in open_to_all],
    ]
    write_durably(shadow.settings, yaml.safe_dump(data, sort_keys=False, allow_unicode=True).encode())
