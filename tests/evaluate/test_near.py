import pytest

from metier.evaluate.near import Guard, prints

SEALED = "How long is the notice period for senior employees in Hamburg?"
GUARD = Guard("salt", (frozenset(prints(SEALED, "salt")),))


@pytest.mark.parametrize(
    "text",
    [
        SEALED,
        SEALED.upper(),
        "For senior employees in Hamburg, how long is the notice period?",
        "How long is the notise period for senior employees in Hamburg?",
        f"A colleague asked yesterday at lunch in the canteen: {SEALED} I would like to know soon.",
    ],
)
def test_the_same_question_in_other_clothes_is_noticed(text: str) -> None:
    assert GUARD.resembles(text)


@pytest.mark.parametrize(
    "text", ["", "Hamburg", "What does parking in Hamburg cost?", "How long is the warranty?"]
)
def test_other_questions_are_not(text: str) -> None:
    assert not GUARD.resembles(text)


def test_prints_hide_words_and_need_the_salt() -> None:
    assert not any(word in " ".join(prints(SEALED, "salt")) for word in ("notice", "hamburg"))
    assert not set(prints(SEALED, "salt")) & set(prints(SEALED, "other"))
    assert not Guard().resembles(SEALED)
