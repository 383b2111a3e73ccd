"""A candidate release on disk: the changed parts, a manifest without a clock, and a card for people."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metier.specialize.card import card
from metier.store.release_parts import part_files, write_part
from metier.store.releases import ADAPTER
from metier.types import Release


def write_candidate(
    folder: Path,
    base: Release,
    parts: Mapping[str, Mapping[str, Any]],
    manifest: Mapping[str, Any],
    adapter: Path | None = None,
) -> None:
    """Writes the folder. A part that the base only has from release 0 is left out, so that it follows later versions.
    `adapter` is the file of the part `language_model`; if that is the base's own, its file comes along."""
    folder.mkdir(parents=True, exist_ok=True)
    own = {} if not base.parents else {name: base.parts[name] for name in part_files(Path(base.path))}
    for name, part in sorted({**own, **parts}.items()):
        write_part(folder, name, part)
    inherited = Path(base.path) / ADAPTER
    if adapter is not None:
        shutil.copyfile(adapter, folder / ADAPTER)
    elif "language_model" in own and inherited.exists():
        shutil.copyfile(inherited, folder / ADAPTER)
    write_part(folder, "manifest", manifest)
    (folder / "card.md").write_text(card(manifest), encoding="utf-8")
