import pytest

from metier.text.arithmetic import calculations, without_calculations


@pytest.mark.parametrize(
    "text",
    [
        "4,145 − 3,142 = 1,003",
        "4.145 − 3.142 = 1.003",
        "3,05 − 2,15 = 0,90 EUR",
        "(2,150 − 1,900) / 1,900 = 13.2 %",
        "(1,900 − 2,150) / 2,150 = −11.6 %",
        "12 × 3 = 36",
        "100 / 3 = 33.3",
        "1 + 2 + 3 = 6",
        "$91.30 - $70.77 = $20.53",
        "$1,264 - $1,626 = -$362",
        "EUR 9 − EUR 4 = EUR 5",
    ],
)
def test_right_calculations_are_found(text):
    (found,) = calculations(text)
    assert (found.start, found.terms[0]) == (0, 0)
    assert "=" not in text[slice(*found.terms)]


@pytest.mark.parametrize(
    "text",
    [
        "4 − 3 = 2",
        "$1,264 - $1,626 = $362",
        "100 / 3 = 33.4",
        "5 / 0 = 0",
        "(1 + 2 = 3",
        "4 − 3",
        "no calculation = none",
        "1.2.3 − 1 = 2",
        "9 * 9 * " * 40 + "9 = 1",
    ],
)
def test_wrong_ones_and_other_text_are_none(text):
    assert calculations(text) == ()
    assert without_calculations(text) == text


def test_what_is_left_is_asked_of_the_source():
    text = "Unterschied: 3,05 − 2,15 = 0,90 EUR. Das gilt ab Mai."
    assert without_calculations(text, "de") == "EUR. Das gilt ab Mai."
