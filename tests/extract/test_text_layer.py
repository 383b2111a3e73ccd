import io
from pathlib import Path

import pypdfium2
import pytest
from reportlab.pdfgen.canvas import Canvas

from metier.extract.pdf_pdfium import joined_words
from metier.extract.raw import RawBlock, RawDocument, RawPage, RawWord
from metier.extract.text_layer import complete, letters
from metier.types import Dropped


@pytest.fixture
def pdf() -> pypdfium2.PdfDocument:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(400, 400))
    canvas.setFont("Helvetica", 10)
    canvas.drawString(50, 340, "The supplier delivers")
    canvas.drawString(50, 300, "pumps in time.")
    canvas.drawString(420, 300, "Beyond")
    canvas.save()
    return pypdfium2.PdfDocument(out.getvalue())


def place(pdf: pypdfium2.PdfDocument, text: str) -> tuple[float, float, float, float]:
    ((_, (rect,)),) = joined_words(pdf[0], pdf[0].get_textpage(), lambda word: word == text)
    return rect


def raw(pdf: pypdfium2.PdfDocument, **spelt: str) -> RawDocument:
    """The page as an engine would read it that says some words otherwise; "" leaves them out."""
    words = [
        RawWord(said, place(pdf, text))
        for text in ("The", "supplier", "delivers", "pumps", "in", "time.")
        if (said := spelt.get(text.strip("."), text))
    ]
    text = " ".join(word.text for word in words)
    block = RawBlock("paragraph", text, rect=(50, 40, 200, 110))
    return RawDocument("", "", [RawPage(1, 400, 400, words=words)], [block])


def test_what_the_engine_left_out_comes_in_at_the_end_of_its_page(pdf: pypdfium2.PdfDocument):
    read = raw(pdf, supplier="", delivers="")
    complete(pdf, read, {1})
    assert [block.text for block in read.blocks] == ["The pumps in time.", "supplier delivers"]
    assert [word.text for word in read.pages[0].words[-2:]] == ["supplier", "delivers"]
    assert read.pages[0].suspects == [4, 5]  # whether it shows is looked at like everything that may not


def test_what_lies_beyond_the_paper_is_listed(pdf: pypdfium2.PdfDocument):
    read = raw(pdf)
    complete(pdf, read, {1})
    assert len(read.blocks) == 1
    assert read.dropped == [Dropped(1, "Beyond", "off_page")]


def test_another_spelling_of_what_stands_there_is_listed(pdf: pypdfium2.PdfDocument):
    read = raw(pdf, supplier="supp1ier")
    complete(pdf, read, {1})
    assert Dropped(1, "supplier", "spelling") in read.dropped
    assert len(read.blocks) == 1


def test_other_words_in_the_same_place_are_no_spelling_of_it(pdf: pypdfium2.PdfDocument):
    read = raw(pdf, supplier="xyzzyqvx")  # two texts printed over each other
    complete(pdf, read, {1})
    assert read.blocks[-1].text == "supplier"


def test_words_in_no_block_are_not_lost_twice(pdf: pypdfium2.PdfDocument):
    read = raw(pdf)
    read.blocks[
        0
    ].text = "The supplier"  # the rest comes from the page's words when the document is put together
    complete(pdf, read, {1})
    assert len(read.blocks) == 1
    assert [word.reason for word in read.dropped] == ["off_page"]


def test_pages_that_are_not_asked_for_stay(pdf: pypdfium2.PdfDocument):
    read = raw(pdf, supplier="")
    complete(pdf, read, set())
    assert (read.dropped, len(read.blocks)) == ([], 1)


def test_letters_are_compared_in_their_plain_form():
    assert letters("𝐷𝑒𝑓: Co-op\xad 3") == "defcoop3"


def test_a_document_lists_what_was_dropped(tmp_path: Path, pdf: pypdfium2.PdfDocument, read):
    path = tmp_path / "a.pdf"
    pdf.save(path)
    document = read(path)
    assert document.dropped in ((), (Dropped(1, "Beyond", "off_page"),))
    assert "Beyond" in document.text or document.dropped
