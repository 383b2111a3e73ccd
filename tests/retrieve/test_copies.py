import random

from metier.retrieve.copies import Copies, _near, _words

TEXT = (
    "the employee gives notice in writing and hands back all keys, cards and documents on the last day of work "
    "to the office that issued them, which signs for them"
)


def count(first: str, second: str, near: bool = True) -> int:
    copies = Copies(near)
    copies.add(first)
    return copies.add(second)


def test_equal_texts_are_copies_whatever_their_white_space() -> None:
    assert count(TEXT, TEXT.replace(" ", "\n ")) == 1
    assert count(TEXT, TEXT.replace(" ", "  "), near=False) == 1
    assert Copies().add(TEXT) == 0


def test_a_word_spelt_otherwise_makes_a_near_copy() -> None:
    assert count(TEXT, TEXT.replace("keys", "keyes")) == 1
    assert count(TEXT, TEXT.replace("keys", "keyes"), near=False) == 0


def test_a_figure_a_name_or_a_negation_makes_another_text() -> None:
    for old, new in (
        ("all", "12"),
        ("office", "Office"),
        ("office", "Hamburg"),
        ("office", "ofFice"),
        ("keys", "keys2"),
        ("in writing", "not writing"),
    ):
        assert count(TEXT, TEXT.replace(old, new, 1)) == 0


def test_short_texts_and_very_different_ones_are_no_copies() -> None:
    assert count("the fee is due at once", "the fee is due at last") == 0
    assert count(TEXT, TEXT + " " + TEXT.replace("e", "o")) == 0
    assert count(TEXT, TEXT + " again") == 0


def test_copies_of_a_copy_count_for_the_same_text() -> None:
    copies = Copies()
    for text in (TEXT, TEXT.replace("keys", "keyes"), TEXT.replace("cards", "card")):
        copies.add(text)
    assert copies.add(TEXT) == 3


def test_the_shortcut_finds_what_comparing_all_with_all_finds() -> None:
    rng = random.Random(7)
    words = [
        "keys",
        "keyes",
        "cards",
        "card",
        "papers",
        "paper",
        "office",
        "offices",
        "day",
        "days",
        "work",
        "works",
    ]
    for _ in range(300):
        texts = [" ".join(rng.sample(TEXT.split(), 24) + rng.sample(words, 2)) for _ in range(6)]
        copies, firsts = Copies(), []
        for text in texts:
            expected = any(_near(_words(text), _words(one)) for one in firsts)
            assert (copies.add(text) > 0) == (expected or text in firsts)
            firsts += [] if expected else [text]


def test_words_of_ascii_texts_are_those_of_the_pattern() -> None:
    rng = random.Random(3)
    for _ in range(200):
        text = "".join(chr(rng.randrange(128)) for _ in range(80))
        assert _words(text) == _words(f"{text} \N{EN DASH}")
