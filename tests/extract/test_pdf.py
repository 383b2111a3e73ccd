from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageDraw
from reportlab.lib import colors
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen import canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from metier.extract import ocr_rapid, pdf_liteparse
from metier.extract.pdf_liteparse import plain
from metier.extract.sandbox import SandboxExtractor
from metier.settings import Extract
from metier.text.places import boxes_for
from metier.types import Document, Failure
from tests.extract.conftest import changed, pdf

LINES = [[(50, 550, "Hello upper left"), (50, 500, "Second line of the page")]]


def quoted(document: Document, quote: str):
    start = document.text.index(quote)
    return boxes_for(document, start, start + len(quote))


def test_text_pages_and_words_with_boxes(tmp_path, read):
    document = read(pdf(tmp_path / "a.pdf", [*LINES, [(50, 550, "Page two")]]))
    assert document.media_type == "application/pdf"
    assert document.text == "Hello upper left\n\nSecond line of the page\n\nPage two"
    assert [(page.number, page.width, page.height) for page in document.pages] == [
        (1, 400, 600),
        (2, 400, 600),
    ]
    assert document.text[document.pages[1].start : document.pages[1].end] == "Page two"
    (box,) = quoted(document, "upper left")
    assert box.page == 1
    assert 80 < box.x0 < 85
    assert 36 < box.y0 < 42  # baseline at 550 from the bottom of 600, 12 points high
    assert 50 < box.y1 < 56


def test_the_result_of_liteparse_itself_says_what_its_values_say(tmp_path, monkeypatch):
    """Its own result is read through a private name; the pinned version has it, and nothing hangs on it."""
    path = tmp_path / "a.pdf"
    story = [Paragraph("Fees", getSampleStyleSheet()["Heading1"]), Table([["Plan", "Price"], ["A", "10"]])]
    SimpleDocTemplate(str(path)).build(story)
    form = canvas.Canvas(str(tmp_path / "form.pdf"))
    form.drawString(50, 700, "Application")
    form.acroForm.textfield(name="city", value="Bern", x=50, y=600)
    form.acroForm.checkbox(name="agreed", checked=True, x=50, y=500)
    form.textAnnotation("A note", Rect=[50, 400, 70, 420])
    form.save()
    assert hasattr(pdf_liteparse._parser(), "_native")
    for file in (path, tmp_path / "form.pdf"):
        native = pdf_liteparse.read(file)
        with monkeypatch.context() as patch:
            patch.setattr(pdf_liteparse, "_parse", lambda parser, data: parser.parse(data))
            assert pdf_liteparse.read(file) == native
    assert [block.text for block in native.blocks if block.added]
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(pdf_liteparse.ParseError):
        pdf_liteparse.read(tmp_path / "broken.pdf")


def test_kept_bytes_without_a_file_ending_are_read_by_the_first_engine(tmp_path, read):
    named = pdf(tmp_path / "a.pdf", LINES)
    kept = tmp_path / "3f2a"
    kept.write_bytes(named.read_bytes())
    assert read(kept).engine.startswith("liteparse")


@pytest.mark.parametrize("crop", [(), (40, 450, 300, 580)])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_rotated_and_cropped_pages_are_read_as_displayed(rotate, crop, tmp_path, read):
    document = read(changed(pdf(tmp_path / "a.pdf", LINES), tmp_path / "b.pdf", rotate, crop))
    page = document.pages[0]
    width, height = (260, 130) if crop else (400, 600)
    assert (page.width, page.height) == ((height, width) if rotate in (90, 270) else (width, height))
    assert document.text.split() == ["Hello", "upper", "left", "Second", "line", "of", "the", "page"]
    # "Hello" before rotation: its left, top, right and bottom from the top left of the upright page
    left, top = (10, 18) if crop else (50, 38)
    upright = (left, top, left + 30, top + 16)
    turned = {
        0: upright,
        90: (height - upright[3], upright[0], height - upright[1], upright[2]),
        180: (width - upright[2], height - upright[3], width - upright[0], height - upright[1]),
        270: (upright[1], width - upright[2], upright[3], width - upright[0]),
    }[rotate]
    (box,) = quoted(document, "Hello")
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx(turned, abs=4)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_highlighted_pixels_are_the_ink_of_the_words(rotate, tmp_path, read, extractor):
    """Drawn from the rendered page: all ink of a page with one word lies in that word's box."""
    path = changed(pdf(tmp_path / "a.pdf", [[(120, 400, "Kilowatt")]]), tmp_path / "b.pdf", rotate)
    document = read(path)
    boxes = quoted(document, "Kilowatt")
    picture = extractor.render(path, "application/pdf", 1, 1.0)
    (tmp_path / "page.png").write_bytes(picture)
    with Image.open(tmp_path / "page.png") as image:
        ink = Image.eval(image.convert("L"), lambda value: 255 if value < 128 else 0).getbbox()
    assert ink is not None
    assert min(box.x0 for box in boxes) - 3 <= ink[0]
    assert min(box.y0 for box in boxes) - 3 <= ink[1]
    assert max(box.x1 for box in boxes) + 3 >= ink[2]
    assert max(box.y1 for box in boxes) + 3 >= ink[3]
    area = sum((box.x1 - box.x0) * (box.y1 - box.y0) for box in boxes)
    assert area < 3 * (ink[2] - ink[0]) * (ink[3] - ink[1])


