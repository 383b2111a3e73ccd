"""A BERT encoder: hidden states of texts, one layer after another, with weights of 8 bits in onnxruntime.

A text is read by itself, so its states are the same whatever is read beside it, and no padding is computed; several are
read at once on the machine's cores, layer by layer. Devlin et al. 2019 (BERT); GELU by its tanh form (Hendrycks & Gimpel 2016). How far
8 bits are from the exact numbers: docs/design/reader.md.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SIZE, HEADS, INNER = 384, 12, 1536
_LARGEST = 127
# Texts that one thread takes through a layer before it goes on to the next: the layer's 1.8 MB of weights stay near the processor
# (16 pairs one by one 286 ms, by two 286, by four 264, by eight 239, medians on a busy machine).
_TOGETHER = 8
_FOLDER = Path(__file__).parent / "weights"
GRAPHS = {name: _FOLDER / f"layer-{name}.onnx" for name in ("s8", "u8")}  # by benchmarks/build_layer.py


@dataclass(frozen=True, slots=True)
class Linear:
    """y = x @ weight + bias; weight has shape (in, out)."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Norm:
    """Layer normalisation over the last axis."""

    weight: Floats
    bias: Floats
    epsilon: float = 1e-12

    def __call__(self, x: Floats) -> Floats:
        """A new array of the shape of x."""
        x = x - x.mean(axis=-1, keepdims=True)
        spread = np.square(x).mean(axis=-1, keepdims=True)
        normal: Floats = x / np.sqrt(spread + np.float32(self.epsilon)) * self.weight + self.bias
        return normal


@dataclass(frozen=True, slots=True)
class Layer:
    """One block: attention (query, key and value in one matrix) and feed-forward, each with residual and norm after."""

    qkv: Linear
    out: Linear
    attention_norm: Norm
    up: Linear
    down: Linear
    norm: Norm


class Encoder:
    """Some layers, ready to run; safe to share between threads. The layers given are not kept."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = [_Runner(layer) for layer in layers]

    def __call__(self, texts: Sequence[Floats], depth: int | None = None) -> list[Floats]:
        """Hidden states of each text, of the shape of its input (tokens, 384), after the first `depth` layers (None: all)."""

        def read(some: Sequence[Floats]) -> list[Floats]:
            free = [np.zeros((1, len(text), len(text)), dtype=np.float32) for text in some]
            for layer in self._layers[:depth]:
                some = [layer(text, look) for text, look in zip(some, free, strict=True)]
            return list(some)

        return _at_once(read, texts)

    def pairs(self, texts: Sequence[Floats], first: int, across: Floats) -> list[Floats]:
        """As calling it, for texts that are two in one: the first `first` tokens of each are a part of their own.
        `across`, of shape (layers, heads), is added to the attention scores between the parts."""

        def read(some: Sequence[Floats]) -> list[Floats]:
            second = [np.arange(len(text)) >= first for text in some]
            between = [(one[:, None] != one).astype(np.float32) for one in second]
            for layer, bias in zip(self._layers, across, strict=True):
                looks = (one * bias[:, None, None] for one in between)
                some = [layer(text, look) for text, look in zip(some, looks, strict=True)]
            return list(some)

        return _at_once(read, texts)


class _Runner:
    """One layer in onnxruntime; it computes on the thread that calls it."""

    def __init__(self, layer: Layer) -> None:
        kind = _kind()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # No fused operators beyond those of the graph: Add and LayerNormalization in one take five times as long.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.log_severity_level = 3  # errors; the first warnings are about graphs without weights
        given = {
            name: onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(array))
            for name, array in _arrays(layer, kind == "s8").items()
        }
        options.add_external_initializers(list(given), list(given.values()))
        self._session = onnxruntime.InferenceSession(
            GRAPHS[kind].read_bytes(), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, text: Floats, look: Floats) -> Floats:
        states: Floats = self._session.run(None, {"states": text[None], "look": look[None]})[0][0]
        return states


def _arrays(layer: Layer, is_signed: bool) -> Mapping[str, NDArray[np.generic]]:
    """What the graph of a layer is given, by name."""
    zero, dtype = (0, np.int8) if is_signed else (_LARGEST + 1, np.uint8)
    found: dict[str, NDArray[np.generic]] = {}
    for name in ("qkv", "out", "up", "down"):
        part: Linear = getattr(layer, name)
        scale = np.maximum(np.abs(part.weight).max(axis=0), 1e-9) / _LARGEST
        found[f"{name}.weight"] = (np.round(part.weight / scale) + zero).astype(dtype)
        found[f"{name}.scale"] = scale.astype(np.float32)
        found[f"{name}.zero"] = np.full(len(scale), zero, dtype=dtype)
        found[f"{name}.bias"] = part.bias
    for name in ("attention_norm", "norm"):
        found |= {f"{name}.weight": getattr(layer, name).weight, f"{name}.bias": getattr(layer, name).bias}
    return found


@lru_cache(maxsize=1)
def _kind() -> str:
    """How weights are read: signed where the processor has dot products of 8 bits. Elsewhere x86 adds two products in
    16 bits, which signed weights overflow; unsigned ones take a slower, exact way."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "u8"
    return "s8" if any(flag in flags for flag in ("vnni", "asimddp")) else "u8"


def _at_once(read: Callable[[Sequence[Floats]], list[Floats]], texts: Sequence[Floats]) -> list[Floats]:
    """What is read of each text, by the machine's cores at once, each text's place kept."""
    count = min(len(texts), max(os.cpu_count() or 1, -(-len(texts) // _TOGETHER)))
    if count < 2:
        return read(texts)
    found: list[Floats] = [texts[0]] * len(texts)
    parts = [texts[place::count] for place in range(count)]
    for place, states in enumerate(_readers().map(read, parts)):
        found[place::count] = states
    return found


@lru_cache(maxsize=1)
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="encode")
