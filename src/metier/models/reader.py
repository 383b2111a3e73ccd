"""A model that reads a question and a sentence together: how well does the sentence answer the question?

The lower half of multilingual-e5-small reads each text alone, the upper half, trained for this on questions and documents
written by us (benchmarks/fit_reader.py, docs/design/reader.md), reads both together: MacAvaney et al. 2020,
"Efficient Document Re-Ranking for Transformers by Precomputing Term Representations". It knows English and German. It
judges meaning, not truth: a sentence about another year or another company may score high.
"""

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from safetensors.numpy import load_file

from metier.errors import UserError
from metier.models.e5 import END, START, OpenE5
from metier.models.sources import sha256_of
from metier.models.transformer import Encoder, Floats, Layer, Linear, Norm

WEIGHTS = Path(__file__).parent / "weights" / "reader.safetensors"
SHA256 = "f5e3e080dee8e2c5c1c851c90e5adae1b541e59932e44b7b549d74de6a08302e"
MOST_QUESTION, MOST_TEXT = 40, 72  # tokens read of each; nine in ten sentences with their place are shorter
_KEPT = 2_000  # texts whose lower states are kept, about 60 MB: sentences come up again and again
# Scores kept, about 40 MB: a question may be looked at twice, with more evidence the second time, and `specialize` asks 2,000 questions
# again and again, each with 16 candidates and some others that another release looks at.
_SCORES = 100_000
Key = TypeVar("Key")
Value = TypeVar("Value")
_SPACE = re.compile(r"\s+")


class Reader:
    """Scores of (question, text) pairs; safe to share between threads."""

    def __init__(self, model: OpenE5, weights: Callable[[], "Weights"]) -> None:
        self._model = model
        self._weights = weights
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._scores: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()

    def score(self, question: str, texts: Sequence[str]) -> Floats:
        """Shape (len(texts),): log-odds that the text answers the question."""
        keys = {text: _key(question, text) for text in texts}
        with self._lock:
            known = {text: self._scores[key] for text, key in keys.items() if key in self._scores}
        if missing := [text for text in dict.fromkeys(texts) if text not in known]:
            known |= dict(zip(missing, self._read(question, missing), strict=True))
        with self._lock:
            _remember(self._scores, {key: known[text] for text, key in keys.items()}, _SCORES)
        return np.array([known[text] for text in texts], dtype=np.float32)

    def _read(self, question: str, texts: Sequence[str]) -> list[float]:
        weights = self._weights()
        asked = (
            self._lower([[START, *self._tokens([question], MOST_QUESTION)[0], END]])[0] + weights.segments[0]
        )
        joined = [np.concatenate([asked, told + weights.segments[1]]) for told in self._texts(texts)]
        states = weights.encoder.pairs(joined, len(asked), weights.across)
        return [self._judge(one, len(asked)) for one in states]

    def _judge(self, states: Floats, first: int) -> float:
        """How alike question and text have become, and what the whole says."""
        question, text = states[:first].mean(axis=0), states[first:].mean(axis=0)
        alike = question * text / (np.linalg.norm(question) * np.linalg.norm(text))
        weights = self._weights()
        return float(alike @ weights.alike + states.mean(axis=0) @ weights.whole + weights.bias)

    def _texts(self, texts: Sequence[str]) -> list[Floats]:
        """Lower states of each text, those known taken from memory."""
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            tokens = [[END, *ids, END] for ids in self._tokens(missing, MOST_TEXT)]
            found |= dict(zip(missing, self._lower(tokens), strict=True))
        with self._lock:
            _remember(self._known, found, _KEPT)
        return [found[text] for text in texts]

    def _lower(self, tokens: Sequence[Sequence[int]]) -> list[Floats]:
        return self._model().encode(tokens, self._weights().depth)

    def _tokens(self, texts: Sequence[str], most: int) -> list[list[int]]:
        return self._model().tokens([_SPACE.sub(" ", text).strip() for text in texts], most)


def _key(question: str, text: str) -> bytes:
    """Of a pair, far shorter than the pair."""
    return hashlib.blake2b(f"{question}\0{text}".encode("utf-8", "replace"), digest_size=16).digest()


def _remember(kept: OrderedDict[Key, Value], fresh: Mapping[Key, Value], most: int) -> None:
    """The least recently used are forgotten."""
    for key, value in fresh.items():
        kept[key] = value
        kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Weights:
    """What the weights file holds; see benchmarks/fit_reader.py for how it came about."""

    depth: int  # layers of E5 that read a text alone
    encoder: Encoder  # the layers that read both
    across: Floats  # (layers, heads): how far question and text look at one another
    segments: Floats  # (2, 384): added to the states of the question, and of the text
    alike: Floats  # (384,)
    whole: Floats  # (384,)
    bias: float


def load_reader(model: OpenE5) -> Reader:
    """The reader of this version of metier over E5; its weights are made ready (0.1 s) when it first reads. Raises
    UserError where its file was changed."""
    if not WEIGHTS.is_file() or sha256_of(WEIGHTS) != SHA256:
        raise UserError(f"{WEIGHTS} is missing or was changed; install metier again")
    return Reader(model, partial(_weights_once, WEIGHTS))


def read_weights(path: Path) -> Weights:
    """The weights in the file. A matrix NAME stored as int8 has one scale per column in NAME.scale."""
    stored = load_file(path)
    found: dict[str, Floats] = {}
    for name, array in stored.items():
        if name.endswith(".scale"):
            continue
        plain = array.astype(np.float32)
        scale = stored.get(f"{name}.scale")
        found[name] = plain if scale is None else plain * scale.astype(np.float32)
    count = 1 + max(int(name.split(".")[1]) for name in found if name.startswith("layer."))
    return Weights(
        depth=int(found["depth"][0]),
        encoder=Encoder([_layer(found, f"layer.{number}") for number in range(count)]),
        across=found["across"],
        segments=found["segments"],
        alike=found["alike"],
        whole=found["whole"],
        bias=float(found["bias"][0]),
    )


_weights_once = lru_cache(maxsize=1)(read_weights)  # shared by all workspaces of a process


def _layer(weights: Mapping[str, Floats], name: str) -> Layer:
    def linear(part: str) -> Linear:
        return Linear(weights[f"{name}.{part}.weight"], weights[f"{name}.{part}.bias"])

    def norm(part: str) -> Norm:
        return Norm(weights[f"{name}.{part}.weight"], weights[f"{name}.{part}.bias"])

    return Layer(
        qkv=linear("qkv"),
        out=linear("out"),
        attention_norm=norm("attention_norm"),
        up=linear("up"),
        down=linear("down"),
        norm=norm("norm"),
    )
