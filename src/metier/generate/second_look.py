"""The second look: the candidates that look best are read together with the question by a model that was trained for it.

The first look (scoring.py) costs microseconds per candidate and knows words and vectors; reading costs milliseconds and
knows whether a sentence answers a question. Its scores become features beside those of the first look.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from metier.generate.candidates import Candidate
from metier.generate.scoring import FEATURES, READING
from metier.text.statements import in_place

# Candidates read per question: each costs about 15 ms on one core. The gold sentence is among the first 16 of the first
# look for nine in ten questions whose gold passage was found (docs/design/reader.md).
READ = 16
_SCALE = 4.0  # log-odds run from about -8 to 8: brings them to the scale of the other features


class PairReader(Protocol):
    """Reads a question and texts together."""

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts),): log-odds that a text answers the question."""
        ...


def most_promising(chance: NDArray[np.float64], most: int = READ) -> NDArray[np.intp]:
    """Indices of the candidates worth reading, best first; `chance` has abstaining last."""
    return np.argsort(-chance[:-1], kind="stable")[:most]


def reading_text(item: Candidate) -> str:
    """What the reader is shown of a candidate."""
    return in_place(item.passage, item.text)


def with_reading(features: NDArray[np.float64], scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """The feature matrix (n, FEATURES) of candidates that were read, with their READING columns filled in."""
    read = features.copy()
    if not len(scores):
        return read
    logit = scores.astype(float)
    columns = {
        "read": logit / _SCALE,
        "read_chance": 1 / (1 + np.exp(-logit)),
        "read_gap": (logit - logit.max()) / _SCALE,
        "read_best": np.full(len(logit), logit.max() / _SCALE),
    }
    for name in READING:
        read[:, FEATURES.index(name)] = columns[name]
    return read
