import math

import numpy as np
import pytest

from metier.models import transformer
from metier.models.transformer import GRAPHS, HEADS, INNER, SIZE, Encoder, Layer, Linear, Norm


def layer(rng: np.random.Generator) -> Layer:
    def linear(rows: int, columns: int) -> Linear:
        weight = rng.normal(0, 1 / math.sqrt(rows), (rows, columns)).astype(np.float32)
        return Linear(weight, rng.normal(0, 0.1, columns).astype(np.float32))

    def norm() -> Norm:
        weight = rng.uniform(0.5, 1.5, SIZE).astype(np.float32)
        return Norm(weight, rng.normal(0, 0.1, SIZE).astype(np.float32))

    return Layer(
        linear(SIZE, 3 * SIZE), linear(SIZE, SIZE), norm(), linear(SIZE, INNER), linear(INNER, SIZE), norm()
    )


def drawn(rng, *lengths):
    return [rng.normal(0, 1, (count, SIZE)).astype(np.float32) for count in lengths]


def by_the_book(x, layers):
    """One text, float64, written from the definition: softmax(QK'/sqrt(d))V per head, exact GELU, norm after adding."""
    x = x.astype(float)

    def norm(v, n):
        return np.array(
            [(row - row.mean()) / math.sqrt(row.var() + n.epsilon) * n.weight + n.bias for row in v]
        )

    for one in layers:
        qkv = x @ one.qkv.weight + one.qkv.bias
        width = SIZE // HEADS
        heads = []
        for head in range(HEADS):
            q, k, v = (
                qkv[:, part * SIZE + head * width : part * SIZE + (head + 1) * width] for part in range(3)
            )
            rows = []
            for query in q:
                weights = np.exp([query @ key / math.sqrt(width) for key in k])
                rows.append(weights @ v / weights.sum())
            heads.append(np.array(rows))
        x = norm(x + np.hstack(heads) @ one.out.weight + one.out.bias, one.attention_norm)
        up = x @ one.up.weight + one.up.bias
        gelu = np.vectorize(lambda value: value * 0.5 * (1 + math.erf(value / math.sqrt(2))))(up)
        x = norm(x + gelu @ one.down.weight + one.down.bias, one.norm)
    return x


def alike(one, other):
    """The cosine of the states of each token, the least of them."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return float(((one * other).sum(axis=1) / lengths).min())


@pytest.mark.parametrize("kind", ["s8", "u8"])
def test_the_states_are_those_of_the_definition_up_to_eight_bits(monkeypatch, kind):
    monkeypatch.setattr(transformer, "_kind", lambda: kind)
    rng = np.random.default_rng(7)
    layers = [layer(rng), layer(rng)]
    texts = drawn(rng, 1, 9, 3)
    states = Encoder(layers)(texts)
    for text, found in zip(texts, states, strict=True):
        expected = by_the_book(text, layers)
        assert found.shape == expected.shape
        assert alike(found, expected) > 0.999
        assert found == pytest.approx(expected, abs=0.15)  # states run from about -4 to 4


def test_a_text_is_read_alike_whatever_stands_beside_it():
    rng = np.random.default_rng(8)
    encoder = Encoder([layer(rng)])
    one, other, third = drawn(rng, 4, 7, 2)
    (alone,) = encoder([one])
    assert (encoder([other, one, third])[1] == alone).all()


def test_each_of_many_texts_is_read_as_if_alone_and_keeps_its_place(monkeypatch):
    monkeypatch.setattr(transformer, "_TOGETHER", 3)
    rng = np.random.default_rng(12)
    layers = [layer(rng), layer(rng)]
    encoder, across = Encoder(layers), np.full((2, HEADS), -2, dtype=np.float32)
    texts = drawn(rng, *range(2, 13))
    for text, states, pair in zip(texts, encoder(texts), encoder.pairs(texts, 2, across), strict=True):
        assert (states == encoder([text])[0]).all()
        assert (pair == encoder.pairs([text], 2, across)[0]).all()


def test_layers_may_be_left_out():
    rng = np.random.default_rng(9)
    layers = [layer(rng), layer(rng)]
    texts = drawn(rng, 3)
    assert (Encoder(layers)(texts, 1)[0] == Encoder(layers[:1])(texts)[0]).all()


def test_the_input_is_kept():
    rng = np.random.default_rng(9)
    (x,) = drawn(rng, 3)
    before = x.copy()
    Encoder([layer(rng)])([x])
    assert (x == before).all()


def test_no_texts():
    assert Encoder([layer(np.random.default_rng(0))])([]) == []


def test_parts_that_may_not_look_across_are_read_as_if_alone():
    rng = np.random.default_rng(10)
    encoder = Encoder([layer(rng), layer(rng)])
    one, other = drawn(rng, 3, 4)
    both = np.concatenate([one, other])
    (shut,) = encoder.pairs([both], 3, np.full((2, HEADS), -1e9, dtype=np.float32))
    assert alike(shut, np.concatenate(encoder([one, other]))) > 0.999
    (open_wide,) = encoder.pairs([both], 3, np.zeros((2, HEADS), dtype=np.float32))
    assert open_wide == pytest.approx(encoder([both])[0], abs=1e-5)
    assert alike(open_wide, shut) < 0.999


def test_the_norm_is_that_of_the_definition():
    rng = np.random.default_rng(11)
    x = rng.normal(2, 3, (4, SIZE)).astype(np.float32)
    norm = Norm(np.full(SIZE, 2, dtype=np.float32), np.full(SIZE, 1, dtype=np.float32))
    expected = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True) * 2 + 1
    assert norm(x) == pytest.approx(expected, abs=1e-4)


def test_the_graphs_are_those_that_the_recipe_writes():
    onnx = pytest.importorskip("onnx")
    from benchmarks import build_layer

    kinds = {"s8": onnx.TensorProto.INT8, "u8": onnx.TensorProto.UINT8}
    for name, kind in kinds.items():
        assert onnx.load_model_from_string(GRAPHS[name].read_bytes()) == build_layer.layer(kind)
