import io

import pytest
from PIL import Image, ImageDraw, ImageFont

from metier.extract import ocr_rapid
from metier.extract.ocr_rapid import arrange
from metier.extract.sandbox import SandboxExtractor
from metier.settings import Extract
from metier.types import Document

installed = pytest.mark.skipif(not ocr_rapid.is_there(), reason="the extra ocr is not installed")


def word(text, x, y, width=40, height=20, sure=0.9):
    return (text, sure, [[x, y], [x + width, y], [x + width, y + height], [x, y + height]])


def test_lines_become_paragraphs_column_by_column():
    left = [[word("three", 10, 10), word("mon-", 60, 10)], [word("ths", 10, 34)]]
    right = [[word("Other", 300, 12)], [word("column", 300, 36)], [word("Far", 300, 200)]]
    speck = [[word("~", 10, 400, sure=0.2)]]
    reading = arrange([left[0], right[0], left[1], right[1], right[2], *speck, None], 2, 0.5)
    assert [block.text for block in reading.blocks] == ["three months", "Other column", "Far"]
    assert reading.blocks[0].rect == (5, 5, 50, 27)
    assert [w.text for w in reading.words] == ["three", "mon-", "ths", "Other", "column", "Far"]
    assert reading.confidence == pytest.approx(0.9)
    assert arrange([], 1, 1.0).confidence == 0


@installed
def test_a_picture_is_read_in_the_sandbox_with_its_confidence(tmp_path, monkeypatch):
    picture = Image.new("RGB", (1000, 260), "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(32)
    draw.text((40, 40), "The notice period is three months.", fill="black", font=font)
    draw.text((40, 150), "Price: 12.50 Euro", fill="black", font=font)
    picture.save(tmp_path / "scan.png")
    monkeypatch.setenv("PATH", str(tmp_path))  # no tesseract there
    with SandboxExtractor(Extract(ocr="auto"), workers=1) as pool:
        document = pool.extract("d", "scan.png", tmp_path / "scan.png")
    assert isinstance(document, Document), document
    assert "notice period is three months" in document.text
    assert "12.50" in document.text
    assert document.engine.startswith("rapidocr")
    assert document.pages[0].ocr is not None
    assert document.pages[0].ocr > 0.8
    assert len(document.pages[0].words) >= 8


@installed
def test_an_empty_picture_has_nothing():
    out = io.BytesIO()
    Image.new("RGB", (200, 200), "white").save(out, "PNG")
    assert ocr_rapid.read(out.getvalue(), 1, 1.0).blocks == []
