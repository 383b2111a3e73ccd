"""Static word vectors: text -> 256 numbers, about 3,900 abstracts (1.5 million tokens) per second on two cores.

A text is the mean of its tokens' vectors (WordLlama, l2_supercat_256, MIT; the weights come inside the wheel). It knows
words, not their order: "A pays B" and "B pays A" are one point. The library's own `embed` pads every batch and gave
600 abstracts/s where this gives 3,900; it also imports an HTTP client, so its files are read here without it.

Weighting tokens (IDF, SIF with a = 1e-4..1e-2) or removing the common direction made SciFact worse on both halves
(docs/design/models.md): the weights were trained for the plain mean.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from metier.errors import UserError
from metier.models.sources import sha256_of, wheel_folder
from metier.stages import Vectors
from metier.text.capitals import without_capitals

_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
_TENSOR = "embedding.weight"

# Of the two files as they are in wordllama 0.4.0.post1 (the version pyproject pins). Vectors of other weights do not
# compare with those in an index, so a changed file must be a new identity, not a surprise.
WEIGHTS_SHA256 = "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5"
TOKENIZER_SHA256 = "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68"

_BATCH = 256  # texts of which the unknown words go to the tokenizer in one call
# A word with the spaces before it. No token holds a space mark after another character, so a text's tokens are those of its words.
_WORD = re.compile(r" *[^ ]+")
_REMEMBERED, _LONGEST = 1 << 17, 40  # words, and characters of one: some 30 MB
# What the tokenizer reads as more than characters: its special tokens, and its own mark of a space.
_MARK = "\u2581"
_SPECIAL = re.compile(f"<s>|</s>|<unk>|{_MARK}")
_RUN = 50  # words read as one text


class StaticEmbedder:
    """An Embedder over static token vectors; safe to share between threads."""

    def __init__(self, vectors: NDArray[np.float32], tokenizer: Tokenizer, identity: str) -> None:
        self._vectors = vectors
        self._tokenizer = tokenizer
        self._identity = identity
        self._known: dict[str, list[int]] = {}
        tokens = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
        self._begins = [token.startswith(_MARK) for token, _ in tokens]  # a word, by token

    @property
    def identity(self) -> str:
        """Name and first hash digits of weights and tokenizer; pinned in the index."""
        return self._identity

    @property
    def dimension(self) -> int:
        """Numbers per vector: 256."""
        return int(self._vectors.shape[1])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), 256), float32, unit length; a text without any token is all zeros.

        The vector of a text does not depend on what else is in the call, to the last bit.
        """
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            self._embed(texts[start : start + _BATCH], out[start : start + _BATCH])
        return out

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """As embed_passages, for questions; those typed in capitals are read in small letters."""
        return self.embed_passages([without_capitals(text) for text in texts])

    def _embed(self, texts: Sequence[str], out: Vectors) -> None:
        for row, tokens in zip(
            out, self._tokens([_without_surrogates(text.strip()) for text in texts]), strict=True
        ):
            if not tokens:
                continue
            # One gather and one sum per text: 22,800 texts/s; np.add.reduceat over a batch: 1,300/s (395 tokens each).
            np.add.reduce(self._vectors.take(tokens, axis=0), axis=0, out=row)
            if (length := float(np.linalg.norm(row))) > 0:
                row /= length  # dividing by the token count first would cancel out

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text; each word is tokenized once and remembered, which halves the time."""
        words = [[text] if _SPECIAL.search(text) else _WORD.findall(text) for text in texts]
        if len(self._known) > _REMEMBERED:
            self._known = {}
        known = self._known  # another thread may begin anew meanwhile
        new = self._encoded(dict.fromkeys(word for row in words for word in row if word not in known))
        known.update((word, ids) for word, ids in new.items() if len(word) <= _LONGEST)
        return [
            list(chain.from_iterable(new[word] if word in new else known[word] for word in row))
            for row in words
        ]

    def _encoded(self, words: Iterable[str]) -> dict[str, list[int]]:
        """The tokens of each word. Those with one space before them are read many at a time, as one text."""
        plain: list[str] = []
        others: list[str] = []
        for word in words:
            (others if word[0] != " " or word[1] == " " or _SPECIAL.search(word) else plain).append(word)
        runs = ["".join(plain[start : start + _RUN]) for start in range(0, len(plain), _RUN)]
        # the tokenizer puts a space before what it reads
        bare = [text.removeprefix(" ") for text in (*others, *runs)]
        encoded = self._tokenizer.encode_batch_fast(bare, add_special_tokens=False)
        found = {word: encoding.ids for word, encoding in zip(others, encoded, strict=False)}
        ids = list(chain.from_iterable(encoding.ids for encoding in encoded[len(others) :]))
        starts = [place for place, token in enumerate(ids) if self._begins[token]]
        for word, (start, end) in zip(plain, pairwise([*starts, len(ids)]), strict=True):
            found[word] = ids[start:end]
        return found


def load_static_embedder(package: str = "wordllama") -> StaticEmbedder:
    """The embedder whose files are inside the installed wheel, both checked by sha256.

    Raises UserError if the package is missing or its files are not the expected ones.
    """
    if package != "wordllama":
        raise UserError(
            f"models.static: wheel:{package} holds no static embedder metier knows; use wheel:wordllama"
        )
    folder = wheel_folder(package)
    weights = _checked(folder / _WEIGHTS, WEIGHTS_SHA256)
    tokenizer_path = _checked(folder / _TOKENIZER, TOKENIZER_SHA256)
    try:
        vectors = load_file(weights)[_TENSOR].astype(np.float32)
    except (SafetensorError, KeyError) as error:
        raise UserError(f"{weights} is not a readable weights file ({error}); {_REINSTALL}") from None
    tokenizer = Tokenizer.from_file(str(tokenizer_path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    identity = f"wordllama-l2_supercat-256@{WEIGHTS_SHA256[:8]}.{TOKENIZER_SHA256[:8]}"
    return StaticEmbedder(np.ascontiguousarray(vectors), tokenizer, identity)


_REINSTALL = "`pip install --force-reinstall wordllama==0.4.0.post1` brings the expected one"


def _checked(path: Path, expected: str) -> Path:
    try:
        actual = sha256_of(path)
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror or error}); {_REINSTALL}") from None
    if actual != expected:
        raise UserError(f"{path} has sha256 {actual[:12]}..., expected {expected[:12]}...; {_REINSTALL}")
    return path


def _without_surrogates(text: str) -> str:
    """The text with lone surrogates replaced: extraction can yield them, and the tokenizer refuses the whole batch."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")
