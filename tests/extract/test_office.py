"""DOCX, PPTX and XLSX written by the libraries that offices' files come closest to."""

import datetime
import zipfile

import docx
import openpyxl
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl.styles import Font
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches


def blocks(document, kind=None):
    return [document.text[b.start : b.end] for b in document.blocks if kind in (None, b.kind)]


def test_docx_keeps_the_order_of_headings_text_lists_and_tables(tmp_path, read):
    file = docx.Document()
    file.core_properties.title = "Leave policy"
    file.add_heading("Leave", 1)
    file.add_paragraph("You have 30 days.")
    file.add_heading("Carry-over", 2)
    file.add_paragraph("Until 31 March.", style="List Bullet")
    table = file.add_table(rows=3, cols=3)
    for row, texts in enumerate((("Years", "Days", "Note"), ("0-5", "28", "x"), ("6+", "30", "y"))):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    file.add_paragraph("After the table.")
    file.sections[0].header.paragraphs[0].text = "ACME internal"
    file.sections[0].footer.paragraphs[0].text = "Confidential"
    file.save(tmp_path / "a.docx")
    document = read(tmp_path / "a.docx")
    assert [(b.kind, b.level) for b in document.blocks] == [
        ("header", 0), ("heading", 1), ("paragraph", 0), ("heading", 2), ("list_item", 0), ("table", 0),
        ("paragraph", 0), ("footer", 0),
    ]  # fmt: skip
    assert document.title == "Leave policy"
    assert document.blocks[5].heading_path == ("Leave", "Carry-over")
    assert blocks(document, "table") == ["Years | Days | Note\n0-5 | 28 | x\n6+ | 30 | y"]
    assert [cell.text for cell in document.blocks[5].cells if cell.header] == ["Years", "Days", "Note"]


def test_docx_merged_cells(tmp_path, read):
    file = docx.Document()
    table = file.add_table(rows=3, cols=3)
    for row in range(3):
        for column in range(3):
            table.cell(row, column).text = f"{row}{column}"
    table.cell(0, 1).merge(table.cell(0, 2)).text = "wide"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "tall"
    file.save(tmp_path / "a.docx")
    document = read(tmp_path / "a.docx")
    # a cell over two columns is written once, one over two rows in each of them
    assert blocks(document) == ["00 | wide\ntall | 11 | 12\ntall | 21 | 22"]
    cells = {(cell.row, cell.column): cell for cell in document.blocks[0].cells}
    assert cells[0, 1].column_span == 2
    assert cells[1, 0].text == cells[2, 0].text == "tall"


def test_docx_reads_what_python_docx_leaves_out(tmp_path, read):
    file = docx.Document()
    paragraph = file.add_paragraph("Kept ")._p
    run = "<w:r><w:t xml:space='preserve'>{}</w:t></w:r>"
    ns = nsdecls("w")
    paragraph.append(parse_xml(f"<w:ins {ns} w:id='1'>{run.format('inserted ')}</w:ins>"))
    deleted = "<w:r><w:delText>deleted</w:delText></w:r>"
    paragraph.append(parse_xml(f"<w:del {ns} w:id='2'>{deleted}</w:del>"))
    paragraph.append(
        parse_xml(f"<w:sdt {ns}><w:sdtContent>{run.format('controlled')}</w:sdtContent></w:sdt>")
    )
    body = file.element.body
    content = (
        f"<w:sdt {ns}><w:sdtContent><w:p>{run.format('In a block control')}</w:p></w:sdtContent></w:sdt>"
    )
    body.insert(1, parse_xml(content))
    file.save(tmp_path / "a.docx")
    assert blocks(read(tmp_path / "a.docx")) == ["Kept inserted controlled", "In a block control"]


def test_docx_writes_the_numbers_that_word_counts(tmp_path, read):
    file = docx.Document()
    for text in ("First", "Second"):
        file.add_paragraph(text, style="List Number")
    file.add_paragraph("Between")
    file.add_paragraph("Third", style="List Number")
    file.save(tmp_path / "a.docx")
    assert blocks(read(tmp_path / "a.docx")) == ["1. First", "2. Second", "Between", "3. Third"]


