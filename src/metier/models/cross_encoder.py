"""A cross-encoder in an ONNX file: how well a text answers a question, by a model that reads both together.

Nogueira & Cho 2019, "Passage Re-ranking with BERT". One number per pair is the score; of two, the second minus the first, as such
models are trained (label 1 = relevant).
"""

from collections.abc import Sequence
from pathlib import Path

from metier.errors import UserError
from metier.models.onnx_pairs import OnnxPairs, open_pairs
from metier.models.pair_files import find_pair_files
from metier.settings import Model
from metier.types import PairScores

SLOT = "models.reranker"


class CrossEncoder:
    """Implements stages.PairScorer; safe to share between threads."""

    batch = 1  # so that a budget of time is looked at after each

    def __init__(self, pairs: OnnxPairs) -> None:
        self._pairs = pairs

    @property
    def identity(self) -> str:
        """Names folder, file and hashes."""
        return self._pairs.identity

    def score(self, question: str, texts: Sequence[str], within_s: float = 0.0) -> PairScores:
        """Log-odds that each text answers the question; whoever calls looks at the clock."""
        found = [self._pairs.logits(question, text) for text in texts]
        return PairScores(tuple(float(item[-1] - (item[0] if len(item) > 1 else 0.0)) for item in found))


def open_cross_encoder(model: Model, folder: Path) -> CrossEncoder:
    """The model of `models.reranker`, loaded and tried. Raises UserError saying what is missing or unfit."""
    files = find_pair_files(model, SLOT, folder)
    pairs, labels = open_pairs(files, SLOT)
    if labels > 2:
        raise UserError(
            f"{SLOT}: {files.model.path} gives {labels} numbers for a pair, a cross-encoder one or two; an entailment model "
            "belongs under models.entailment"
        )
    return CrossEncoder(pairs)
