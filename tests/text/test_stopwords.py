from metier.text.stopwords import NEGATIONS, SEARCH_STOP_WORDS, STOP_WORDS


def test_a_verifier_can_tell_negations_from_grammar() -> None:
    for language, negations in NEGATIONS.items():
        assert not negations & STOP_WORDS[language]
        assert negations <= SEARCH_STOP_WORDS[language]
