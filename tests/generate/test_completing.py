import pytest

from metier.generate.candidates import candidates
from metier.generate.completing import completed
from tests.builders import evidence, passage


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Geeignete Löschmittel: Schaum, Löschpulver. Ungeeignet: Wasservollstrahl. Der Raum wird gelüftet.",
            "Geeignete Löschmittel: Schaum, Löschpulver. Ungeeignet: Wasservollstrahl.",
        ),
        (
            "All parts are covered for two years. This does not apply to seals. Claims go to the service desk.",
            "All parts are covered for two years. This does not apply to seals.",
        ),
        ("All parts are covered for two years. Seals are kept dry.", "All parts are covered for two years."),
        ("Use: cleaning of tanks.\n\nUnsuitable: milk tanks.", "Use: cleaning of tanks."),
    ],
)
def test_a_sentence_is_said_with_its_exception(text: str, said: str) -> None:
    found = evidence(passage(text, "d1"))
    first, *rest = candidates(found)
    whole = completed(first, [first, *rest])
    assert whole.text == said
    assert whole.cite("c1").quote == said


def test_what_follows_is_not_taken_from_elsewhere() -> None:
    found = evidence(
        passage("Parts are covered. Excepted are seals.", "d1"), passage("Excepted are seals.", "d2")
    )
    first, _, other = candidates(found)
    assert completed(first, [first, other]) == first
