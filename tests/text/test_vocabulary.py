from metier.text.vocabulary import Vocabulary, count_terms


def test_terms_are_counted_once_per_passage():
    vocabulary = count_terms(["leave leave day", "day pump", "day"])
    assert vocabulary.passages == 3
    assert vocabulary.counts == {"leave": 1, "day": 3, "pump": 1}
    assert "leave" in vocabulary
    assert "price" not in vocabulary


def test_rarer_terms_weigh_more_and_unseen_ones_most():
    vocabulary = count_terms(["leave day", "day pump", "day"])
    assert 0 < vocabulary.idf("day") < vocabulary.idf("leave") < vocabulary.idf("unseen")


def test_an_empty_corpus_has_a_vocabulary():
    assert count_terms([]) == Vocabulary(0, {})
    assert Vocabulary().idf("anything") > 0
