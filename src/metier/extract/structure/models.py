"""The fitted models as one value, from the npz file that ships with the package."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from metier.extract.structure.trees import Trees, arrays_of, load

_NAMES = ("first", "heading", "level", "continuation")
WEIGHTS = Path(__file__).parent / "weights" / "structure.npz"


@dataclass(frozen=True, slots=True)
class Models:
    """First look at each block, second look with its likes, heading level, table continuation; and what was fitted on."""

    first: Trees
    heading: Trees
    level: Trees
    continuation: Trees
    heading_at: float  # a block is a heading from this chance on
    join_at: float
    card: str  # JSON: data, halves, figures


@lru_cache(maxsize=1)
def shipped() -> Models:
    """The models of this package."""
    return read_models(WEIGHTS)


def read_models(path: Path) -> Models:
    """Models from a file. Raises OSError, KeyError, ValueError."""
    with np.load(path, allow_pickle=False) as arrays:
        thresholds = arrays["thresholds"]
        card = str(arrays["card"])
    first, heading, level, continuation = (load(path, name) for name in _NAMES)
    return Models(first, heading, level, continuation, float(thresholds[0]), float(thresholds[1]), card)


def write_models(path: Path, models: Models) -> None:
    """Writes what `read_models` reads."""
    arrays: dict[str, Any] = {
        "thresholds": np.array([models.heading_at, models.join_at]),
        "card": np.array(models.card),
    }
    json.loads(models.card)
    for name in _NAMES:
        arrays |= arrays_of(name, getattr(models, name))
    path.parent.mkdir(exist_ok=True)
    np.savez_compressed(path, **arrays)
