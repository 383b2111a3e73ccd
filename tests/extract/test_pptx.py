from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from tests.extract.conftest import blocks


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
