from collections.abc import Iterator
from dataclasses import replace

import pytest

from metier.evaluate.needed import needed, place_of
from metier.system import System
from metier.types import Case, EvidenceQuote
from tests.evaluate.blamed import notice, workspace


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with workspace(tmp_path_factory.mktemp("needed")) as made:
        yield made


def standing(system: System, case: Case, user: str = "hanna") -> list[str]:
    return [item.standing for item in needed(case, system, system.settings.access(user))]


def test_evidence_that_was_read_stands_in_a_passage(system: System) -> None:
    (found,) = needed(notice(), system, system.settings.access("hanna"))
    assert found.standing == "there"
    assert all("six weeks" in item.text for item in found.passages)


@pytest.mark.parametrize(
    ("uri", "quote", "user", "expected"),
    [
        ("absent.md", "The notice period is six weeks.", "hanna", "absent"),
        ("notice.md", "The notice period is six weeks.", "otto", "closed"),
        ("broken.pdf", "The notice period is six weeks.", "hanna", "unread"),
        ("notice.md", "The probation period is nine months for everybody.", "hanna", "lost"),
        (
            "parking.md",
            "A parking space costs 45 euros a month.",
            "hanna",
            "lost",
        ),  # the figure is another one
    ],
)
def test_where_evidence_is_lost(system: System, uri: str, quote: str, user: str, expected: str) -> None:
    case = replace(notice(), evidence=(EvidenceQuote(uri, quote),))
    assert standing(system, case, user) == [expected]


def test_a_case_without_evidence_is_looked_for_by_its_answer(system: System) -> None:
    assert standing(system, notice(evidence=())) == ["there"]
    assert standing(system, notice(evidence=(), answers=("nine fortnights",))) == ["absent"]


def test_the_words_of_a_quote_are_found_where_they_stand_closest() -> None:
    text = "The fee is due. Nothing else. In May the yearly fee is 40 EUR, and due at once. The end."
    start, end = place_of("The yearly fee is 40 EUR", text) or (0, 0)
    assert text[start:end] == "the yearly fee is 40 EUR"
    assert place_of("yearly | fee 40", text) is not None  # cells apart
    assert place_of("The yearly fee is 41 EUR", text) is None
    assert place_of("", text) is None
    assert place_of("anything", "") is None
    assert place_of("Straße", "die STRASSE") == (4, 11)
