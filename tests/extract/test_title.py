from dataclasses import replace

import pytest

from metier.extract.assemble import assemble
from metier.extract.raw import RawBlock, RawDocument, RawPage, RawRun, Rect
from metier.types import BlockKind

BODY = "The package lets you insert notes, and a list of them is printed where you ask for it."


def _page(*lines: tuple[BlockKind, str, float]) -> RawDocument:
    """A PDF of one page, of these lines from the top: kind, text and size of type in points."""
    blocks, runs = [], []
    for place, (kind, text, size) in enumerate(lines):
        rect: Rect = (70, 60 + 40 * place, 500, 80 + 40 * place)
        blocks.append(RawBlock(kind, text, 1, int(kind == "heading"), rect))
        runs.append(RawRun(text, rect, "Serif", size))
    return RawDocument("application/pdf", "test", [RawPage(1, 595, 842, runs=runs)], blocks)


def _title(raw: RawDocument) -> str:
    return assemble(raw, "d", "manuals/todonotes.pdf").title


def test_what_the_first_page_prints_largest_is_the_title_where_the_outline_begins_below_it():
    raw = _page(
        ("paragraph", "The todonotes", 17.2),
        ("paragraph", "package∗", 17.2),
        ("paragraph", "H. Midtiby", 12),
        ("heading", "Abstract", 10),
        ("paragraph", BODY, 10),
    )
    assert _title(raw) == "The todonotes package"


def test_a_stated_title_counts_more_and_one_that_a_program_wrote_not_at_all():
    raw = _page(("heading", "Notes for authors", 17), ("paragraph", BODY, 10))
    assert _title(replace(raw, title="How to take notes")) == "How to take notes"
    for written in ("untitled", "Microsoft Word - notes_v3.doc", "notes.eps"):
        assert _title(replace(raw, title=written)) == "Notes for authors"


def test_a_heading_with_nothing_larger_before_it_is_the_title():
    raw = _page(
        ("paragraph", "Company letter", 10),
        ("heading", "Notes for authors:", 12),
        ("paragraph", BODY, 10),
        ("paragraph", "SALE", 40),
    )
    assert _title(raw) == "Notes for authors"


@pytest.mark.parametrize(
    "heading", ["Abstract", "1 Introduction", "2. Zusammenfassung", "Table of Contents:"]
)
def test_what_stands_over_a_part_of_every_document_names_none(heading: str):
    raw = _page(("heading", heading, 12), ("paragraph", BODY, 10))
    assert _title(raw) == "todonotes"


def test_a_price_or_a_formula_is_no_title():
    for large in ("1,295.00 EUR", "½T0, T1� ∪ ½T1, T0�: (4)"):
        assert _title(_page(("paragraph", large, 30), ("paragraph", BODY, 10))) == "todonotes"


def test_without_sizes_the_first_heading_is_the_title_else_the_name_of_the_file():
    raw = _page(("heading", "Notes for authors", 17), ("paragraph", BODY, 10))
    raw.pages[0].runs = []
    assert _title(raw) == "Notes for authors"
    assert _title(replace(raw, blocks=raw.blocks[1:])) == "todonotes"
