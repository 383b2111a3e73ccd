"""OCR with a tesseract of our own that reads nothing but prints what tesseract 5.3 prints for a picture."""

import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from reportlab.pdfgen import canvas

from metier.extract import ocr_rapid
from metier.extract.ocr import engine, why_not
from metier.extract.ocr_tesseract import parse_tsv
from metier.extract.sandbox import SandboxExtractor
from metier.settings import Extract
from metier.text.places import boxes_for
from metier.types import Document, Failure
from tests.extract.conftest import fake_tesseract, pdf

HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
ROWS = [
    "1\t1\t0\t0\t0\t0\t0\t0\t1111\t1667\t-1\t",
    "4\t1\t1\t1\t1\t0\t100\t200\t500\t40\t-1\t",
    "5\t1\t1\t1\t1\t1\t100\t200\t200\t40\t96.5\tNotice",
    "5\t1\t1\t1\t1\t2\t320\t200\t280\t40\t91.0\tper-",
    "5\t1\t1\t1\t2\t1\t100\t260\t200\t40\t93.1\tiod",
    "5\t1\t2\t1\t1\t1\t100\t400\t200\t40\t95.0\tthree",
    "5\t1\t2\t1\t1\t2\t320\t400\t200\t40\t3.0\t~|",
]
TSV = "\n".join([HEAD, *ROWS]) + "\n"


def test_words_paragraphs_and_boxes_from_tsv():
    reading = parse_tsv(TSV, page=4, points_per_pixel=0.36)
    words, blocks = reading.words, reading.blocks
    assert reading.confidence == pytest.approx((0.965 + 0.91 + 0.931 + 0.95) / 4)
    assert [block.text for block in blocks] == ["Notice period", "three"]
    assert [word.text for word in words] == ["Notice", "per-", "iod", "three"]
    assert words[0].rect == pytest.approx((36, 72, 108, 86.4))
    assert blocks[0].page == 4


def test_why_ocr_cannot_run(monkeypatch, tmp_path):
    assert "extract.ocr: auto" in why_not("off")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(ocr_rapid, "is_there", lambda: False)
    assert "metier[ocr]" in why_not("auto")
    assert engine() == "none"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch) -> Path:
    """A folder with a `tesseract` first on PATH."""
    if sys.platform == "win32":
        pytest.skip("a shell script")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "out.tsv").write_text(TSV)
    fake_tesseract(folder, f"cat >/dev/null; cat {folder}/out.tsv", monkeypatch)
    return folder


def scan(folder: Path) -> Path:
    Image.new("L", (400, 600), 200).save(folder / "p.png")
    paper = canvas.Canvas(str(folder / "scan.pdf"), pagesize=(400, 600))
    paper.drawImage(str(folder / "p.png"), 0, 0, 400, 600)
    paper.showPage()
    paper.save()
    return folder / "scan.pdf"


def test_scanned_pages_are_read_with_boxes_on_the_page(tmp_path, fake):
    with SandboxExtractor(Extract(ocr="auto"), workers=1) as pool:
        document = pool.extract("a", "scan.pdf", scan(tmp_path))
    assert isinstance(document, Document)
    assert document.text == "Notice period\n\nthree"
    assert document.engine.endswith("+ tesseract 5.3.0")
    assert document.warnings == ()
    boxes = boxes_for(document, 0, len("Notice period"))
    assert [(round(box.x0), round(box.y0)) for box in boxes] == [(36, 72), (36, 94)]


def test_pages_with_text_are_not_given_to_ocr(tmp_path, fake):
    with SandboxExtractor(Extract(ocr="auto"), workers=1) as pool:
        document = pool.extract("a", "a.pdf", pdf(tmp_path / "a.pdf", [[(50, 500, "printed")]]))
    assert isinstance(document, Document)
    assert document.text == "printed"


def test_pictures_are_documents_only_with_ocr(tmp_path, fake):
    Image.new("L", (800, 600), 255).save(tmp_path / "photo.png", dpi=(200, 200))
    with SandboxExtractor(Extract(ocr="auto"), workers=1) as pool:
        document = pool.extract("a", "photo.png", tmp_path / "photo.png")
    assert isinstance(document, Document)
    assert document.media_type == "image/png"
    assert document.pages[0].width == pytest.approx(288, abs=1)
    with SandboxExtractor(Extract(ocr="off"), workers=1) as pool:
        failure = pool.extract("a", "photo.png", tmp_path / "photo.png")
    assert isinstance(failure, Failure)
    assert failure.reason == "no_text"


def test_a_failing_tesseract_is_named(tmp_path, fake):
    (fake / "out.tsv").unlink()
    with SandboxExtractor(Extract(ocr="auto"), workers=1) as pool:
        failure = pool.extract("a", "scan.pdf", scan(tmp_path))
    assert isinstance(failure, Failure)
    assert failure.reason == "ocr"
    assert "page 1" in failure.detail


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_the_real_tesseract_reads_a_drawn_sentence(tmp_path):
    picture = Image.new("L", (1200, 300), 255)
    ImageDraw.Draw(picture).text((50, 100), "Notice period three months", fill=0, font_size=60)
    picture.save(tmp_path / "a.png", dpi=(200, 200))
    with SandboxExtractor(Extract(ocr="auto"), workers=1) as pool:
        document = pool.extract("a", "a.png", tmp_path / "a.png")
    assert isinstance(document, Document)
    assert "Notice period three months" in document.text
