import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metier.chunk.structure import StructureChunker
from metier.types import Block, Cell, Document, Page

KINDS = ("heading", "paragraph", "list_item", "table", "header", "footer", "code")


def make(parts: list[tuple[str, str]], levels: dict[int, int] | None = None) -> Document:
    """A document of (kind, text) blocks; a table's lines are rows, its first row is the header."""
    text, blocks, path = "", [], []
    for order, (kind, words) in enumerate(parts):
        text += "\n\n" if text else ""
        start = len(text)
        text += words
        level = (levels or {}).get(order, 1) if kind == "heading" else 0
        if level:
            path = [entry for entry in path if entry[0] < level]
        cells = ()
        if kind == "table":
            line = words.split("\n")[0]
            cells = (Cell(0, 0, line, start, start + len(line), header=True),)
        above = tuple(name for _, name in path)
        blocks.append(
            Block(
                f"d.{order}", kind, order, 1, start, len(text), level=level, heading_path=above, cells=cells
            )
        )
        if level:
            path.append((level, words))
    page = Page(1, 0, 0, 0, len(text))
    return Document(
        "d", "d.txt", "Title", "en", "text/plain", text, (page,), tuple(blocks), "test", "2025-03-01"
    )


def words(count: int, of: str = "word") -> str:
    return " ".join(f"{of}{number}" for number in range(count))


def test_a_short_section_is_one_passage_with_its_heading():
    document = make([("heading", "Leave"), ("paragraph", "You have 30 days."), ("paragraph", "Ask in time.")])
    (passage,) = StructureChunker().split(document, ("all",))
    assert passage.text == "Leave\n\nYou have 30 days.\n\nAsk in time."
    assert passage.heading_path == ("Leave",)
    assert (passage.kind, passage.groups, passage.version_date) == ("text", ("all",), "2025-03-01")
    assert (passage.title, passage.uri, passage.page) == ("Title", "d.txt", 1)


def test_no_passage_crosses_a_heading_of_the_same_or_a_higher_level():
    document = make(
        [
            ("heading", "A"),
            ("paragraph", "a"),
            ("heading", "A1"),
            ("paragraph", "b"),
            ("heading", "B"),
            ("paragraph", "c"),
        ],
        {2: 2},
    )
    passages = StructureChunker().split(document, ())
    assert [(p.text, p.heading_path) for p in passages] == [
        ("A\n\na", ("A",)),
        ("A1\n\nb", ("A", "A1")),
        ("B\n\nc", ("B",)),
    ]


def test_chapter_and_section_headings_in_a_row_stay_with_their_text():
    document = make([("heading", "Chapter"), ("heading", "Section"), ("paragraph", "text")], {1: 2})
    (passage,) = StructureChunker().split(document, ())
    assert passage.text.startswith("Chapter")
    assert passage.heading_path == ("Chapter", "Section")


def test_long_paragraphs_are_cut_at_sentence_ends():
    sentences = [words(30, f"s{number}x") + "." for number in range(12)]
    document = make([("paragraph", " ".join(s.capitalize() for s in sentences))])
    passages = StructureChunker(target_words=100, most_words=150).split(document, ())
    assert len(passages) > 2
    assert all(passage.text.endswith(".") for passage in passages)
    assert all(len(passage.text.split()) <= 150 for passage in passages)


def test_a_sentence_without_end_is_cut_between_words():
    document = make([("paragraph", words(1000))])
    passages = StructureChunker(target_words=100, most_words=150).split(document, ())
    assert all(len(passage.text.split()) <= 150 for passage in passages)
    assert " ".join(passage.text for passage in passages).split() == document.text.split()


def test_table_parts_after_the_first_carry_the_header_as_last_heading():
    rows = ["Article | Price", *(f"Bolt M{number} | {number},50" for number in range(45))]
    document = make([("heading", "Prices"), ("table", "\n".join(rows)), ("paragraph", "Without VAT.")])
    passages = StructureChunker(table_rows=20).split(document, ())
    assert [passage.kind for passage in passages] == ["text", "table", "table", "table", "text"]
    tables = passages[1:4]
    assert tables[0].heading_path == ("Prices",)
    assert tables[0].text.startswith("Article | Price\nBolt M0")
    assert tables[1].heading_path == ("Prices", "Article | Price")
    assert tables[2].text.endswith("Bolt M44 | 44,50")


def test_headers_and_footers_are_left_out():
    document = make(
        [("header", "ACME confidential"), ("paragraph", "text"), ("footer", "Page 3"), ("paragraph", "more")]
    )
    texts = [passage.text for passage in StructureChunker().split(document, ())]
    assert texts == ["text", "more"]


def test_ids_depend_on_place_and_sizes_and_are_stable():
    document = make([("paragraph", words(50))])
    (first,) = StructureChunker().split(document, ("a",))
    (again,) = StructureChunker().split(document, ("b",))
    (other,) = StructureChunker(target_words=60).split(document, ("a",))
    assert first.id == again.id
    assert re.fullmatch("[0-9a-f]{24}", first.id)
    assert first.id != other.id


def test_sizes_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="target_words"):
        StructureChunker(target_words=300, most_words=100)


some_text = st.text(st.sampled_from("ab Z.?!\n|-é\t"), max_size=400).map(str.strip).filter(bool)
some_blocks = st.lists(st.tuples(st.sampled_from(KINDS), some_text), max_size=12)


@given(some_blocks, st.lists(st.integers(1, 6), min_size=12, max_size=12), st.integers(1, 30))
def test_every_character_of_the_body_is_in_exactly_one_passage(parts, levels, target):
    document = make(parts, dict(enumerate(levels)))
    passages = StructureChunker(target, 2 * target, 3).split(document, ())
    count = [0] * len(document.text)
    for passage in passages:
        assert passage.text == document.text[passage.start : passage.end]
        assert passage.text.strip()
        for position in range(passage.start, passage.end):
            count[position] += 1
    for block in document.blocks:
        wanted = 0 if block.kind in ("header", "footer") else 1
        for position in range(block.start, block.end):
            if not document.text[position].isspace():
                assert count[position] == wanted
    assert [p.start for p in passages] == sorted(p.start for p in passages)
    assert len({p.id for p in passages}) == len(passages)


@given(some_blocks, st.integers(1, 30))
def test_text_passages_are_never_longer_than_allowed(parts, target):
    document = make(parts)
    for passage in StructureChunker(target, 2 * target, 3).split(document, ()):
        if passage.kind == "text":
            longest_heading = max((len(text.split()) for kind, text in parts if kind == "heading"), default=0)
            assert len(passage.text.split()) <= 2 * target + longest_heading
