"""The models that ship, on papers of our own: what a reader of the house sees."""

import random
from dataclasses import replace
from pathlib import Path

from benchmarks.fit_structure import paper_truth, read_bytes
from benchmarks.layouts import Paper, Piece, to_reportlab, write_house, write_paper
from benchmarks.structure_truth import Heading, compare
from metier.extract.raw import RawBlock, RawDocument, RawPage
from metier.extract.structure.apply import structure
from metier.extract.structure.corrections import fit_layout
from metier.extract.structure.outline import Entry

HOUSE = replace(
    write_house("Acme", random.Random(1)), size=10.0, columns=1, numbered=True, looks=("bigger", "bold", "bold"), ruled="grid",
    repeat=False, bold_labels=False,
)  # fmt: skip
LONG = tuple((f"AA1-{n:03d}", f"Pump {n}", f"{n * 3.5:.2f}") for n in range(1, 70))
TEXT = (
    "The supplier delivers the goods to the site within ten days after the order was placed by the buyer. "
    * 3
)


def printed(*pieces: Piece) -> RawDocument:
    return read_bytes(to_reportlab(Paper("p", "Supply Handbook 2026", pieces), HOUSE))


def headings(raw: RawDocument) -> list[tuple[int, str]]:
    return [(block.level, block.text) for block in raw.blocks if block.kind == "heading"]


PIECES = [
    Piece("heading", "1 Scope", 1), Piece("paragraph", TEXT), Piece("heading", "1.1 Terms of delivery", 2), Piece("paragraph", TEXT),
    Piece("heading", "1.2 Payment", 2), Piece("paragraph", TEXT), Piece("heading", "2 Liability", 1), Piece("paragraph", TEXT),
    Piece("heading", "2.1 Limits", 2), Piece("paragraph", TEXT), Piece("heading", "3 Records", 1), Piece("paragraph", TEXT),
]  # fmt: skip


def test_headings_without_difference_in_size_are_found_with_their_levels():
    raw = printed(*PIECES)
    structure(raw)
    found = [item for item in headings(raw) if item[1] != "Supply Handbook 2026"]
    assert [text for _, text in found] == [piece.text for piece in PIECES if piece.kind == "heading"]
    depth = {text: level for level, text in found}
    assert depth["1.1 Terms of delivery"] == depth["2.1 Limits"] > depth["1 Scope"] == depth["3 Records"]


def test_the_files_own_outline_comes_first():
    raw = printed(*[replace(piece, kind="paragraph") for piece in PIECES[:4]])
    structure(raw, [Entry("Scope", 1, 2), Entry("1.1 Terms of delivery", 1, 4)])
    assert (1, "1 Scope") in headings(raw)
    assert (3, "1.1 Terms of delivery") in headings(raw)


def test_no_word_is_lost_or_added():
    raw = read_bytes(to_reportlab(write_paper("w", random.Random(5), HOUSE), HOUSE))

    def words(document: RawDocument) -> list[str]:
        texts = [block.text for block in document.blocks] + [
            cell.text for block in document.blocks for cell in block.cells
        ]
        return sorted(" ".join(texts).replace("*", " ").split())

    before = words(raw)
    structure(raw)
    assert words(raw) == before


def test_a_table_that_goes_on_is_linked_and_its_rows_are_no_headers():
    raw = printed(
        Piece("paragraph", TEXT),
        Piece("table", "p/1", 0, (("No.", "Item", "Price"), *LONG)),
        Piece("paragraph", TEXT),
    )
    structure(raw)
    tables = [block for block in raw.blocks if block.kind == "table"]
    assert [block.page for block in tables] == [1, 2]
    assert [block.continues for block in tables] == [False, True]
    assert not any(cell.header for cell in tables[1].cells)


def test_two_tables_are_not_linked():
    first = Piece("table", "p/1", 0, (("No.", "Item", "Price"), *LONG[:28]))
    second = Piece("table", "p/2", 0, (("Name", "Town"), ("Ann", "Ulm"), ("Bob", "Bonn"), ("Cid", "Kiel")))
    raw = printed(
        first,
        Piece("heading", "2 People", 1),
        Piece("paragraph", TEXT * 3),
        Piece("caption", "Table 2: People"),
        second,
    )
    structure(raw)
    assert not any(block.continues for block in raw.blocks)


def test_what_has_no_fonts_stays_as_it_is():
    raw = RawDocument(
        "application/pdf", "ocr", [RawPage(1, 600, 800)], [RawBlock("heading", "Scope", level=3)]
    )
    structure(raw)
    assert headings(raw) == [(3, "Scope")]
    structure(RawDocument("application/pdf", "x", [], []))


def test_papers_never_seen_are_mostly_right():
    right = wrong = missed = 0
    for seed in range(11, 15):
        rng = random.Random(seed)
        house = write_house("Other", rng)
        paper = write_paper("other", rng, house)
        raw = read_bytes(to_reportlab(paper, house))
        true = paper_truth(raw, paper)
        structure(raw)
        found = [
            Heading(block.page, block.text, block.level) for block in raw.blocks if block.kind == "heading"
        ]
        pairs, invented, left = compare(found, true)
        right, wrong, missed = right + len(pairs), wrong + len(invented), missed + len(left)
    assert 2 * right / (2 * right + wrong + missed) > 0.7


def test_an_unknown_layout_changes_nothing(tmp_path: Path):
    one, other = printed(*PIECES), printed(*PIECES)
    structure(one)
    structure(other, layouts={"another": fit_layout("another", [])})
    assert headings(one) == headings(other)
