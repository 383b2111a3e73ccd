import numpy as np
import pytest

from metier.generate.candidates import candidates
from metier.generate.scoring import (
    FEATURES,
    feature_matrix,
    is_deep,
    probabilities,
    read_question,
    without_sentences,
)
from metier.text.vocabulary import count_terms
from tests.builders import WordEmbedder, evidence, passage

VOCABULARY = count_terms(["claim day", "claim refuse", "pump store", "pump weigh kg"])


class Deep:
    """Sentence vectors of everything, from the word embedder."""

    def __init__(self, items):
        self._items = items

    def embed_queries(self, texts):
        return WordEmbedder().embed_queries(texts)

    def is_begun(self):
        return True

    def of_passages(self, passages):
        return {item.key: WordEmbedder().embed_passages([item.text])[0] for item in self._items}

    def of_texts(self, texts):
        return WordEmbedder().embed_passages(texts)


def features(question, *texts, deep=False):
    items = list(candidates(evidence(*(passage(text, f"d{n}") for n, text in enumerate(texts)))))
    vectors = Deep(items) if deep else None
    asked = read_question(question, "en", WordEmbedder())
    matrix = feature_matrix(asked, items, WordEmbedder(), VOCABULARY, vectors)
    return {name: matrix[:, column] for column, name in enumerate(FEATURES)}, matrix


class Begun(Deep):
    """Only the first of the items has a vector; notes what is made on the spot."""

    def __init__(self, items, begun=True):
        super().__init__(items[:1])
        self._begun = begun
        self.made = []

    def is_begun(self):
        return self._begun

    def of_texts(self, texts):
        self.made += texts
        return super().of_texts(texts)


def half_deepened(begun=True, shallow=None):
    texts = [
        "The pump is stored dry.",
        *(f"Note {n} on pumps." for n in range(40)),
        "Claims are due within 30 days.",
    ]
    items = list(candidates(evidence(*(passage(text, f"d{n}") for n, text in enumerate(texts)))))
    vectors = Begun(items, begun)
    asked = read_question("Within how many days are claims due?", "en", WordEmbedder())
    matrix = feature_matrix(asked, items, WordEmbedder(), VOCABULARY, vectors, shallow)
    return matrix[:, FEATURES.index("deep_missing")], matrix[:, FEATURES.index("deep")], vectors.made


def test_the_likeliest_without_a_vector_get_one_on_the_spot():
    missing, deep, made = half_deepened(shallow={"sentence_coverage": 1.0})
    assert missing[[0, -1]].tolist() == [0.0, 0.0]
    assert made[0] == "Handbook: Claims are due within 30 days.", "as deepening would make it"
    assert len(made) == 24
    assert missing.sum() == 42 - 1 - 24
    assert deep[-1] == deep.max()


def test_none_is_made_where_no_look_chooses_or_hardly_anything_is_deepened():
    for missing, _, made in (half_deepened(), half_deepened(False, {"sentence_coverage": 1.0})):
        assert not made
        assert missing.sum() == 41


def test_shared_words_numbers_and_types_are_seen():
    found, matrix = features(
        "Within how many days are claims due?", "Claims are due within 30 days.", "The pump is stored dry."
    )
    assert matrix.shape == (2, len(FEATURES))
    assert found["sentence_coverage"][0] > found["sentence_coverage"][1]
    assert found["type_match"].tolist() == [1.0, 0.0]
    assert found["type_mismatch"].tolist() == [0.0, 1.0]
    assert found["cosine_sentence"][0] > found["cosine_sentence"][1]


def test_a_code_of_the_question_that_is_nowhere_near_is_missed():
    found, _ = features("What does the AX-900 weigh?", "The AX-900 weighs 12 kg.", "The AX-100 weighs 9 kg.")
    assert found["missing_code_near"].tolist() == [0.0, 1.0]


def test_a_sentence_that_only_repeats_the_question_has_no_news():
    found, _ = features("When are claims due?", "Claims due.", "Claims are due in March.")
    assert found["no_news"].tolist() == [1.0, 0.0]


def test_a_heading_is_no_finished_sentence():
    found, _ = features(
        "When are claims due?", "For claims in Derby only", 'They are "due in March."', "Due in May:"
    )
    assert found["unfinished"].tolist() == [1.0, 0.0, 0.0]


def test_sentence_vectors_are_used_where_there_are_some():
    shallow, flat = features("When are claims due?", "Claims are due in March.")
    deep, matrix = features("When are claims due?", "Claims are due in March.", "The pump is dry.", deep=True)
    assert shallow["deep_missing"].tolist() == [1.0]
    assert not is_deep(flat)
    assert is_deep(matrix)
    assert deep["deep"][0] > deep["deep"][1]
    assert deep["deep_gap"][0] == 0
    assert not is_deep(without_sentences(matrix))
    assert is_deep(matrix)  # the original is left alone


def test_no_candidates_no_rows():
    asked = read_question("Anything?", "en", WordEmbedder())
    assert feature_matrix(asked, [], WordEmbedder(), VOCABULARY).shape == (0, len(FEATURES))


def test_probabilities_sum_to_one_and_follow_the_weights():
    matrix = np.zeros((3, len(FEATURES)))
    matrix[:, FEATURES.index("deep")] = [2.0, 1.0, -5.0]
    chance = probabilities(matrix, {"deep": 1.0})
    assert chance.sum() == pytest.approx(1.0)
    # exp(2), exp(1), exp(-5) and exp(0) for abstaining
    assert chance[0] / chance[3] == pytest.approx(np.e**2)
    assert chance[0] > chance[1] > chance[3] > chance[2]


def test_another_name_than_the_one_asked_for_is_told():
    asked = read_question("What is the hotel ceiling in Spain?", "en", WordEmbedder())
    options = list(
        candidates(
            evidence(
                passage("The hotel ceiling in Germany is EUR 135.", "d1"),
                passage("The hotel ceiling in Spain is EUR 120.", "d2"),
                passage("The hotel ceiling is EUR 100.", "d3"),
            )
        )
    )
    matrix = feature_matrix(asked, options, WordEmbedder(), VOCABULARY)
    other, missing = (
        matrix[:, FEATURES.index(name)].tolist() for name in ("other_name", "missing_name_near")
    )
    assert (other, missing) == ([1, 0, 0], [1, 0, 1])


def test_the_kind_of_value_and_the_acronym_that_are_asked_for_are_seen():
    found, _ = features(
        "How many watts does the pump draw?", "It draws 180 W.", "It delivers 25 l/h.", "It is red."
    )
    assert found["kind_told"].tolist() == [1, 0, 0]
    assert found["kind_other"].tolist() == [0, 1, 1]
    found, _ = features("Which EBIT did pumps earn?", "EBIT of pumps was 5.", "Revenue of pumps was 50.")
    assert found["missing_acronym"].tolist() == [0, 1]
    assert not found["kind_told"].any()
    assert not found["kind_other"].any()
