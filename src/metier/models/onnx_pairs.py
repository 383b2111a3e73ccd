"""An ONNX model that reads two texts together (cross-encoder, entailment): one number per label for each pair.

One pair is read at a time, on the machine's cores: nothing is computed for padding, and a pair's numbers are the same whatever
is read before it. Takes the inputs `input_ids`, `attention_mask` and `token_type_ids`, as many of them as the graph has.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from metier.errors import ModelUnavailable, UserError
from metier.models.pair_files import PairFiles

Floats = NDArray[np.float32]

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_KINDS = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
_MOST_TOKENS = 512  # of both texts: more costs time by its square, and passages are shorter
_PER_TOKEN = (
    16  # characters of a text for each token read: no text is tokenized that is far longer than what is read
)
_PROBES = (
    ("Wie lange?", "Sechs Wochen."),
    ("How long is the notice period?", "The notice period is six weeks. " * 8),
)


class OnnxPairs:
    """The graph with its tokenizer; safe to share between threads."""

    def __init__(self, session: Any, tokenizer: Tokenizer, identity: str) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self.identity = identity
        self._kinds = {item.name: _KINDS[item.type] for item in session.get_inputs()}
        names = [item.name for item in session.get_outputs()]
        self._output = "logits" if "logits" in names else names[0]

    def logits(self, first: str, second: str) -> Floats:
        """Shape (labels,). Raises ModelUnavailable where the model fails or gives no numbers."""
        try:
            found = np.asarray(self._run(first, second), dtype=np.float32).reshape(-1)
        except Exception as error:  # onnxruntime's errors have no base of their own
            raise ModelUnavailable(f"{self.identity} cannot read a pair of texts: {_words(error)}") from error
        if not np.isfinite(found).all():
            raise ModelUnavailable(f"{self.identity} gives no number for a pair of texts")
        return found

    def shape(self, first: str, second: str) -> tuple[int, ...]:
        """Of what the graph gives for one pair."""
        return np.asarray(self._run(first, second)).shape

    def _run(self, first: str, second: str) -> Any:
        read = self._tokenizer.encode(_clean(first), _clean(second))
        columns = {
            "input_ids": read.ids,
            "attention_mask": read.attention_mask,
            "token_type_ids": read.type_ids,
        }
        given = {name: np.array([columns[name]], dtype=kind) for name, kind in self._kinds.items()}
        return self._session.run([self._output], given)[0]


def open_pairs(files: PairFiles, slot: str) -> tuple[OnnxPairs, int]:
    """The model, tried on two pairs, and how many labels it has; shared by all workspaces of a process. Raises UserError
    where the files are no such model."""
    most = most_tokens(files.config, files.tokenizer_config)
    return _open_once(files.model.path, files.tokenizer.path, files.identity, most, slot)


def most_tokens(*configs: Mapping[str, Any]) -> int:
    """Tokens of both texts that are read: as few as the configurations say."""
    said = [
        config.get(name) for config in configs for name in ("max_position_embeddings", "model_max_length")
    ]
    return min([_MOST_TOKENS, *(int(item) for item in said if isinstance(item, int | float) and item >= 1)])


@lru_cache(maxsize=4)
def _open_once(path: Path, tokenizer: Path, identity: str, most: int, slot: str) -> tuple[OnnxPairs, int]:
    session = _session(path, slot)
    _check_inputs(session, path, slot)
    model = OnnxPairs(session, _tokenizer(tokenizer, most, slot), identity)
    return model, _labels(model, path, slot)


def _session(path: Path, slot: str) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry(
        "session.intra_op.allow_spinning", "0"
    )  # cores are shared with everything else
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as above
        raise UserError(
            f"{slot}: {path} cannot be loaded: {_words(error)}; export the model again"
        ) from error


def _tokenizer(path: Path, most: int, slot: str) -> Tokenizer:
    try:
        found = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises Exception itself
        raise UserError(f"{slot}: {path} cannot be read: {_words(error)}; export the model again") from error
    own = (found.truncation or {}).get("max_length", most)
    found.no_padding()
    found.enable_truncation(min(most, own), strategy="longest_first")
    return found


def _check_inputs(session: Any, path: Path, slot: str) -> None:
    wanted = {item.name: item.type for item in session.get_inputs()}
    other = [name for name, kind in wanted.items() if name not in _INPUTS or kind not in _KINDS]
    if other or "input_ids" not in wanted:
        raise UserError(
            f"{slot}: {path} takes {', '.join(f'{name} ({kind})' for name, kind in wanted.items())}; metier gives "
            f"{', '.join(_INPUTS)} as whole numbers. Is it a cross-encoder that sentence-transformers or optimum exported?"
        )


def _labels(model: OnnxPairs, path: Path, slot: str) -> int:
    """How many numbers come for a pair, the same for texts of any length."""
    try:
        shapes = {model.shape(*probe) for probe in _PROBES}
    except Exception as error:  # as above
        raise UserError(
            f"{slot}: {path} cannot read a pair of texts: {_words(error)}; export it with its tokenizer, and with axes "
            "that are free in length"
        ) from error
    shape = min(shapes)
    if len(shapes) > 1 or shape[:1] != (1,) or len(shape) > 2:
        told = " and ".join(str(item) for item in sorted(shapes))
        raise UserError(f"{slot}: {path} gives {told} for one pair; expected (1, labels): is it an embedder?")
    return int(np.prod(shape))


def _clean(text: str) -> str:
    """What the tokenizer is given: not empty, not far longer than what is read, no half characters."""
    part = text[: _PER_TOKEN * _MOST_TOKENS].replace("\0", " ")
    return part.encode("utf-8", "ignore").decode("utf-8").strip() or "."


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
