import datetime

import openpyxl
from openpyxl.styles import Font

from metier.text.sheets import cells_for
from tests.extract.conftest import blocks


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


def test_tables_and_lines_know_where_they_stand_on_the_sheet(tmp_path, read):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["B2"] = "A note"
    for row, values in enumerate((("Plan", "Price"), ("Basic", "ten")), start=4):
        for column, value in enumerate(values, start=3):
            sheet.cell(row, column, value)
    book.save(tmp_path / "a.xlsx")
    document = read(tmp_path / "a.xlsx")
    assert [(block.kind, block.anchor) for block in document.blocks] == [
        ("heading", ""), ("paragraph", "B2"), ("table", "C4")
    ]  # fmt: skip
    start = document.text.index("ten")
    assert cells_for(document, start, start + 3) == "Sheet!D5"


def test_a_title_and_what_it_is_counted_in_stand_above_the_column_names(tmp_path, read):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Quarters"
    for row in (("Key figures",), ("EUR thousand",), ("Quarter", "Orders", "Staff"), ("2024 Q3", 21190, 627)):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    document = read(tmp_path / "a.xlsx")
    table = next(block for block in document.blocks if block.kind == "table")
    assert [cell.text for cell in table.cells if cell.header] == ["Quarter", "Orders", "Staff"]
    assert table.heading_path == ("Quarters", "Key figures", "EUR thousand")


def test_a_list_in_the_first_of_two_columns_is_no_title(tmp_path, read):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (("Apples",), ("Pears",), ("Plums",), ("Nuts",), ("Bread", "white")):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    document = read(tmp_path / "a.xlsx")
    assert "Apples" in blocks(document, "table")[0]
