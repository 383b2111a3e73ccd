"""A BERT encoder in numpy: token ids -> hidden states, many texts of any length in one call.

The tokens of all texts are one matrix for everything but attention, so no padding is computed. Devlin et al. 2019 (BERT);
GELU by its tanh form (Hendrycks & Gimpel 2016), which differs from the exact one by less than 0.001.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Linear:
    """y = x @ weight + bias; weight has shape (in, out)."""

    weight: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        """Shape (n, out)."""
        y: Floats = x @ self.weight
        y += self.bias
        return y


@dataclass(frozen=True, slots=True)
class Norm:
    """Layer normalisation over the last axis."""

    weight: Floats
    bias: Floats
    epsilon: float = 1e-12

    def __call__(self, x: Floats) -> Floats:
        """The shape of x; x is overwritten."""
        x -= x.mean(axis=-1, keepdims=True)
        spread = np.einsum("ij,ij->i", x, x)[:, None] / np.float32(x.shape[-1])
        x /= np.sqrt(spread + np.float32(self.epsilon))
        x *= self.weight
        x += self.bias
        return x


@dataclass(frozen=True, slots=True)
class Layer:
    """One block: attention (query, key and value in one matrix) and feed-forward, each with residual and norm after."""

    qkv: Linear
    out: Linear
    attention_norm: Norm
    up: Linear
    down: Linear
    norm: Norm


@dataclass(frozen=True, slots=True)
class Pairs:
    """Texts that are two in one: how long the first of each is, and how far tokens look into the other one."""

    first: Sequence[int]  # tokens of the first part, per text
    across: Floats  # (layers, heads): added to the attention scores between the parts


def encode(
    x: Floats, lengths: Sequence[int], layers: Sequence[Layer], heads: int, pairs: Pairs | None = None
) -> Floats:
    """Hidden states (tokens, size) of texts that stand one after another in `x`, `lengths` tokens each; x is kept."""
    edges = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    for number, layer in enumerate(layers):
        across = None if pairs is None else (pairs.first, pairs.across[number][:, None, None])
        mixed = _attend(layer.qkv(x), edges, heads, across)
        x = layer.attention_norm(layer.out(mixed) + x)
        x = layer.norm(layer.down(_gelu(layer.up(x))) + x)
    return x


def mean_states(states: Floats, lengths: Sequence[int]) -> Floats:
    """The mean hidden state of each text: (texts, size)."""
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.intp)
    total: Floats = np.add.reduceat(states, starts, axis=0)
    total /= np.asarray(lengths, dtype=np.float32)[:, None]
    return total


def _attend(
    qkv: Floats, edges: Sequence[int], heads: int, across: tuple[Sequence[int], Floats] | None
) -> Floats:
    size = qkv.shape[1] // 3
    width = size // heads
    mixed = np.empty((len(qkv), size), dtype=np.float32)
    scale = np.float32(1 / np.sqrt(width))
    for number, (start, end) in enumerate(itertools.pairwise(edges)):
        parts = qkv[start:end].reshape(end - start, 3, heads, width)
        query, key, value = (parts[:, which].transpose(1, 0, 2) for which in range(3))
        chance = (query * scale) @ key.transpose(0, 2, 1)
        if across is not None:
            first, bias = across[0][number], across[1]
            chance[:, :first, first:] += bias
            chance[:, first:, :first] += bias
        chance -= chance.max(axis=-1, keepdims=True)
        np.exp(chance, out=chance)
        chance /= chance.sum(axis=-1, keepdims=True)
        mixed[start:end] = (chance @ value).transpose(1, 0, 2).reshape(end - start, size)
    return mixed


_SLOPE = np.float32(np.sqrt(2 / np.pi))


def _gelu(x: Floats) -> Floats:
    inner: Floats = x * x
    inner *= np.float32(0.044715)
    inner += np.float32(1)
    inner *= x
    inner *= _SLOPE
    np.tanh(inner, out=inner)
    inner += np.float32(1)
    inner *= x
    inner *= np.float32(0.5)
    return inner
