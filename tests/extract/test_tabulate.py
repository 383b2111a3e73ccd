import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen import canvas

from metier.extract import pdf_liteparse
from metier.extract.raw import RawBlock, RawCell, RawDocument, RawPage, RawRun, RawWord
from metier.extract.tabulate import tabulate

LEFTS = (60, 200, 330)
TEXT = (
    "The supplier delivers within ten days of the order unless both parties agree on another date in writing."
)


def read(tmp_path: Path, draw) -> RawDocument:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=(595, 842))
    draw(page)
    page.save()
    (tmp_path / "drawn.pdf").write_bytes(out.getvalue())
    return pdf_liteparse.read(tmp_path / "drawn.pdf")


def rows(page: canvas.Canvas, top: float, first: int, last: int) -> None:
    page.setFont("Helvetica", 10)
    for number in range(first, last):
        y = top - 16 * (number - first)
        for x, text in zip(LEFTS, (f"AB-{number:03d}", ("pump", "ball valve", "hose")[number % 3], f"{number * 7}.50"), strict=True):  # fmt: skip
            page.drawString(x, y, text)


def header(page: canvas.Canvas, y: float) -> None:
    page.setFont("Helvetica-Bold", 10)
    for x, text in zip(LEFTS, ("No.", "Article", "Price"), strict=True):
        page.drawString(x, y, text)


def prose(page: canvas.Canvas, y: float, lines: int = 3) -> None:
    page.setFont("Helvetica", 10)
    for number in range(lines):
        page.drawString(60, y - 12 * number, TEXT[number:])


def grid(block: RawBlock) -> list[list[str]]:
    found: dict[int, list[str]] = {}
    for cell in block.cells:
        found.setdefault(cell.row, []).append(cell.text)
    return list(found.values())


def test_printed_rows_without_rules_become_a_table(tmp_path: Path):
    def draw(page: canvas.Canvas) -> None:
        prose(page, 780)
        header(page, 700)
        rows(page, 684, 1, 9)
        prose(page, 500)

    raw = read(tmp_path, draw)
    kinds = [block.kind for block in raw.blocks]
    assert kinds.count("table") == 1
    table = raw.blocks[kinds.index("table")]
    assert grid(table)[:3] == [
        ["No.", "Article", "Price"],
        ["AB-001", "ball valve", "7.50"],
        ["AB-002", "hose", "14.50"],
    ]
    assert [cell.header for cell in table.cells[:4]] == [True, True, True, False]
    assert all(cell.rect and cell.rect[0] == pytest.approx(LEFTS[cell.column], abs=2) for cell in table.cells)
    assert "supplier" in raw.blocks[0].text
    assert "supplier" in raw.blocks[-1].text


def test_text_in_two_columns_stays_text(tmp_path: Path):
    def draw(page: canvas.Canvas) -> None:
        page.setFont("Helvetica", 10)
        for number in range(20):
            page.drawString(60, 780 - 12 * number, TEXT[number : number + 45])
            page.drawString(320, 780 - 12 * number, TEXT[number + 20 : number + 65])

    assert not [block for block in read(tmp_path, draw).blocks if block.kind == "table"]


def test_the_last_rows_on_the_next_page_are_a_table_too(tmp_path: Path):
    def draw(page: canvas.Canvas) -> None:
        header(page, 300)
        rows(page, 284, 1, 14)
        page.showPage()
        rows(page, 770, 14, 15)
        prose(page, 700)

    raw = read(tmp_path, draw)
    tables = [block for block in raw.blocks if block.kind == "table"]
    assert [block.page for block in tables] == [1, 2]
    assert grid(tables[1]) == [["AB-014", "hose", "98.50"]]


def test_a_title_between_two_tables_stays_a_block_of_its_own():
    words, y = [], 100.0
    blocks = []
    for part in range(2):
        for number in range(4):
            words += [RawWord(f"A{part}{number}", (50, y, 70, y + 9)), RawWord("9", (200, y, 206, y + 9))]
            blocks.append(RawBlock("paragraph", f"A{part}{number} 9", rect=(50, y, 206, y + 9)))
            y += 14
        words.append(RawWord("Title", (50, y, 80, y + 9)))
        blocks.append(RawBlock("heading", "Title", level=2, rect=(50, y, 80, y + 9)))
        y += 14
    found = tabulate([RawPage(1, 600, 800, words=words)], blocks)
    assert [block.kind for block in found] == ["table", "heading", "table", "heading"]


def test_what_of_a_block_is_outside_the_table_stays():
    words = [RawWord("Prices:", (50, 80, 90, 89))]
    for number in range(5):
        y = 100 + 14 * number
        words += [RawWord(f"A{number}", (50, y, 62, y + 9)), RawWord(str(number), (150, y, 155, y + 9)), RawWord("9 8 3 7 1"[2 * number], (250, y, 255, y + 9))]  # fmt: skip
    text = "Prices: " + " ".join(word.text for word in words[1:])
    block = RawBlock("paragraph", text, rect=(50, 80, 255, 170))
    found = tabulate([RawPage(1, 600, 800, words=words)], [block])
    assert [(part.kind, part.text) for part in found] == [("paragraph", "Prices:"), ("table", "")]


def test_a_table_of_the_engine_that_holds_the_rows_is_kept():
    words, cells = [], []
    for number in range(4):
        y = 100 + 14 * number
        for column, x in enumerate((50, 150, 250)):
            words.append(RawWord(f"{column}{number}", (x, y, x + 12, y + 9)))
    table = RawBlock("table", rect=(48, 98, 264, 153), cells=cells)
    table.cells = [RawCell(n // 3, n % 3, word.text, rect=word.rect) for n, word in enumerate(words)]
    assert tabulate([RawPage(1, 600, 800, words=words)], [table]) == [table]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.integers(0, 12), st.sampled_from(["ab", "7,5", "pump", "2024", "•", "x="])
        ),
        max_size=60,
    )
)
def test_no_word_is_lost_whatever_stands_where(places: list[tuple[int, int, str]]):
    seen = {(x, y): text for x, y, text in places}
    words = [
        RawWord(text, (50 + 80 * x, 60 + 14 * y, 50 + 80 * x + 6 * len(text), 69 + 14 * y))
        for (x, y), text in seen.items()
    ]
    blocks = [RawBlock("paragraph", word.text, rect=word.rect) for word in words]
    runs = [RawRun(word.text, word.rect, "Times-Roman", 9) for word in words]
    found = tabulate([RawPage(1, 600, 800, words=words, runs=runs)], blocks)
    held = [text for block in found for text in [block.text, *(cell.text for cell in block.cells)]]
    assert sorted("".join(held).replace(" ", "")) == sorted("".join(word.text for word in words))
