from hypothesis import given
from hypothesis import strategies as st

from metier.extract.align import Centres, align
from metier.extract.raw import RawWord


def printed(*texts: str) -> list[RawWord]:
    return [RawWord(text, (10.0 * number, 0.0, 10.0 * number + 9, 10.0)) for number, text in enumerate(texts)]


def found(text: str, *texts: str) -> list[str]:
    words = printed(*texts)
    return [text[start:end] for start, end, _ in align(text, words, range(len(words)))]


def test_words_in_order():
    assert found("Section 6.2). Next", "Section", "6.2)", ".", "Next") == ["Section", "6.2)", ".", "Next"]


def test_both_halves_of_a_mended_word():
    assert found("the agreement ends", "the", "agree-", "ment", "ends") == ["the", "agree", "ment", "ends"]


def test_words_that_the_text_has_elsewhere():
    assert found("second first", "first", "second") == ["second", "first"]


def test_a_word_that_the_text_does_not_have_is_left_over():
    words = printed("alpha", "watermark", "beta")
    assert [index for _, _, index in align("alpha beta", words, range(3))] == [0, 2]


def test_text_that_is_not_printed_is_skipped():
    assert found("Total Total 12 Sum", "Total", "12", "Sum") == ["Total", "12", "Sum"]


def test_only_words_inside_the_rectangle_count():
    centres = Centres(printed("a", "b", "c"))
    assert centres.within([0, 1, 2], (9.0, 0.0, 21.0, 10.0)) == [1]
    assert centres.within([0, 2], None) == [0, 2]


def test_a_block_that_is_printed_word_for_word_and_one_that_is_not_agree():
    words = printed("Total", "1,000", "EUR", "net")
    whole = align("Total 1,000\n EUR  net", words, range(4))
    assert whole == [(0, 5, 0), (6, 11, 1), (13, 16, 2), (18, 21, 3)]
    assert align("Total 1,000\n EUR  net.", words, range(4)) == whole


@given(st.lists(st.text("abcdefg", min_size=1, max_size=6), min_size=1, max_size=30))
def test_every_word_of_a_text_finds_its_own_place(texts):
    text = " ".join(texts)
    words = printed(*texts)
    matches = align(text, words, range(len(words)))
    assert [index for _, _, index in matches] == list(range(len(words)))
    assert [text[start:end] for start, end, _ in matches] == texts


@given(st.permutations(["alpha", "beta", "gamma", "delta", "alpha"]), st.text("abg -|", max_size=40))
def test_ranges_never_overlap_and_hold_the_word(texts, noise):
    text = f"alpha {noise} beta gamma alpha delta"
    words = printed(*texts)
    end_before = 0
    for start, end, index in align(text, words, range(len(words))):
        assert start >= end_before
        assert "".join(text[start:end].split()) == words[index].text
        end_before = end