def flowing(path: Path, *parts) -> Path:
    SimpleDocTemplate(str(path), pagesize=(400, 600)).build(list(parts))
    return path


def test_hyphenated_words_are_mended_and_keep_the_boxes_of_both_halves(tmp_path, read):
    lines = [
        (50, 550, "The employee may terminate the agree-"),
        (50, 536, "ment with a notice period of three months"),
        (50, 522, "to the end of a quarter in writing."),
    ]
    document = read(pdf(tmp_path / "a.pdf", [lines]))
    assert "agreement with a notice" in document.text
    boxes = quoted(document, "agreement")
    assert len(boxes) == 2
    assert boxes[0].y0 < boxes[1].y0


def test_tables_have_cells_headers_and_rows_on_lines(tmp_path, read):
    rows = [
        ["Article", "Price", "Stock"],
        ["Bolt", "12.50", "100"],
        ["Nut", "3.20", "250"],
        ["Washer", "0.80", "900"],
    ]
    table = Table(rows, style=[("GRID", (0, 0), (-1, -1), 1, colors.black)], colWidths=90)
    document = read(
        flowing(
            tmp_path / "a.pdf", Paragraph("Prices of small parts", getSampleStyleSheet()["Heading1"]), table
        )
    )
    block = next(block for block in document.blocks if block.kind == "table")
    assert document.text[block.start : block.end].split("\n")[1] == "Bolt | 12.50 | 100"
    assert block.heading_path == ("Prices of small parts",)
    assert [cell.text for cell in block.cells if cell.header] == rows[0]
    assert {(cell.row, cell.column): cell.text for cell in block.cells}[2, 1] == "3.20"
    assert len(quoted(document, "Nut")) == 1


def test_running_headers_and_page_numbers_are_marked(tmp_path, read):
    pages = [
        [
            (50, 580, "ACME internal"),
            (50, 400, f"Text of page {name} goes here."),
            (200, 20, f"Page {number} of 4"),
        ]
        for number, name in enumerate(("one", "two", "three", "four"), start=1)
    ]
    document = read(pdf(tmp_path / "a.pdf", pages))
    kinds = [(block.kind, document.text[block.start : block.end]) for block in document.blocks]
    assert [text for kind, text in kinds if kind == "header"] == ["ACME internal"] * 4
    assert [text for kind, text in kinds if kind == "footer"] == [f"Page {n} of 4" for n in range(1, 5)]
    assert ("paragraph", "Text of page two goes here.") in kinds


def test_a_text_on_top_of_one_page_is_no_header(tmp_path, read):
    document = read(pdf(tmp_path / "a.pdf", [[(50, 580, "Employment contract")], [(50, 400, "Other text")]]))
    assert all(block.kind != "header" for block in document.blocks)


def test_the_title_comes_from_metadata_unless_a_program_wrote_it(tmp_path, read):
    heading = Paragraph("Travel expenses", getSampleStyleSheet()["Heading1"])
    body = Paragraph("Trains are booked second class. " * 10, getSampleStyleSheet()["BodyText"])
    named = pdf(tmp_path / "x.pdf", LINES, title="Travel policy")
    assert read(named).title == "Travel policy"
    unnamed = flowing(tmp_path / "report_7.pdf", heading, body)
    assert read(unnamed).title == "Travel expenses"
    assert read(pdf(tmp_path / "report_8.pdf", LINES, title="report.docx")).title == "report_8"


def test_encrypted_broken_and_empty_files_say_so(tmp_path, fail):
    good = pdf(tmp_path / "a.pdf", LINES)
    assert fail(changed(good, tmp_path / "locked.pdf", password="secret")).reason == "encrypted"
    (tmp_path / "cut.pdf").write_bytes(good.read_bytes()[:200])
    assert fail(tmp_path / "cut.pdf").reason in ("corrupt", "empty")
    (tmp_path / "zero.pdf").write_bytes(b"")
    assert fail(tmp_path / "zero.pdf").reason == "empty"
    (tmp_path / "blank.pdf").write_bytes(pdf(tmp_path / "b.pdf", [[]]).read_bytes())
    assert fail(tmp_path / "blank.pdf").reason == "empty"
    (tmp_path / "noise.pdf").write_bytes(bytes(range(256)) * 20)
    assert fail(tmp_path / "noise.pdf").reason == "not-a-pdf"


