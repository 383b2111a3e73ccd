from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from metier.extract.assemble import assemble
from metier.extract.confidence import agreement, covered, of_block, of_page
from metier.extract.overlay import marks_of
from metier.extract.raw import RawBlock, RawCell, RawDocument, RawPage, RawWord

WORDS = [
    RawWord("one", (10, 10, 30, 20)),
    RawWord("two", (40, 10, 60, 20)),
    RawWord("three", (10, 40, 40, 50)),
]


def test_coverage_is_the_share_of_letters_that_are_printed():
    assert covered("one two!", [(0, 3)]) == 0.5
    assert covered("one two", [(0, 7), (0, 3)]) == 1
    assert covered(" | ", []) is None


def test_readings_agree_on_roles():
    table = RawBlock("table", rect=(0, 0, 100, 25), cells=[RawCell(0, 0, "one two")])
    text = RawBlock("paragraph", "one two", rect=(0, 0, 100, 25))
    rest = RawBlock("paragraph", "three", rect=(0, 30, 100, 60))
    assert agreement(WORDS, [table, rest], [table, rest]) == 1
    assert agreement(WORDS, [table, rest], [text, rest]) == pytest.approx(1 / 3)
    assert agreement(WORDS, [table], []) is None


def test_what_is_known_of_the_page_counts():
    page = RawPage(1, 100, 100, words=WORDS)
    assert of_block(1.0, page) == 1
    page.doubt = 1.0
    assert of_block(1.0, page) == 0.5
    page.agreement = 0.8  # read twice: the doubt is answered
    assert of_block(0.5, page) == 0.4
    page.ocr = 0.5
    assert of_page([(1.0, 10), (0.0, 10)], page) == 0.2
    assert of_page([], page) is None
    assert of_block(1.0, RawPage(1)) is None


def test_the_document_keeps_it_and_the_overlay_shows_it():
    printed = RawBlock("paragraph", "one two", rect=(5, 5, 70, 25))
    invented = RawBlock("paragraph", "three nowhere printed", rect=(5, 30, 70, 60))
    document = assemble(
        RawDocument("", "x", [RawPage(1, 100, 100, words=WORDS)], [printed, invented]), "d", "u"
    )
    assert [block.confidence for block in document.blocks] == [1.0, pytest.approx(0.263, abs=0.01)]
    assert document.pages[0].confidence is not None
    assert document.pages[0].confidence < 0.6
    assert marks_of(document, 1)[1]["label"] == "2 paragraph 26%"


def test_captions_keep_their_table_in_the_document():
    rect = (5.0, 5.0, 70.0, 25.0)
    table = RawBlock("table", rect=rect, cells=[RawCell(0, 0, "one"), RawCell(0, 1, "two")])
    caption = RawBlock("paragraph", "three", rect=(5, 30, 70, 60), belongs_to=rect)
    document = assemble(RawDocument("", "x", [RawPage(1, 100, 100, words=WORDS)], [table, caption]), "d", "u")
    assert [block.belongs_to for block in document.blocks] == ["", "d.0"]


def test_a_plain_page_is_read_with_confidence(tmp_path: Path, read):
    canvas = Canvas(str(tmp_path / "a.pdf"))
    for number in range(12):
        canvas.drawString(72, 700 - 14 * number, "The supplier delivers within ten days of the order.")
    canvas.save()
    document = read(tmp_path / "a.pdf")
    assert document.pages[0].confidence == pytest.approx(1.0, abs=0.05)


def test_a_page_whose_characters_name_no_letters_is_unsure():
    page = RawPage(1, 100, 100, words=[RawWord("\ue041", (0, 0, 5, 5))], legible=0.25)
    assert of_page([], page) == 0.25
    assert of_block(1.0, page) == 0.25
