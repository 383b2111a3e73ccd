"""A candidate release on disk: the changed parts, a manifest without a clock, and a card for people."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metier.specialize.card import card
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
    own = {} if not base.parents else {path.stem: base.parts[path.stem] for path in _parts_of(base)}
    for name, part in sorted({**own, **parts}.items()):
        _write(folder / f"{name}.json", part)
    inherited = Path(base.path) / ADAPTER
    if adapter is not None:
        shutil.copyfile(adapter, folder / ADAPTER)
    elif "language_model" in own and inherited.exists():
        shutil.copyfile(inherited, folder / ADAPTER)
    _write(folder / "manifest.json", manifest)
    (folder / "card.md").write_text(card(manifest), encoding="utf-8")


def _parts_of(base: Release) -> list[Path]:
    return sorted(path for path in Path(base.path).glob("*.json") if path.stem in base.parts)


def _write(path: Path, data: Mapping[str, Any]) -> None:
    text = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
