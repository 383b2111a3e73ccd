"""Regions of pictures and drawings, found and drawn in the sandbox."""

import io
from pathlib import Path

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from metier.extract.regions import regions
from metier.extract.sandbox import SandboxExtractor
from metier.types import Box, Document, Failure
from tests.extract.conftest import changed, write


def report(path: Path) -> Path:
    """A page with a photograph, one with a chart of lines and bars, one with a table's rules and a frame."""
    paper = canvas.Canvas(str(path), pagesize=(400, 600))
    paper.drawString(50, 550, "The harbour from above")
    paper.drawImage(ImageReader(Image.new("RGB", (200, 100), (200, 30, 30))), 50, 300, 250, 200)
    paper.drawString(50, 285, "Figure 1: The harbour")
    paper.drawImage(ImageReader(Image.new("RGB", (20, 20))), 350, 560, 20, 20)
    paper.showPage()
    paper.drawString(50, 550, "Arrivals by month")
    for bar in range(10):
        paper.rect(60 + 25 * bar, 300, 20, 20 + 15 * bar, fill=1)
    paper.line(55, 300, 320, 300)
    paper.showPage()
    paper.drawString(50, 550, "A page of text in a frame")
    paper.rect(10, 10, 380, 580)
    paper.line(50, 540, 350, 540)
    paper.showPage()
    paper.save()
    return path


def test_a_photograph_and_a_chart_are_found_where_they_are_shown(tmp_path: Path) -> None:
    found = regions(report(tmp_path / "a.pdf"))
    assert [page for page, _ in found] == [1, 2]
    assert [round(value) for value in found[0][1]] == [50, 100, 300, 300]
    left, top, right, bottom = found[1][1]
    assert (round(left), round(bottom)) == (54, 300) or (54 <= left <= 61 and 299 <= bottom <= 302)
    assert top < 150
    assert right < 325


def test_also_on_pages_that_are_turned_or_cropped(tmp_path: Path) -> None:
    source = report(tmp_path / "a.pdf")
    (_, turned), *_ = regions(changed(source, tmp_path / "b.pdf", rotate=90))
    assert [round(value) for value in turned] == [300, 50, 500, 300]
    (_, cropped), *_ = regions(changed(source, tmp_path / "c.pdf", crop=(0, 0, 400, 550)))
    assert [round(value) for value in cropped] == [50, 50, 300, 250]


def test_the_sandbox_names_figures_with_captions_and_draws_the_part(
    tmp_path: Path, extractor: SandboxExtractor
) -> None:
    path = report(tmp_path / "a.pdf")
    document = extractor.extract("d", "a.pdf", path)
    assert isinstance(document, Document)
    figures = extractor.figures(document, document.media_type, path)
    assert not isinstance(figures, Failure)
    photograph, chart = figures
    assert (photograph.caption, photograph.box.page, chart.box.page) == ("Figure 1: The harbour", 1, 2)
    assert document.text[chart.start : chart.end] == "Arrivals by month"
    drawn = extractor.render(path, document.media_type, 1, 2.0, box=photograph.box)
    assert isinstance(drawn, bytes)
    picture = Image.open(io.BytesIO(drawn)).convert("RGB")
    assert picture.size == (500, 400)
    assert picture.getpixel((250, 200)) == (200, 30, 30)


def test_files_without_drawn_pages_have_none_and_broken_ones_are_failures(
    tmp_path: Path, extractor: SandboxExtractor
) -> None:
    note = extractor.extract("n", "n.txt", write(tmp_path, "n.txt", "A note."))
    assert isinstance(note, Document)
    assert extractor.figures(note, note.media_type, tmp_path / "n.txt") == []
    broken = write(tmp_path, "b.pdf", b"%PDF-1.7 nothing")
    found = extractor.figures(note, "application/pdf", broken)
    assert isinstance(found, Failure)
    assert found.reason == "no_picture"
    assert isinstance(extractor.render(broken, "application/pdf", 1, 1.0, box=Box(1, 0, 0, 9, 9)), Failure)
