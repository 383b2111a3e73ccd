"""The parts of a release that retrieval reads, as files: written, read, and refused where they are not what they should be.

A release may come from elsewhere, so nothing in it is believed: sizes, shapes and numbers are checked before anything is made of
them, and no format runs code (JSON and safetensors).
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load, save

EXPANSION, ADAPTER = "expansion", "adapter"
ADAPTER_FILE = "adapter.safetensors"
MOST_RANK = 16

_MOST_BYTES = 4 << 20  # of each file: 20,000 associations are 1 MB, two legs of rank 16 are 80 kB
_MOST_ASSOCIATIONS, _MOST_PER_WORD, _LONGEST = 20_000, 8, 64
_LEGS = ("static", "sentence")
_MOST_DIMENSION = 4_096
_MOST_VALUE = 16.0  # of a tensor; what is fitted is below 1
_ABOUT = "about"  # one key, so that the same adapter has the same bytes


def read_part(path: Path) -> Mapping[str, Any]:
    """A part from its file. Raises ValueError saying what is wrong with it."""
    if path.name == ADAPTER_FILE:
        return _read_adapter(path)
    if path.stem == EXPANSION and path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"{path.name} has more than {_MOST_BYTES >> 20} MB")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} is not JSON: {error}") from None
    if path.stem == EXPANSION:
        _check_expansion(data)
    return data  # type: ignore[no-any-return]


def write_part(folder: Path, name: str, part: Mapping[str, Any]) -> None:
    """A part to its file in the folder. Raises ValueError if reading it back would be refused."""
    if name == ADAPTER:
        (folder / ADAPTER_FILE).write_bytes(_adapter_bytes(part))
        _read_adapter(folder / ADAPTER_FILE)
        return
    if name == EXPANSION:
        _check_expansion(part)
    text = json.dumps(part, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def part_files(folder: Path) -> dict[str, Path]:
    """The files that are parts, by the name of the part."""
    found = {path.stem: path for path in sorted(folder.glob("*.json"))}
    found.pop("manifest", None)
    if (folder / ADAPTER_FILE).is_file():
        found[ADAPTER] = folder / ADAPTER_FILE
    return found


def _check_expansion(data: Any) -> None:
    if not isinstance(data, dict) or not isinstance(groups := data.get("groups"), dict):
        raise ValueError("expansion.json has no object `groups`")
    count = 0
    for book in groups.values():
        if not isinstance(book, dict):
            raise ValueError("expansion.json: a group has no dictionary")
        for word, others in book.items():
            if not isinstance(others, dict) or not 0 < len(others) <= _MOST_PER_WORD:
                raise ValueError(f"expansion.json: a word has not 1 to {_MOST_PER_WORD} others")
            if not all(_is_word(one) for one in (word, *others)):
                raise ValueError("expansion.json holds something that is no word")
            if not all(_is_weight(weight) for weight in others.values()):
                raise ValueError("expansion.json holds a weight that is not above 0 and at most 1")
            count += len(others)
    if count > _MOST_ASSOCIATIONS:
        raise ValueError(f"expansion.json has more than {_MOST_ASSOCIATIONS} associations")


def _is_word(text: str) -> bool:
    return 0 < len(text) <= _LONGEST and text.isprintable() and text.split() == [text]


def _is_weight(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and 0 < value <= 1


def _adapter_bytes(part: Mapping[str, Any]) -> bytes:
    tensors = {
        f"{leg}.{name}": np.array(own[name], dtype=np.float32)
        for leg, own in part["legs"].items()
        for name in ("down", "up")
    }
    about = {"bases": {leg: own["base"] for leg, own in part["legs"].items()}, "origin": part["origin"]}
    return save(tensors, {_ABOUT: json.dumps(about, sort_keys=True)})


def _read_adapter(path: Path) -> Mapping[str, Any]:
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"{path.name} has more than {_MOST_BYTES >> 20} MB")
    try:
        tensors = load(path.read_bytes())
        with safe_open(path, "np") as file:
            about = json.loads((file.metadata() or {}).get(_ABOUT, ""))
    except SafetensorError as error:
        raise ValueError(f"{path.name} is no safetensors file: {error}") from None
    bases, origin = (about.get(name) if isinstance(about, dict) else None for name in ("bases", "origin"))
    if not isinstance(bases, dict) or not isinstance(origin, str) or not set(bases) <= set(_LEGS):
        raise ValueError(f"{path.name} does not say which embedders it is for")
    if set(tensors) != {f"{leg}.{name}" for leg in bases for name in ("down", "up")}:
        raise ValueError(f"{path.name} holds other tensors than `down` and `up` of its legs")
    legs: dict[str, Any] = {}
    for leg, base in sorted(bases.items()):
        down, up = tensors[f"{leg}.down"], tensors[f"{leg}.up"]
        _check_tensors(path.name, down, up)
        if not isinstance(base, str):
            raise ValueError(f"{path.name} does not say which embedders it is for")
        legs[leg] = {"base": base, "down": down.tolist(), "up": up.tolist()}
    return {"legs": legs, "origin": origin}


def _check_tensors(name: str, down: Any, up: Any) -> None:
    if down.ndim != 2 or down.shape != up.shape or down.dtype != np.float32 or up.dtype != np.float32:
        raise ValueError(f"{name}: `down` and `up` are not two float32 matrices of one shape")
    rank, dimension = down.shape
    if not 1 <= rank <= MOST_RANK or not 1 <= dimension <= _MOST_DIMENSION:
        raise ValueError(f"{name}: {rank} x {dimension} is no adapter; the rank is 1 to {MOST_RANK}")
    if not all(np.isfinite(one).all() and (np.abs(one) <= _MOST_VALUE).all() for one in (down, up)):
        raise ValueError(f"{name} holds numbers that are not finite or too large")
