"""The structure engine: its tables as cells, its blocks on pages that are turned or cropped, its absence."""

from pathlib import Path

import pypdfium2
import pytest
from reportlab.lib import colors
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from metier.extract import pdf_docvortex
from metier.extract.pdf_docvortex import table_cells
from metier.extract.raw import RawPage
from metier.extract.sandbox import SandboxExtractor
from metier.settings import Extract
from metier.types import Document
from tests.extract.conftest import changed, check_ranges

ROWS = [
    ["Region", "2024", "2025"],
    ["North", "1,200", "1,350"],
    ["South", "900", "870"],
    ["West", "450", "512"],
]


def report(path: Path, before: int = 0) -> Path:
    """Plain pages, then one with a ruled table."""
    styles = getSampleStyleSheet()
    plain = "Plain text about nothing in particular, long enough to fill the page to its end. " * 45
    story = [Paragraph(plain, styles["Normal"]) for _ in range(before)]
    grid = [("GRID", (0, 0), (-1, -1), 0.5, colors.black)]
    story += [Paragraph("Sales by region", styles["Heading1"]), Table(ROWS, colWidths=100, style=grid)]
    SimpleDocTemplate(str(path)).build(story)
    return path


def test_cells_of_a_table_with_merged_cells() -> None:
    cells = table_cells(
        "<table><tr><td rowspan='2'>a</td><td colspan='2'>b <b>c</b></td></tr><tr><td>d</td><td>e</td></tr></table>"
    )
    assert [(cell.row, cell.column, cell.text, cell.row_span, cell.column_span) for cell in cells] == [
        (0, 0, "a", 2, 1),
        (0, 1, "b c", 1, 2),
        (1, 1, "d", 1, 1),
        (1, 2, "e", 1, 1),
    ]
    assert [cell.header for cell in cells] == [True, True, False, False]


@pytest.mark.parametrize("markup", ["", "no table", "<table></table>"])
def test_no_table_has_no_cells(markup: str) -> None:
    assert table_cells(markup) == []


def test_spans_are_bounded() -> None:
    assert table_cells("<table><tr><td rowspan='99999999' colspan='x'>a</td></tr></table>")[0].row_span == 200


@pytest.mark.parametrize("rotate", [0, 90])
def test_boxes_are_in_points_of_the_page_as_displayed(rotate: int, tmp_path: Path) -> None:
    path = changed(report(tmp_path / "a.pdf"), tmp_path / "b.pdf", rotate, ())
    pdf = pypdfium2.PdfDocument(path)
    width, height = pdf[0].get_size()
    blocks = pdf_docvortex.read_pages(path, pdf, [RawPage(1, width, height)])[1]
    pdf.close()
    for block in blocks:
        assert block.rect is not None
        assert 0 <= block.rect[0] < block.rect[2] <= width + 1
        assert 0 <= block.rect[1] < block.rect[3] <= height + 1


def test_a_table_in_doubt_is_read_by_the_structure_engine_inside_the_sandbox(tmp_path: Path) -> None:
    path = report(tmp_path / "a.pdf", before=2)
    with SandboxExtractor(Extract(structure="auto"), workers=1) as extractor:
        document = extractor.extract("doc", "a.pdf", path)
    assert isinstance(document, Document), document
    check_ranges(document)
    assert "docvortex" in document.engine
    (table,) = [block for block in document.blocks if block.kind == "table"]
    assert [cell.text for cell in table.cells] == [text for row in ROWS for text in row]
    assert all(cell.box for cell in table.cells)


def test_it_can_be_turned_off_and_need_not_be_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = report(tmp_path / "a.pdf")
    with SandboxExtractor(Extract(structure="off"), workers=1) as extractor:
        document = extractor.extract("doc", "a.pdf", path)
        off = extractor.identity
    assert isinstance(document, Document), document
    assert "docvortex" not in document.engine
    with SandboxExtractor(Extract(structure="auto"), workers=1) as extractor:
        assert extractor.identity != off
    monkeypatch.setattr(pdf_docvortex.importlib.util, "find_spec", lambda name: None)
    pdf_docvortex.available.cache_clear()
    assert pdf_docvortex.engine() == ""
    pdf_docvortex.available.cache_clear()
