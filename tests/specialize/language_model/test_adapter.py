"""Adapters: joined without loss, kept, and written as llama.cpp reads them."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metier.errors import UserError
from metier.specialize.language_model.adapter import Low, joined, load, save, to_gguf

Q, DOWN = "model.layers.1.self_attn.q_proj", "model.layers.0.mlp.down_proj"


def low(out: int, into: int, rank: int, seed: int) -> Low:
    dice = np.random.default_rng(seed)
    return Low(
        dice.normal(size=(rank, into)).astype(np.float32), dice.normal(size=(out, rank)).astype(np.float32)
    )


def read(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """A GGUF file by its specification, independent of what wrote it."""
    place = 0

    def take(form: str) -> Any:
        nonlocal place
        found = struct.unpack_from("<" + form, data, place)
        place += struct.calcsize("<" + form)
        return found[0] if len(found) == 1 else found

    def text() -> str:
        return take(f"{take('Q')}s").decode()

    assert take("4s") == b"GGUF"
    assert take("I") == 3
    tensors, count = take("QQ")
    fields = {}
    for _ in range(count):
        key, kind = text(), take("I")
        fields[key] = text() if kind == 8 else take({6: "f"}[kind])
    told = []
    for _ in range(tensors):
        name, dimensions = text(), take("I")
        shape = [take("Q") for _ in range(dimensions)]
        assert take("I") == 1  # float16
        told.append((name, shape[::-1], take("Q")))
    start = -(-place // 32) * 32
    found = {}
    for name, shape, offset in told:
        assert offset % 32 == 0
        found[name] = (
            np.frombuffer(data, "<f2", int(np.prod(shape)), start + offset).astype("f4").reshape(shape)
        )
    return fields, found


def test_joining_adds_the_changes() -> None:
    one, other = {Q: low(12, 5, 3, 1)}, {Q: low(12, 5, 2, 2), DOWN: low(4, 6, 2, 3)}
    both = joined(one, other)
    assert set(both) == {Q, DOWN}
    assert both[Q].down.shape == (5, 5)
    wanted = one[Q].up @ one[Q].down + other[Q].up @ other[Q].down
    np.testing.assert_allclose(both[Q].up @ both[Q].down, wanted, rtol=1e-5, atol=1e-5)
    assert both[DOWN] is other[DOWN]


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    adapter = {Q: low(12, 5, 3, 1), DOWN: low(4, 6, 2, 3)}
    save(adapter, tmp_path / "a.safetensors")
    again = load(tmp_path / "a.safetensors")
    assert set(again) == set(adapter)
    np.testing.assert_array_equal(again[Q].up, adapter[Q].up)
    np.testing.assert_array_equal(again[DOWN].down, adapter[DOWN].down)


def test_the_file_says_what_llama_cpp_asks_for_and_scales_by_one() -> None:
    adapter = {Q: low(12, 5, 3, 1), DOWN: low(4, 6, 2, 3)}
    fields, tensors = read(to_gguf(adapter, heads=3, key_heads=1))
    assert fields == {
        "general.architecture": "llama",
        "general.type": "adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": 3.0,
    }
    assert list(tensors) == [
        "blk.0.ffn_down.weight.lora_a",
        "blk.0.ffn_down.weight.lora_b",
        "blk.1.attn_q.weight.lora_a",
        "blk.1.attn_q.weight.lora_b",
    ]
    # llama.cpp: alpha / rank of the matrix, times b @ a
    a, b = tensors["blk.0.ffn_down.weight.lora_a"], tensors["blk.0.ffn_down.weight.lora_b"]
    np.testing.assert_allclose(3.0 / 2 * (b @ a), adapter[DOWN].up @ adapter[DOWN].down, rtol=5e-3, atol=5e-3)


def test_query_rows_are_in_llama_cpps_order() -> None:
    """Of each head (4 rows) the first row of the first half, the first of the second half, and so on."""
    up = np.arange(12, dtype=np.float32)[:, None]
    _, tensors = read(to_gguf({Q: Low(np.ones((1, 5), np.float32), up)}, heads=3, key_heads=1))
    told = tensors["blk.1.attn_q.weight.lora_b"][:, 0].tolist()
    assert told == [0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11]


@pytest.mark.parametrize("name", ["lm_head", "model.layers.0.mlp.experts.3.up_proj"])
def test_a_matrix_of_another_kind_is_refused_by_name(name: str) -> None:
    with pytest.raises(UserError, match=name):
        to_gguf({name: low(4, 4, 1, 0)}, heads=1, key_heads=1)
