"""Words are kept as numbers and looked at as values; a passage holds what is cited of it; progress foretells what it can."""

import pytest
from pydantic import TypeAdapter, ValidationError

from metier.types import Box, Progress, Word, Words
from tests.builders import passage

_WORDS = TypeAdapter(Words)
ONE, TWO = Word(0, 4, Box(3, 1.5, 2.0, 3.25, 4.01)), Word(5, 9, Box(3, 10.0, 2.0, 12.0, 4.0))


def test_words_come_back_as_they_went_in() -> None:
    words = Words.of(3, [ONE, TWO])
    assert list(words) == [ONE, TWO]
    assert (len(words), words[1], words[-1], words.starts()) == (2, TWO, TWO, (0, 5))
    assert _WORDS.validate_json(_WORDS.dump_json(words)) == words
    with pytest.raises(IndexError):
        words[2]


def test_no_words_are_false() -> None:
    assert not Words()
    assert list(Words()) == []


def test_numbers_that_are_no_whole_words_are_refused() -> None:
    with pytest.raises(ValueError, match="7 numbers"):
        Words(1, (0,) * 7)
    with pytest.raises(ValidationError):
        _WORDS.validate_json('{"page": 1, "numbers": [1, 2, 3]}')
    with pytest.raises(ValidationError):
        _WORDS.validate_json('{"page": 1, "numbers": [1, 2, 3, 4, 5, "x"]}')


def test_the_time_left_is_not_told_from_the_first_of_many() -> None:
    assert Progress(0, 800, 0, 9.0).seconds_left is None
    assert Progress(1, 800, 0, 1.0).seconds_left is None
    assert Progress(16, 800, 0, 1.0).seconds_left == 49.0
    assert Progress(1, 100_000, 0, 5.0).seconds_left == 5.0 * 99_999
    assert Progress(1, 4, 0, 1.0).seconds_left == 3.0
    assert Progress(1, 4, 0, 0.0).seconds_left is None, (
        "within the first tick of the clock nothing can be said"
    )


def test_a_passage_cites_by_places_in_its_document_and_holds_only_its_own() -> None:
    item = passage("Claims are due in 30 days.", start=100, heading_path=("Travel", "Claims"))
    cited = item.cite("c1", 118, 125)
    assert (cited.id, cited.document, cited.uri, cited.start, cited.quote) == (
        "c1",
        "d1",
        "d1.txt",
        118,
        "30 days",
    )
    assert item.holds(cited)
    assert not passage("Claims are due", start=100).holds(cited)
    assert not passage("Claims are due in 30 days.", document="d2", start=100).holds(cited)
    assert item.place == "Handbook Travel Claims"