def test_pptx_slides_are_pages_with_title_text_table_chart_and_notes(tmp_path, read):
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Results 2024"
    slide.placeholders[1].text = "Revenue grew"
    slide.notes_slide.notes_text_frame.text = "Mention Austria"
    second = deck.slides.add_slide(deck.slide_layouts[5])
    second.shapes.title.text = "Figures"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for row, texts in enumerate((("Region", "EUR m"), ("DACH", "12.4"))):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    data = CategoryChartData()
    data.categories = ["Q1", "Q2"]
    data.add_series("Orders", (3, 4.5))
    second.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(4), Inches(4), Inches(2), data)
    deck.save(tmp_path / "a.pptx")
    document = read(tmp_path / "a.pptx")
    assert [page.label for page in document.pages] == ["Results 2024", "Figures"]
    assert [(b.page, b.kind) for b in document.blocks] == [
        (1, "heading"), (1, "list_item"), (1, "paragraph"), (2, "heading"), (2, "table"), (2, "table"),
    ]  # fmt: skip
    assert "Notes: Mention Austria" in document.text
    assert blocks(document, "table") == ["Region | EUR m\nDACH | 12.4", " | Orders\nQ1 | 3\nQ2 | 4.5"]
    assert document.pages[0].width == 720


def workbook(path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Prices"
    sheet["A1"] = "Price list 2025"
    sheet["A1"].font = Font(bold=True)
    for row in (("Article", "Price", "Share", "Since"), ("Bolt", 1234.5, 0.155, datetime.date(2025, 3, 1))):
        sheet.append(row)
    since = datetime.datetime(2024, 12, 31, 8, 30)  # noqa: DTZ001  # spreadsheets know no time zones
    sheet.append(("Nut", -3, 0.2, since))
    for row in (3, 4):
        sheet.cell(row, 2).number_format = '#,##0.00\\ "€"'
        sheet.cell(row, 3).number_format = "0.0%"
    sheet["A8"] = "Without VAT."
    hidden = book.create_sheet("Old")
    hidden["A1"] = "outdated"
    hidden.sheet_state = "hidden"
    book.create_sheet("Empty")
    book.save(path)
    return path


def test_xlsx_sheets_are_pages_and_values_read_as_displayed(tmp_path, read):
    document = read(workbook(tmp_path / "a.xlsx"))
    assert [page.label for page in document.pages] == ["Prices", "Old (hidden sheet)", "Empty"]
    (table,) = blocks(document, "table")
    assert table.split("\n") == [
        "Article | Price | Share | Since",
        "Bolt | 1,234.50 € | 15.5% | 2025-03-01",
        "Nut | -3.00 € | 20.0% | 2024-12-31 08:30",
    ]
    block = next(block for block in document.blocks if block.kind == "table")
    assert [cell.text for cell in block.cells if cell.header] == ["Article", "Price", "Share", "Since"]
    assert block.heading_path == ("Prices", "Price list 2025")
    assert "Without VAT." in blocks(document, "paragraph")
    assert "outdated" in document.text


def test_office_files_named_wrongly_are_read_by_content(tmp_path, read):
    path = workbook(tmp_path / "a.xlsx")
    path.rename(tmp_path / "list.docx")
    assert read(tmp_path / "list.docx").media_type.endswith("spreadsheetml.sheet")


@pytest.mark.parametrize(("inner", "ending"), [("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx")])
def test_zip_bombs_are_not_opened(inner, ending, tmp_path, fail):
    path = tmp_path / f"bomb.{ending}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        with package.open(inner, "w") as member:
            for _ in range(300):
                member.write(b" " * (1 << 20))
    failure = fail(path)
    assert failure.reason == "zip_bomb"
    assert "unpack" in failure.detail


def test_broken_and_locked_packages_say_so(tmp_path, fail):
    whole = workbook(tmp_path / "a.xlsx").read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(whole[: len(whole) // 2])
    assert fail(tmp_path / "cut.xlsx").reason == "corrupt"
    with zipfile.ZipFile(tmp_path / "hollow.docx", "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", "<broken")
    assert fail(tmp_path / "hollow.docx").reason == "corrupt"
    name = "EncryptedPackage".encode("utf-16-le")
    (tmp_path / "locked.docx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + name)
    assert fail(tmp_path / "locked.docx").reason == "encrypted"
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as package:
        package.writestr("a.txt", "x")
    assert fail(tmp_path / "photos.zip").reason == "unsupported"