def test_a_broken_file_after_an_encrypted_one_is_not_called_encrypted(tmp_path, fail):
    good = pdf(tmp_path / "a.pdf", LINES)
    locked = changed(good, tmp_path / "locked.pdf", password="secret")
    with pikepdf.new() as document:
        document.save(tmp_path / "no-pages.pdf")
    for _ in range(2):
        assert fail(locked).reason == "encrypted"
        assert fail(tmp_path / "no-pages.pdf").reason != "encrypted"


def scan(path: Path, also_text: bool) -> Path:
    picture = Image.new("L", (800, 1200), 255)
    ImageDraw.Draw(picture).text((100, 100), "SCANNED INVOICE", fill=0, font_size=60)
    picture.save(path.with_suffix(".png"))
    paper = canvas.Canvas(str(path), pagesize=(400, 600))
    if also_text:
        paper.drawString(50, 550, "Cover letter")
        paper.showPage()
    paper.drawImage(str(path.with_suffix(".png")), 0, 0, 400, 600)
    paper.showPage()
    paper.save()
    return path


def test_a_scanned_page_makes_the_document_partial_and_says_what_to_do(tmp_path, read):
    document = read(scan(tmp_path / "a.pdf", also_text=True))
    assert document.warnings == ("page 2: no text layer and OCR is off; turn it on with extract.ocr: auto",)
    assert len(document.pages[1].words) == 0


def test_a_document_of_scans_alone_is_a_failure_that_says_the_same(tmp_path, fail):
    failure = fail(scan(tmp_path / "a.pdf", also_text=False))
    assert failure.reason == "no_text"
    assert "extract.ocr: auto" in failure.detail


def test_without_tesseract_the_other_engine_reads_or_the_warning_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with SandboxExtractor(Extract(ocr="auto"), workers=1) as pool:
        found = pool.extract("a", "a.pdf", scan(tmp_path / "a.pdf", also_text=False))
    if ocr_rapid.is_there():
        assert isinstance(found, Document)
        assert found.text == "SCANNED INVOICE"
        assert "rapidocr" in found.engine
        return
    assert isinstance(found, Failure)
    assert found.reason == "no_text"
    assert "install tesseract" in found.detail


def test_a_blank_page_between_others_is_fine(tmp_path, read):
    document = read(pdf(tmp_path / "a.pdf", [LINES[0], [], LINES[0]]))
    assert document.warnings == ()
    assert len(document.pages) == 3
    assert document.pages[1].start == document.pages[1].end


def test_what_people_typed_into_a_form_is_read(tmp_path, read):
    paper = canvas.Canvas(str(tmp_path / "a.pdf"), pagesize=(400, 600))
    paper.drawString(50, 550, "Application for leave")
    paper.acroForm.textfield(
        name="employee", tooltip="Employee", value="Jana Novak", x=50, y=500, width=200, height=20
    )
    paper.showPage()
    paper.save()
    document = read(tmp_path / "a.pdf")
    assert "Employee: Jana Novak" in document.text
    (box,) = quoted(document, "Jana Novak")
    assert 50 <= box.x0 < 60
    assert 78 <= box.y0 < 90


def test_notes_on_the_page_are_read(tmp_path, read):
    pdf(tmp_path / "a.pdf", LINES)
    with pikepdf.open(tmp_path / "a.pdf") as document:
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Text,
            Rect=[50, 400, 70, 420],
            Contents="Please check the rate",
        )
        document.pages[0].Annots = document.make_indirect(pikepdf.Array([document.make_indirect(note)]))
        document.save(tmp_path / "b.pdf")
    assert "Comment: Please check the rate" in read(tmp_path / "b.pdf").text


def test_every_printed_word_is_in_the_text(tmp_path, read):
    """Scattered words that no layout explains."""
    places = [(20 + 37 * n % 340, 30 + 53 * n % 540, f"w{n}x") for n in range(60)]
    document = read(pdf(tmp_path / "a.pdf", [places]))
    assert sorted(document.text.replace("|", " ").split()) == sorted(f"w{n}x" for n in range(60))


@pytest.mark.parametrize(
    ("text", "printed", "wanted"),
    [
        ("a **bold** and *slanted* word", "aboldandslantedword", "a bold and slanted word"),
        ("5 \\* 3", "5*3", "5 * 3"),
        ("price * quantity", "price*quantity", "price * quantity"),
        ("cost $5 and $6", "cost$5and$6", "cost $5 and $6"),
        ("put $b^{i}$ here", "putbihere", "put bi here"),
        ("~~old~~ new", "oldnew", "old new"),
        ("10 .1% of 3 items", "10.1%of3items", "10.1% of 3 items"),
    ],
)
def test_marks_are_taken_off_and_printed_signs_stay(text, printed, wanted):
    assert plain(text, printed) == wanted
