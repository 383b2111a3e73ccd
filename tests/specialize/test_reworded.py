from metier.specialize.reworded import reworded_questions
from tests.builders import passage, table
from tests.fakes import HashEmbedder

TEXT = "Whoever closes the upper valve of the pump {n} reads the pressure at the gauge and signs the sheet of the shift."


def corpus(count: int = 20) -> list:
    return [passage(TEXT.format(n=n), f"d{n}", id=f"p{n}") for n in range(count)]


class Pairs(HashEmbedder):
    """Knows that two words mean nearly the same, and nothing else."""

    def embed_passages(self, texts):  # type: ignore[no-untyped-def]
        out = super().embed_passages(["valve" if text == "gauge" else text for text in texts])
        return out


def test_a_question_has_words_of_one_sentence_and_the_passage_stays_whole() -> None:
    found = reworded_questions(corpus(), HashEmbedder(256), 10)
    assert len(found) == 10
    for item in found:
        words = item.question.split()
        assert 3 <= len(words) < 10
        assert all(word.lower() in item.passage.text.lower() for word in words)
        assert item.passage.text == TEXT.format(n=item.passage.id[1:])
        assert not item.is_heading


def test_words_are_exchanged_for_near_ones_and_never_for_their_own_forms() -> None:
    texts = [f"{TEXT.format(n=n)} The closing was written down." for n in range(40)]
    asked = reworded_questions(
        [passage(text, f"d{n}", id=f"p{n}") for n, text in enumerate(texts)], Pairs(256), 40
    )
    plain = reworded_questions(
        [passage(text, f"d{n}", id=f"p{n}") for n, text in enumerate(texts)], HashEmbedder(256), 40
    )
    changed = [
        (a, b)
        for one, other in zip(asked, plain, strict=True)
        for a, b in zip(one.question.split(), other.question.split(), strict=True)
        if a != b
    ]
    assert changed
    assert set(changed) <= {("gauge", "valve"), ("valve", "gauge")}


def test_the_same_passages_give_the_same_questions_and_tables_none() -> None:
    assert reworded_questions(corpus()[::-1], HashEmbedder(64), 9) == reworded_questions(
        corpus(), HashEmbedder(64), 9
    )
    nothing = [table(TEXT, "t"), passage("Too short.", "d"), passage("", "e")]
    assert reworded_questions(nothing, HashEmbedder(64), 9) == []
    assert reworded_questions([], HashEmbedder(64), 9) == []
