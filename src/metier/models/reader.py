"""A model that reads a question and a sentence together: how well does the sentence answer the question?

The lower half of multilingual-e5-small reads each text alone, the upper half, trained for this on questions and documents
written by us (benchmarks/fit_reader.py, docs/design/reader.md), reads both together: MacAvaney et al. 2020,
"Efficient Document Re-Ranking for Transformers by Precomputing Term Representations". It knows English and German. It
judges meaning, not truth: a sentence about another year or another company may score high.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from metier.errors import UserError
from metier.models.e5 import END, HEADS, START, OpenE5, find_e5
from metier.models.sources import sha256_of
from metier.models.transformer import Floats, Layer, Linear, Norm, Pairs, encode, mean_states

WEIGHTS = Path(__file__).parent / "weights" / "reader.safetensors"
SHA256 = "695fba5f56f02b3ffd2aa66299333f2c3f307175b4b664091568ff4f8ad24727"
MOST_QUESTION, MOST_TEXT = 40, 72  # tokens read of each; nine in ten sentences with their place are shorter
_KEPT = 2_000  # texts whose lower states are kept, about 60 MB: sentences come up again and again
_SPACE = re.compile(r"\s+")


class Reader:
    """Scores of (question, text) pairs; safe to share between threads."""

    def __init__(self, model: OpenE5, weights: Mapping[str, Floats]) -> None:
        """`weights`: arrays by name as in the weights file (`read_weights`)."""
        self._model = model
        self._weights = weights
        self._layers = _layers(weights)
        self._depth = int(weights["depth"][0])
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._lock = threading.Lock()

    def score(self, question: str, texts: Sequence[str]) -> Floats:
        """Shape (len(texts),): log-odds that the text answers the question."""
        if not texts:
            return np.zeros(0, dtype=np.float32)
        asked = self._lower([[START, *self._tokens([question], MOST_QUESTION)[0], END]])[0]
        asked = asked + self._weights["segments"][0]
        states: list[Floats] = []
        lengths = []
        for told in self._texts(texts):
            states += [asked, told + self._weights["segments"][1]]
            lengths.append(len(asked) + len(told))
        pairs = Pairs([len(asked)] * len(texts), self._weights["across"])
        joined = encode(np.concatenate(states), lengths, self._layers, HEADS, pairs)
        return self._judge(joined, lengths, len(asked))

    def _judge(self, states: Floats, lengths: Sequence[int], first: int) -> Floats:
        """How alike question and text have become, and what the whole says."""
        weights = self._weights
        halves = mean_states(states, [size for length in lengths for size in (first, length - first)])
        halves /= np.linalg.norm(halves, axis=1, keepdims=True)
        alike = (halves[::2] * halves[1::2]) @ weights["alike"]
        scores: Floats = alike + mean_states(states, lengths) @ weights["whole"] + weights["bias"][0]
        return scores

    def _texts(self, texts: Sequence[str]) -> list[Floats]:
        """Lower states of each text, those known taken from memory."""
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            tokens = [[END, *ids, END] for ids in self._tokens(missing, MOST_TEXT)]
            found |= dict(zip(missing, self._lower(tokens), strict=True))
        with self._lock:
            for text in texts:
                self._known[text] = found[text]
                self._known.move_to_end(text)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return [found[text] for text in texts]

    def _lower(self, tokens: Sequence[Sequence[int]]) -> list[Floats]:
        states = self._model().encode(tokens, self._depth)
        return np.split(states, np.cumsum([len(item) for item in tokens])[:-1])

    def _tokens(self, texts: Sequence[str], most: int) -> list[list[int]]:
        return self._model().tokens([_SPACE.sub(" ", text).strip() for text in texts], most)


def load_reader(model: OpenE5 | None = None) -> Reader:
    """The reader of this version of metier. Raises UserError where E5 is not installed, or a file was changed."""
    if not WEIGHTS.is_file() or sha256_of(WEIGHTS) != SHA256:
        raise UserError(f"{WEIGHTS} is missing or was changed; install metier again")
    return Reader(model or find_e5(), _weights_once(WEIGHTS))


def read_weights(path: Path) -> dict[str, Floats]:
    """float32 arrays by name; a matrix NAME stored as int8 has one scale per row of its output in NAME.scale."""
    stored = load_file(path)
    found: dict[str, Floats] = {}
    for name, array in stored.items():
        if name.endswith(".scale"):
            continue
        plain = array.astype(np.float32)
        scale = stored.get(f"{name}.scale")
        found[name] = plain if scale is None else plain * scale.astype(np.float32)
    return found


_weights_once = lru_cache(maxsize=1)(read_weights)  # 43 MB, shared by all workspaces of a process


def _layers(weights: Mapping[str, Floats]) -> tuple[Layer, ...]:
    def linear(name: str) -> Linear:
        return Linear(weights[f"{name}.weight"], weights[f"{name}.bias"])

    def norm(name: str) -> Norm:
        return Norm(weights[f"{name}.weight"], weights[f"{name}.bias"])

    count = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("layer."))
    return tuple(
        Layer(
            qkv=linear(f"layer.{number}.qkv"),
            out=linear(f"layer.{number}.out"),
            attention_norm=norm(f"layer.{number}.attention_norm"),
            up=linear(f"layer.{number}.up"),
            down=linear(f"layer.{number}.down"),
            norm=norm(f"layer.{number}.norm"),
        )
        for number in range(count)
    )
