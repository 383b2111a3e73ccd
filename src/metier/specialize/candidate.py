"""A candidate release on disk: the changed parts, a manifest without a clock, and a card for people."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metier.specialize.ledger import BEYOND
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


def card(manifest: Mapping[str, Any]) -> str:
    """The manifest in words: what changed, what it was learnt from, and how far it can be trusted."""
    gate, learnt = manifest["gate"], manifest["learnt_from"]
    parents = ", ".join(item[:12] for item in manifest["parents"])
    lines = [
        f"# {manifest['name']}",
        "",
        f"Parent: {parents}. Snapshot {manifest['snapshot']}, seed {manifest['seeds'][0]}.",
        "",
        f"**Gate: {gate['verdict']}.** {gate['reason']}.",
        "",
        f"Learnt from {learnt['rows']} rows of feedback on {learnt['examples']} answers; left out: {learnt['dropped_rows']}.",
        "",
        *(f"- {reason}: {count}" for reason, count in learnt["dropped"].items()),
        "",
        "| component | kept | why | examples | gain on the tuning part |",
        "|---|---|---|---|---|",
    ]
    for item in manifest["components"]:
        gain = "" if item["gain"] is None else f"{item['gain'][0]:+.3f} {item['unit']}"
        lines.append(
            f"| {item['name']} | {'yes' if item['kept'] else 'no'} | {item['reason']} | {item['examples']} | {gain} |"
        )
    lines += [
        *_ledger(manifest),
        *_pairs(manifest.get("pairs", {})),
        "",
        "What people of these groups wrote is in it, as weights: "
        + (", ".join(manifest["access"]) or "none")
        + ".",
        "",
        "It does not know questions unlike those it was fitted on; a gate that believes wrong labels is wrong with them.",
        "",
    ]
    return "\n".join(lines)


def _ledger(manifest: Mapping[str, Any]) -> list[str]:
    rows = [f"| {name} | {value:.3f} |" for name, value in manifest["ledger"].items()]
    head = f"| release | right on {manifest['ledger_questions']} questions of the tuning part |"
    return ["", head, "|---|---|", *rows] if rows else []


def _pairs(pairs: Mapping[str, float]) -> list[str]:
    rows = [f"| {name} | {value:+.3f} |" for name, value in pairs.items()]
    return ["", f"| two components | {BEYOND} |", "|---|---|", *rows] if rows else []


def _parts_of(base: Release) -> list[Path]:
    return sorted(path for path in Path(base.path).glob("*.json") if path.stem in base.parts)


def _write(path: Path, data: Mapping[str, Any]) -> None:
    text = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
