import math

import numpy as np
import pytest

from metier.models.transformer import Layer, Linear, Norm, Pairs, encode, mean_states

SIZE, HEADS, INNER = 8, 2, 12


def layer(rng: np.random.Generator) -> Layer:
    def linear(rows: int, columns: int) -> Linear:
        weight = rng.normal(0, 0.5, (rows, columns)).astype(np.float32)
        return Linear(weight, rng.normal(0, 0.1, columns).astype(np.float32))

    def norm() -> Norm:
        weight = rng.uniform(0.5, 1.5, SIZE).astype(np.float32)
        return Norm(weight, rng.normal(0, 0.1, SIZE).astype(np.float32))

    return Layer(
        linear(SIZE, 3 * SIZE), linear(SIZE, SIZE), norm(), linear(SIZE, INNER), linear(INNER, SIZE), norm()
    )


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


def test_encode_agrees_with_the_definition_for_texts_of_any_length():
    rng = np.random.default_rng(7)
    layers = [layer(rng), layer(rng)]
    texts = [rng.normal(0, 1, (count, SIZE)).astype(np.float32) for count in (1, 5, 3)]
    states = encode(np.concatenate(texts), [1, 5, 3], layers, HEADS)
    expected = np.concatenate([by_the_book(text, layers) for text in texts])
    assert states == pytest.approx(
        expected, abs=5e-3
    )  # the tanh form of GELU differs by up to 0.0005 a layer


def test_a_text_is_read_alike_whatever_stands_beside_it():
    rng = np.random.default_rng(8)
    layers = [layer(rng)]
    one, other = (rng.normal(0, 1, (4, SIZE)).astype(np.float32) for _ in range(2))
    alone = encode(one, [4], layers, HEADS)
    beside = encode(np.concatenate([other, one]), [4, 4], layers, HEADS)[4:]
    assert beside == pytest.approx(alone, abs=1e-5)


def test_the_input_is_kept():
    rng = np.random.default_rng(9)
    x = rng.normal(0, 1, (3, SIZE)).astype(np.float32)
    before = x.copy()
    encode(x, [3], [layer(rng)], HEADS)
    assert (x == before).all()


def test_mean_states():
    states = np.array([[1, 2], [3, 4], [5, 6]], dtype=np.float32)
    assert mean_states(states, [2, 1]).tolist() == [[2, 3], [5, 6]]


def test_parts_that_may_not_look_across_are_read_as_if_alone():
    rng = np.random.default_rng(10)
    layers = [layer(rng), layer(rng)]
    one, other = (rng.normal(0, 1, (count, SIZE)).astype(np.float32) for count in (3, 4))
    both = np.concatenate([one, other])
    shut = encode(both, [7], layers, HEADS, Pairs([3], np.full((2, HEADS), -1e9, dtype=np.float32)))
    assert shut == pytest.approx(encode(both, [3, 4], layers, HEADS), abs=1e-5)
    open_wide = encode(both, [7], layers, HEADS, Pairs([3], np.zeros((2, HEADS), dtype=np.float32)))
    assert open_wide == pytest.approx(encode(both, [7], layers, HEADS), abs=1e-5)
