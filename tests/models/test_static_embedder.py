"""The static embedder: the law of its vectors, odd text, damaged files."""

from pathlib import Path

import numpy as np
import pytest

from metier.errors import UserError
from metier.models import static_embedder
from metier.models.static_embedder import StaticEmbedder, load_static_embedder
from metier.stages import Embedder


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    return load_static_embedder()


def test_is_an_embedder_with_a_pinned_identity(embedder: StaticEmbedder) -> None:
    stage: Embedder = embedder
    assert stage.dimension == 256
    assert stage.identity == "wordllama-l2_supercat-256@64b47a2d.93248f2a"


def test_vectors_are_unit_float32_and_empty_text_is_zero(embedder: StaticEmbedder) -> None:
    vectors = embedder.embed_passages(["A notice period of six weeks.", "", " \n\t", "Kündigungsfrist"])
    assert vectors.dtype == np.float32
    assert vectors.shape == (4, 256)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 0, 1], abs=1e-6)


def test_no_texts_give_no_rows(embedder: StaticEmbedder) -> None:
    assert embedder.embed_queries([]).shape == (0, 256)


def test_related_texts_are_nearer_than_unrelated_ones(embedder: StaticEmbedder) -> None:
    question, near, far = embedder.embed_queries(
        [
            "How many vacation days do employees get?",
            "Staff receive 30 days of annual leave.",
            "Pump pressure",
        ]
    )
    assert question @ near > question @ far + 0.1


def test_a_vector_does_not_depend_on_its_batch(embedder: StaticEmbedder) -> None:
    texts = [f"clause {n} of the contract " * (n % 7 + 1) for n in range(600)]  # more than two batches
    together = embedder.embed_passages(texts)
    for n in (0, 255, 256, 599):
        assert np.array_equal(together[n], embedder.embed_passages([texts[n]])[0])


ODD = [
    "Zwei  Leerzeichen   und\ttabs\nlines \n  indented",
    "a</s> b <s>c <unk>",
    "x \u2581y\u2581 z",
    "🙂 中文 naïve-Kündigung\u00a0fest",
    "word " * 50 + "q" * 100,
]


def test_a_text_has_the_tokens_that_the_tokenizer_gives_the_whole_of_it(
    embedder: StaticEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static_embedder, "_REMEMBERED", 20)  # forgets in between
    whole = [
        encoding.ids for encoding in embedder._tokenizer.encode_batch_fast(ODD, add_special_tokens=False)
    ]
    for _ in range(2):
        assert embedder._tokens(ODD) == whole
        assert [embedder._tokens([text])[0] for text in ODD] == whole
    assert all(len(word) <= static_embedder._LONGEST for word in embedder._known)


def test_no_token_goes_over_the_beginning_of_a_word(embedder: StaticEmbedder) -> None:
    mark = "\u2581"
    assert not [token for token in embedder._tokenizer.get_vocab() if mark in token.lstrip(mark)]


@pytest.mark.parametrize(
    "text", ["lone \ud800 surrogate", "nul \x00 byte", "中文 🙂", "\u202eabc", "a" * 100_000]
)
def test_odd_text_still_has_a_vector(embedder: StaticEmbedder, text: str) -> None:
    (vector,) = embedder.embed_passages([text])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_changed_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "l2_supercat_256.safetensors").write_bytes(b"not the weights")
    monkeypatch.setattr(static_embedder, "wheel_folder", lambda package: tmp_path)
    with pytest.raises(
        UserError,
        match=r"l2_supercat_256.safetensors has sha256 .* expected .*; `pip install --force-reinstall",
    ):
        load_static_embedder()


def test_missing_weights_and_unknown_packages_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match="use wheel:wordllama"):
        load_static_embedder("numpy")
    monkeypatch.setattr(static_embedder, "wheel_folder", lambda package: tmp_path)
    with pytest.raises(UserError, match="cannot be read"):
        load_static_embedder()


def test_a_question_in_capitals_is_read_in_small_letters(embedder: StaticEmbedder) -> None:
    capitals, small = embedder.embed_queries(["MEASUREMENT OF LIQUIDS", "measurement of liquids"])
    assert np.array_equal(capitals, small)
    passages = embedder.embed_passages(["MEASUREMENT OF LIQUIDS", "measurement of liquids"])
    assert not np.array_equal(*passages)  # an index stays as it is
