"""An entailment model in an ONNX file: does a sentence follow from a text, or contradict it?

Trained on pairs as of Bowman et al. 2015 (SNLI): the text is the premise, the sentence the hypothesis. Which of its numbers is
which, config.json says (`id2label`), or `labels` of the settings: exporters order them differently.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from metier.errors import UserError
from metier.models.onnx_pairs import OnnxPairs, open_pairs
from metier.models.pair_files import PairFiles, find_pair_files
from metier.settings import Model
from metier.types import Entailment

SLOT = "models.entailment"
_KINDS = ("entail", "neutral", "contradict")  # how their labels begin


class OnnxEntailment:
    """Implements stages.Entailer; safe to share between threads."""

    def __init__(self, pairs: OnnxPairs, order: Sequence[int]) -> None:
        """`order`: where entailment, neutral and contradiction stand among the model's numbers."""
        self._pairs = pairs
        self._order = list(order)

    @property
    def identity(self) -> str:
        """Names folder, file and hashes."""
        return self._pairs.identity

    def entail(self, text: str, sentence: str) -> Entailment:
        """Probabilities by softmax. Raises ModelUnavailable where the model gives none."""
        logits = self._pairs.logits(text, sentence).astype(np.float64)[self._order]
        odds = np.exp(logits - logits.max())
        return Entailment(*(odds / odds.sum()).tolist())


def open_entailment(model: Model, folder: Path) -> OnnxEntailment:
    """The model of `models.entailment`, loaded and tried. Raises UserError saying what is missing or unfit."""
    files = find_pair_files(model, SLOT, folder)
    pairs, count = open_pairs(files, SLOT)
    return OnnxEntailment(pairs, _order(model.labels or _labels(files), count, files))


def _labels(files: PairFiles) -> list[str]:
    """Of config.json, in order of their numbers; empty where it names none."""
    table = files.config.get("id2label")
    if not isinstance(table, dict) or not all(str(key).isdigit() for key in table):
        return []
    return [str(table[key]) for key in sorted(table, key=int)]


def _order(labels: Sequence[str], count: int, files: PairFiles) -> list[int]:
    known = [
        [place for place, label in enumerate(labels) if label.lower().startswith(kind)] for kind in _KINDS
    ]
    if len(labels) != count or count != len(_KINDS) or any(len(places) != 1 for places in known):
        told = ", ".join(labels) or "none"
        raise UserError(
            f"{SLOT}: {files.model.path} gives {count} numbers, its labels are {told}; needed are entailment, neutral and "
            "contradiction. Where config.json does not name them, `labels: [contradiction, entailment, neutral]` does, in "
            "the model's own order"
        )
    return [places[0] for places in known]
