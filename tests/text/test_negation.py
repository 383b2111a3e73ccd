import pytest

from metier.text.negation import negated, negations, polarity


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is not allowed.", True),
        ("Das ist nicht gestattet.", True),
        ("Es gibt keinen Anspruch.", True),
        ("It isn't valid.", True),
        ("It doesn’t apply.", True),
        ("Delivery without delay.", True),
        ("It is allowed.", False),
        ("No. 12 applies.", False),
        ("It applies not only here.", False),
        ("no more than 5 days", False),
        ("Das gilt nicht nur hier.", False),
        ("You may park here unless the lot is full.", False),
        ("Alle außer dem Filter sind dabei.", False),
        ("", False),
    ],
)
def test_negated(text: str, expected: bool) -> None:
    assert negated(text) is expected


def test_where_it_denies() -> None:
    text = "Sie dürfen es nicht."
    assert [text[start:end] for start, end in negations(text, "de")] == ["nicht"]


@pytest.mark.parametrize(
    ("one", "other", "axis"),
    [
        ("at least 5 days", "at most 5 days", "bound"),
        ("mindestens 5 Tage", "höchstens 5 Tage", "bound"),
        ("Revenue increased", "Revenue decreased", "direction"),
        ("Der Umsatz ist gestiegen", "Der Umsatz ist gesunken", "direction"),
        ("Smoking is permitted", "Smoking is prohibited", "permission"),
        ("Rauchen ist gestattet", "Rauchen ist verboten", "permission"),
        ("before delivery", "after delivery", "order"),
        ("shipping included", "shipping excluded", "inclusion"),
        ("mandatory training", "voluntary training", "duty"),
        ("the offer was accepted", "the offer was rejected", "success"),
    ],
)
def test_both_sides_of_an_axis(one: str, other: str, axis: str) -> None:
    assert polarity(one)[axis] == 1
    assert polarity(other)[axis] == -1


def test_a_text_that_names_both_sides_has_no_side() -> None:
    assert "direction" not in polarity("Revenue increased while costs decreased.")
