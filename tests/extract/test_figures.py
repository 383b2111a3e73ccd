from metier.extract.figures import MOST, figures_of, picture_figures
from metier.types import Block, Box, Document, Page

TEXT = "Sales rose.\n\nFigure 1: Sales by month\n\nThey fell later."


def block(
    order: int, start: int, end: int, box: Box | None, kind: str = "paragraph", **more: object
) -> Block:
    return Block(f"d.{order}", kind, order, 1, start, end, box, **more)  # type: ignore[arg-type]


def document(*more: Block, pages: int = 1, ocr: float | None = None) -> Document:
    blocks = (
        block(0, 0, 11, Box(1, 50, 50, 300, 60)),
        block(1, 13, 37, Box(1, 50, 310, 300, 320)),
        block(2, 39, 55, Box(1, 50, 400, 300, 410)),
        *more,
    )
    sheets = [
        Page(1, 400, 600, 0, len(TEXT), ocr=ocr),
        *(Page(n, 400, 600, 55, 55) for n in range(2, pages + 1)),
    ]
    return Document("d", "d.pdf", "Report", "en", "application/pdf", TEXT, tuple(sheets), blocks, "test")


CHART = (1, (50.0, 100.0, 300.0, 300.0))


def test_a_region_with_its_caption() -> None:
    (found,) = figures_of(document(), [CHART])
    assert (found.id, found.caption) == ("d.f1", "Figure 1: Sales by month")
    assert TEXT[found.start : found.end] == found.caption
    assert found.box == Box(1, 50, 100, 300, 300)


def test_without_a_caption_it_stands_where_the_text_before_it_does() -> None:
    (found,) = figures_of(document(), [(1, (50, 450, 300, 580))])
    assert (found.caption, TEXT[found.start : found.end]) == ("", "They fell later.")
    (above,) = figures_of(document(), [(1, (50, 0, 300, 49))])
    assert TEXT[above.start : above.end] == "Sales rose."
    (alone,) = figures_of(document(pages=2), [(2, (50, 100, 300, 300))])
    assert (alone.start, alone.end) == (55, 55)


def test_what_the_document_calls_a_figure_counts_once_and_tables_do_not() -> None:
    known = block(3, 39, 55, Box(1, 55, 105, 290, 290), "figure")
    assert [item.box for item in figures_of(document(known), [CHART])] == [known.box]
    grid = block(3, 39, 55, Box(1, 50, 110, 300, 300), "table")
    assert figures_of(document(grid), [CHART]) == []


def test_a_letterhead_and_a_scan_are_no_figures() -> None:
    head = (300.0, 10.0, 390.0, 60.0)
    assert figures_of(document(pages=3), [(page, head) for page in (1, 2, 3)]) == []
    assert len(figures_of(document(pages=3), [(page, head) for page in (1, 2)])) == 2
    whole = (1, (0.0, 0.0, 400.0, 600.0))
    assert figures_of(document(ocr=0.9), [whole]) == []
    assert len(figures_of(document(), [whole])) == 1, "a slide that is one picture"


def test_a_catalogue_of_pictures_is_not_described_to_its_end() -> None:
    many = [(1, (8.0 * n, 100.0, 8.0 * n + 4, 102.0)) for n in range(2 * MOST)]
    assert len(figures_of(document(), many)) == MOST


def test_a_picture_as_a_document_is_a_figure_unless_it_is_a_page_of_text() -> None:
    (found,) = picture_figures(document(ocr=0.9))
    assert found.box == Box(1, 0, 0, 400, 600)
    page = Page(1, 400, 600, 0, 400, ocr=0.9)
    text = Document("d", "d.png", "", "en", "image/png", "word " * 80, (page,), (), "test")
    assert picture_figures(text) == []
