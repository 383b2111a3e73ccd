import io

import pypdfium2
from reportlab.pdfgen.canvas import Canvas

from metier.extract.raw import RawBlock, RawRun
from metier.extract.structure.features import describe
from metier.extract.structure.outline import Entry, match_outline, read_outline
from metier.extract.structure.prepare import Piece
from metier.extract.structure.style import lines_of


def test_bookmarks_are_read_in_order_with_page_and_level():
    out = io.BytesIO()
    canvas = Canvas(out)
    for title, level in (("1 Scope", 0), ("1.1 Terms", 1)):
        canvas.bookmarkPage(title)
        canvas.addOutlineEntry(title, title, level)
        canvas.showPage()
    canvas.save()
    pdf = pypdfium2.PdfDocument(out.getvalue())
    assert read_outline(pdf) == [Entry("1 Scope", 1, 1), Entry("1.1 Terms", 2, 2)]
    pdf.close()


def block(text: str, page: int, size: float = 10, kind: str = "paragraph"):  # type: ignore[no-untyped-def]
    made = RawBlock(kind, text, page)
    return Piece(made, lines_of([RawRun(text, (0, 0, 99, size), "Times-Roman", size)]), made)


def test_a_bookmark_names_the_block_with_its_title_numbers_aside():
    items = describe(
        [
            block("1 Scope", 1, kind="header"),
            block("Scope", 2),
            block("1 Scope", 2, 16),
            block("Terms of use", 3),
        ]
    )
    assert match_outline(
        [Entry("Scope", 2, 1), Entry("2 Terms of Use", 2, 2), Entry("Nowhere", 2, 1)], items
    ) == {2: 0, 3: 1}


def test_each_block_is_named_once():
    items = describe([block("Notes", 1), block("Notes", 1)])
    assert match_outline([Entry("Notes", 1, 1)] * 3, items) == {0: 0, 1: 1}
    assert match_outline([Entry("Notes", 0, 1), Entry("", 1, 1)], items) == {}
