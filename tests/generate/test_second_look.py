import numpy as np
import pytest

from metier.generate.candidates import candidates
from metier.generate.extractive import ExtractiveGenerator
from metier.generate.scoring import FEATURES
from metier.generate.second_look import READ, most_promising, reading_text, with_reading
from metier.text.vocabulary import count_terms
from metier.types import Query
from tests.builders import WordEmbedder, evidence, passage

VOCABULARY = count_terms(["claim day", "flu bed"])


class FluReader:
    """Knows that a bed cures the flu, and counts what it was given."""

    def __init__(self):
        self.given = []

    def score(self, question, texts):
        self.given.append((question, list(texts)))
        return np.array([6.0 if "bed" in text else -6.0 for text in texts], dtype=np.float32)


def test_the_most_promising_come_first_and_abstaining_is_none_of_them():
    assert most_promising(np.array([0.1, 0.3, 0.2, 0.4])).tolist() == [1, 2, 0]
    assert len(most_promising(np.full(100, 0.01))) == READ


def test_the_scores_become_features_and_the_others_stay():
    before = np.arange(2 * len(FEATURES), dtype=float).reshape(2, -1)
    read = with_reading(before, np.array([4.0, -4.0], dtype=np.float32))
    column = {name: read[:, FEATURES.index(name)].tolist() for name in FEATURES}
    assert column["read"] == [1.0, -1.0]
    assert column["read_gap"] == [0.0, -2.0]
    assert column["read_best"] == [1.0, 1.0]
    assert column["read_chance"] == pytest.approx([0.982, 0.018], abs=1e-3)
    assert column["bias"] == before[:, FEATURES.index("bias")].tolist()


def test_nothing_to_read():
    assert with_reading(np.zeros((0, len(FEATURES))), np.zeros(0, dtype=np.float32)).shape == (
        0,
        len(FEATURES),
    )


def test_the_reader_sees_where_a_sentence_stands():
    (option,) = candidates(evidence(passage("Stay in bed.", "d1", title="Illness")))
    assert reading_text(option) == "Illness: Stay in bed."


def test_what_the_reader_finds_is_quoted_though_no_word_is_shared():
    models = {
        "weights": {"sentence_coverage": 1.0},
        "read": {"weights": {"read": 5.0}},
    }
    reader = FluReader()
    found = evidence(passage("The flu is discussed here. Stay in bed.", "d1"))
    query = Query("What helps against the flu?", "en")
    draft = ExtractiveGenerator(models, WordEmbedder(), lambda: VOCABULARY, reader=reader).generate(
        query, found
    )
    assert [item.text for item in draft.statements] == ["Stay in bed."]
    assert draft.confidence > 0.9
    ((question, texts),) = reader.given
    assert question == query.text
    assert len(texts) == 2


def test_without_weights_for_it_nothing_is_read():
    reader = FluReader()
    generator = ExtractiveGenerator({"weights": {}}, WordEmbedder(), lambda: VOCABULARY, reader=reader)
    generator.generate(Query("What helps?", "en"), evidence(passage("Stay in bed.", "d1")))
    assert reader.given == []


def test_more_parts_than_are_read_are_answered_all_the_same():
    models = {"weights": {"sentence_coverage": 1.0}, "read": {"weights": {"read": 5.0}, "confidence": None}}
    parts = tuple(f"What helps against flu number {number}?" for number in range(READ + 1))
    generator = ExtractiveGenerator(models, WordEmbedder(), lambda: VOCABULARY, reader=FluReader())
    found = evidence(passage("The flu is discussed here. Stay in bed.", "d1"))
    assert generator.generate(Query(" ".join(parts), "en", parts), found).statements
