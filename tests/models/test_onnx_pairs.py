"""Pairs through onnxruntime, against the same computation in numpy; and files that are no such model."""

import threading
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

from metier.errors import ModelUnavailable, UserError
from metier.models.onnx_pairs import most_tokens, open_pairs
from metier.models.pair_files import find_pair_files
from metier.settings import Model
from tests.models.tiny_pairs import Tiny

PAIRS = [
    ("how long is the notice period?", "six weeks to the end of a quarter."),
    ("pump", ""),
    ("unknown", "words"),
]


def opened(tiny: Tiny, folder: Path, config: dict[str, object] | None = None):  # type: ignore[no-untyped-def]
    files = find_pair_files(Model(source=f"path:{tiny.write(folder, config)}"), "models.reranker", folder)
    return open_pairs(files, "models.reranker")


@pytest.mark.parametrize(
    "tiny",
    [
        Tiny(),
        Tiny(2),
        Tiny(3, output="scores"),
        Tiny(flat=True),
        Tiny(inputs=("input_ids",)),
        Tiny(inputs=("input_ids", "attention_mask")),
        Tiny(kind=TensorProto.INT32),
    ],
    ids=["one", "two", "three", "flat", "ids alone", "without types", "int32"],
)
def test_the_numbers_are_those_of_numpy(tiny: Tiny, tmp_path: Path) -> None:
    model, labels = opened(tiny, tmp_path)
    assert labels == tiny.labels
    for first, second in PAIRS:
        expected = tiny.logits(first, second or ".")
        np.testing.assert_allclose(model.logits(first, second), expected, rtol=1e-4, atol=1e-4)


def test_a_pair_has_the_same_numbers_whatever_is_read_beside_it(tmp_path: Path) -> None:
    model, _ = opened(Tiny(2), tmp_path)
    alone = model.logits(*PAIRS[0]).tobytes()
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(model.logits(*PAIRS[0]).tobytes())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    model.logits("pump", "pump " * 300)
    for thread in threads:
        thread.join()
    assert found == [alone] * 4


@pytest.mark.parametrize(
    "text", ["", "\0", "\ud800", "pump " * 200_000, "x" * 1_000_000, "😀‮\n\t", " "],
    ids=["empty", "nul", "half", "many words", "one word", "odd", "space"],
)  # fmt: skip
def test_bad_text_breaks_nothing(text: str, tmp_path: Path) -> None:
    model, _ = opened(Tiny(), tmp_path)
    for pair in ((text, "pump"), ("pump", text), (text, text)):
        assert np.isfinite(model.logits(*pair)).all()


def test_no_more_tokens_are_read_than_the_model_has_places(tmp_path: Path) -> None:
    model, _ = opened(Tiny(), tmp_path, {"max_position_embeddings": 12})
    long = ("how long", "pump " * 400)
    assert len(model._tokenizer.encode(*long).ids) == 12
    assert model.logits(*long) == model.logits(
        "how long", "pump " * 7
    )  # 12 with three marks and the question
    assert most_tokens({"max_position_embeddings": 514}, {"model_max_length": 1e30}) == 512


def test_a_model_without_a_number_says_so(tmp_path: Path) -> None:
    tiny = Tiny()
    tiny.array["words"][tiny.tokenizer.token_to_id("pump")] = np.nan
    model, _ = opened(tiny, tmp_path)
    with pytest.raises(ModelUnavailable, match="no number"):
        model.logits("pump", "pump")


def test_files_that_are_no_such_model(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is it an embedder"):
        opened(Tiny(per_token=True), tmp_path / "a")
    with pytest.raises(UserError, match="Is it a cross-encoder"):
        opened(Tiny(inputs=("attention_mask", "input_ids", "pixel_values")), tmp_path / "c")
    broken = Tiny().write(tmp_path / "d")
    (broken / "model.onnx").write_bytes(b"no model")
    files = find_pair_files(Model(source=f"path:{broken}"), "models.reranker", tmp_path)
    with pytest.raises(UserError, match="cannot be loaded"):
        open_pairs(files, "models.reranker")
    torn = Tiny(seed=8).write(tmp_path / "e")
    (torn / "tokenizer.json").write_text("{", encoding="utf-8")
    files = find_pair_files(Model(source=f"path:{torn}"), "models.reranker", tmp_path)
    with pytest.raises(UserError, match=r"tokenizer.json cannot be read"):
        open_pairs(files, "models.reranker")


def test_a_tokenizer_of_another_model_is_noticed(tmp_path: Path) -> None:
    tiny = Tiny()
    tiny.array["words"] = tiny.array["words"][:3]  # fewer words than the tokenizer knows
    with pytest.raises(UserError, match="cannot read a pair of texts"):
        opened(tiny, tmp_path)
