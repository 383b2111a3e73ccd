"""A tiny cross-encoder written as ONNX by code, with its tokenizer, and the same computation in numpy."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

SIZE = 8
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
WORDS = [
    "how",
    "long",
    "is",
    "the",
    "notice",
    "period",
    "six",
    "weeks",
    "to",
    "end",
    "of",
    "a",
    "quarter",
    "parking",
    "canteen",
    "closed",
    "noon",
    "not",
    "two",
    "days",
    "pump",
    ".",
    "?",
    ":",
]


@dataclass
class Tiny:
    """What is written: one attention layer over word vectors, their mean, a linear head of `labels` numbers."""

    labels: int = 1
    inputs: Sequence[str] = INPUTS
    kind: int = TensorProto.INT64
    output: str = "logits"
    flat: bool = False  # (pairs,) instead of (pairs, 1)
    per_token: bool = False  # no mean: an embedder's output
    words: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)  # vectors to use for some words
    bias: Sequence[float] = ()
    seed: int = 7

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        self.tokenizer = tokenizer()
        count = self.tokenizer.get_vocab_size()
        self.array: dict[str, NDArray[np.float32]] = {
            "words": rng.normal(size=(count, SIZE)).astype(np.float32),
            "types": rng.normal(size=(2, SIZE)).astype(np.float32),
            **{name: rng.normal(size=(SIZE, SIZE)).astype(np.float32) for name in ("query", "key", "value")},
            "head": rng.normal(size=(SIZE, self.labels)).astype(np.float32),
            "bias": np.array(self.bias or [0.0] * self.labels, dtype=np.float32),
        }
        for word, vector in self.words.items():
            self.array["words"][self.tokenizer.token_to_id(word)] = vector

    def logits(self, first: str, second: str) -> NDArray[np.float32]:
        """By numpy, for a pair that is not cut."""
        read, a = self.tokenizer.encode(first, second), self.array
        x = a["words"][read.ids]
        if "token_type_ids" in self.inputs:
            x = x + a["types"][read.type_ids]
        scores = (x @ a["query"]) @ (x @ a["key"]).T / np.sqrt(SIZE)
        look = np.exp(scores - scores.max(axis=-1, keepdims=True))
        look /= look.sum(axis=-1, keepdims=True)
        states = x + look @ (x @ a["value"])
        found: NDArray[np.float32] = states.mean(axis=0) @ a["head"] + a["bias"]
        return found

    def write(self, folder: Path, config: Mapping[str, Any] | None = None, name: str = "model.onnx") -> Path:
        """The folder, with model, tokenizer.json and config.json (unless it is None)."""
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        onnx.save(self._graph(), folder / name)
        self.tokenizer.save(str(folder / "tokenizer.json"))
        if config is not None:
            (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        return folder

    def _graph(self) -> onnx.ModelProto:
        def node(kind: str, inputs: Sequence[str], output: str, **more: Any) -> onnx.NodeProto:
            return helper.make_node(kind, inputs, [output], **more)

        nodes = [node("Gather", ["words", "input_ids"], "x0")]
        if "token_type_ids" in self.inputs:
            nodes += [node("Gather", ["types", "token_type_ids"], "t"), node("Add", ["x0", "t"], "x")]
        else:
            nodes += [node("Identity", ["x0"], "x")]
        nodes += [node("MatMul", ["x", name], name[0]) for name in ("query", "key", "value")]
        nodes += [
            node("Transpose", ["k"], "kt", perm=[0, 2, 1]),
            node("MatMul", ["q", "kt"], "s0"),
            node("Div", ["s0", "root"], "s"),
            node("Softmax", ["s"], "look", axis=-1),
            node("MatMul", ["look", "v"], "seen"),
            node("Add", ["x", "seen"], "states"),
            node("ReduceMean", ["states"], "mean", axes=[1], keepdims=0),
            node("MatMul", ["states" if self.per_token else "mean", "head"], "l0"),
            node("Add", ["l0", "bias"], "l1"),
            node("Reshape", ["l1", "flat"], self.output)
            if self.flat
            else node("Identity", ["l1"], self.output),
        ]
        arrays = {**self.array, "root": np.array(np.sqrt(SIZE), dtype=np.float32)}
        constants = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
        constants.append(numpy_helper.from_array(np.array([-1], dtype=np.int64), "flat"))
        given = [helper.make_tensor_value_info(name, self.kind, ["pairs", "tokens"]) for name in self.inputs]
        told = [helper.make_tensor_value_info(self.output, TensorProto.FLOAT, None)]
        graph = helper.make_graph(nodes, "tiny", given, told, constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def tokenizer() -> Tokenizer:
    """Whole words of WORDS, pairs marked as BERT marks them."""
    vocabulary = {word: place for place, word in enumerate(("[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS))}
    found = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    found.normalizer = normalizers.Lowercase()
    found.pre_tokenizer = pre_tokenizers.Whitespace()
    found.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return found


def favouring(word: str, labels: int = 1) -> Tiny:
    """A model whose first number is the higher, the larger the share of the word among all words is."""
    tiny = Tiny(labels)
    for name in ("words", "types", "value", "head"):
        tiny.array[name][:] = 0.0
    tiny.array["words"][tiny.tokenizer.token_to_id(word)] = 10.0
    tiny.array["head"][:, 0] = 1.0
    return tiny
