import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.extract.conftest import blocks


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
