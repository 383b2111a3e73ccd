import pytest
from hypothesis import given
from hypothesis import strategies as st

from metier.evaluate.figures import figures, same_figure, unit_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("€3.4m", [({"3.4"}, 6, "eur")]),
        ("3,4 Mio. EUR", [({"3.4"}, 6, "eur")]),
        ("TEUR 1,5", [({"1.5"}, 3, "eur")]),
        ("5 million dollars", [({"5"}, 6, "usd")]),
        ("1.234,50 €", [({"1234.50"}, 0, "eur")]),
        ("CHF 1'200", [({"1200"}, 0, "chf")]),
        ("1.234", [({"1234", "1.234"}, 0, "")]),
        ("a 30-day period", [({"30"}, 0, "day")]),
        ("dreißig Tage oder zwei Wochen", [({"30"}, 0, "day"), ({"2"}, 0, "week")]),
        ("one of them takes one hour", [({"1"}, 0, "hour")]),
        ("10 Arbeitstage", [({"10"}, 0, "workday")]),
        ("12.5 percentage points, 12.5 percent", [({"12.5"}, 0, "pp"), ({"12.5"}, 0, "%")]),
        ("fell by -5 % (5.2)", [({"-5"}, 0, "%"), ({"5.2", "-5.2"}, 0, "")]),
        ("10-15 days", [({"10"}, 0, ""), ({"15"}, 0, "day")]),
        ("5 m long, 12kg", [({"5"}, 0, "m"), ({"12"}, 0, "kg")]),
        ("costs 12.", [({"12"}, 0, "")]),
        ("INV-12, v1.2.3, on 15.03.2024 at 9:30", []),
        ("", []),
    ],
)
def test_figures_carry_value_scale_and_unit(text: str, expected: list[tuple[set[str], int, str]]) -> None:
    found = [({str(value) for value in figure.values}, figure.scale, figure.unit) for figure in figures(text)]
    assert found == expected


@given(st.text(max_size=60))
def test_ranges_lie_in_the_text(text: str) -> None:
    for figure in figures(text):
        assert 0 <= figure.start < figure.end <= len(text)


@pytest.mark.parametrize(
    ("gold", "said", "tolerance", "scale", "same"),
    [
        ("3.4", "EUR 3.4 million", 0, "million", True),
        ("3.4", "3,400,000", 0, "million", True),
        ("3.4", "3.4", 0, "million", True),
        ("3.4", "3.4 thousand", 0, "million", False),
        ("3.4 million", "3,400 thousand", 0, "", True),
        ("12.34", "12.3%", 0.05, "percent", True),
        ("12.34", "12.2%", 0.05, "percent", False),
        ("30 days", "30", 0, "", False),
        ("30", "30", 0, "days", True),
        ("300 days", "300", 0, "", True),
        ("30 days", "30 weeks", 0, "", False),
        ("10 days", "10 working days", 0, "", False),
        ("-5", "5", 0, "", False),
        ("105", "EUR 105", 0, "EUR", True),
        ("105", "105 days", 0, "EUR", False),
        ("3,142", "EUR 3,142 thousand", 0, "thousand EUR", True),
        ("3,142", "3,142", 0, "TEUR", True),
        ("314", "EUR 314 million", 0, "TEUR", False),
        ("2.35", "2.35", 0, "EUR/kg", True),
        ("8", "8 characters", 0, "characters", True),
    ],
)
def test_same_figure(gold: str, said: str, tolerance: float, scale: str, same: bool) -> None:
    assert same_figure(figures(gold)[0], figures(said)[0], tolerance, scale) is same


def test_units_are_canonical() -> None:
    assert [unit_of(word) for word in ("Tage", "€", "bananas")] == ["day", "eur", ""]
