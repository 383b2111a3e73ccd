from metier.extract.raw import RawBlock, RawRun
from metier.extract.structure.counted import promote
from metier.extract.structure.features import Described, describe
from metier.extract.structure.prepare import Piece
from metier.extract.structure.style import Body, Style, lines_of

BODY = Body(Style(10.0, family="times"))


def items(*blocks: tuple[str, str, str]) -> list[Described]:
    """Blocks of (kind, text, font), one below the other."""
    pieces = []
    for number, (kind, text, font) in enumerate(blocks):
        rect = (50.0, 20.0 * number, 400.0, 20.0 * number + 10)
        block = RawBlock(kind, text, rect=rect)  # type: ignore[arg-type]
        pieces.append(Piece(block, lines_of([RawRun(text, rect, font, 10.0)]), block))
    return describe(pieces)


def headings(*blocks: tuple[str, str, str]) -> list[str]:
    found = items(*blocks)
    promote(found, BODY)
    return [item.text for item in found if item.block.kind == "heading"]


def bold(*texts: str) -> list[tuple[str, str, str]]:
    return [("paragraph", text, "Times-Bold") for text in texts]


PARENT = ("heading", "2.1 Motion", "Times-Bold")


def test_numbers_that_go_on_from_a_heading_are_headings():
    found = bold("2.1.1 Requirements", "2.1.2 Results", "2.1.3 What happens if the machine stops?")
    assert headings(PARENT, *found) == [PARENT[1], *(text for _, text, _ in found)]


def test_a_number_without_the_one_before_it_is_none():
    found = bold("2.1.1 Requirements", "2.1.3 Results", "2.1.4 Notes")
    assert headings(PARENT, *found) == [PARENT[1], "2.1.1 Requirements"]
    assert headings(*bold("2.1.1 Requirements", "2.1.2 Results", "2.1.3 Notes")) == []


def test_clauses_in_the_look_of_the_text_are_none():
    clauses = [("paragraph", f"2.1.{n} The supplier delivers", "Times-Roman") for n in (1, 2, 3)]
    assert headings(PARENT, *clauses) == [PARENT[1]]


def test_sentences_entries_of_contents_and_numbers_that_come_again_are_none():
    sentences = bold("2.1.1 It stops.", "2.1.2 It starts.", "2.1.3 It goes on:")
    entries = bold("2.1.1 Requirements 12", "2.1.2 Results 13", "2.1.3 Notes 15")
    twice = bold("2.1.1 One", "2.1.2 Two", "2.1.3 Three", "2.1.1 One", "2.1.2 Two", "2.1.3 Three")
    for others in (sentences, entries, twice):
        assert headings(PARENT, *others) == [PARENT[1]]


def test_a_look_that_few_numbers_share_tells_nothing():
    assert headings(PARENT, *bold("2.1.1 Requirements", "2.1.2 Results")) == [PARENT[1]]
