import pytest

from metier.evaluate.making.frames import FRAMES, framed, in_other_language, paraphrased

WORDS = {"title": "Price list (2026)", "key": "Owner", "head": "Price {net}", "row": "Pump 3.1", "one": "A", "two": "B", "value": "yes?",
         "question": "how long is the notice period?"}  # fmt: skip


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_frame_is_known_again_and_put_otherwise(name: str, language: str) -> None:
    question = framed(name, language, **WORDS)
    other = paraphrased(question)
    assert other != question
    for word in WORDS.values():  # what documents say stays
        told = word.lower() if word == WORDS["question"] else word
        assert (told in question) == (told in other) or "notice period" in other


def test_a_question_of_labels_alone_can_be_asked_in_the_other_language() -> None:
    english = framed("cell", "en", title="Price list", head="Net", row="Pump")
    german = framed("cell", "de", title="Price list", head="Net", row="Pump")
    assert (in_other_language(english), in_other_language(german)) == (german, english)
    sentence = 'According to "Lease": how much is the rent?'
    assert in_other_language(sentence) == sentence


def test_sentences_begin_otherwise_and_name_their_document_last() -> None:
    assert paraphrased("How high is the rent?") == "What is the level of the rent?"
    assert paraphrased('According to "Lease": how long is the term?') == (
        'What is the length of the term? Please look it up in "Lease".'
    )
    assert (
        paraphrased("Laut „Vertrag“: Wann endet er?")
        == "An welchem Tag endet er? Bitte in „Vertrag“ nachsehen."
    )
    assert paraphrased("Why?") == "Why?"
