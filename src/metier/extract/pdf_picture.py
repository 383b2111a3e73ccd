"""Pages of a PDF read from their pictures: those without text, and those whose text layer names no letters.

What cannot be read is named in a warning: no page is passed over in silence.
"""

import pypdfium2

from metier.extract import ocr, pdf_pdfium
from metier.extract.legible import illegible
from metier.extract.ocr_text import Reading
from metier.extract.raw import RawBlock, RawDocument, RawPage, one_line
from metier.types import Dropped

# A picture of at least this share of the page may hold text; logos and lines do not count.
_SUBSTANTIAL = 0.05
# From this share of characters without a letter on, the picture says more than the text layer.
_ILLEGIBLE = 0.3


def read_picture(
    pdf: pypdfium2.PdfDocument, page: RawPage, raw: RawDocument, mode: str
) -> tuple[RawPage, list[RawBlock]]:
    """The page, which has no text of its own, as its picture is read; `mode` is `extract.ocr`."""
    if pdf_pdfium.picture_share(pdf, page.number) < _SUBSTANTIAL:
        return page, []  # blank, or drawings without text
    if hint := ocr.why_not(mode):
        raw.warnings.append(f"page {page.number}: no text layer and {hint}")
        return page, []
    found = _recognised(pdf, page)
    if not found.blocks:
        raw.warnings.append(f"page {page.number}: no text layer, and OCR found no text in its picture")
        return page, []
    _take(found, page, raw)
    if found.confidence < ocr.DOUBTFUL:
        raw.warnings.append(f"page {page.number}: OCR is unsure ({found.confidence:.0%}); look at the page")
    return page, found.blocks


def read_illegible(pdf: pypdfium2.PdfDocument, raw: RawDocument, mode: str) -> set[int]:
    """Reads the pages from their pictures whose text layer names no letters, and says which; the words of the layer are
    listed as dropped. Where OCR is off or in doubt itself, the page stays as it is, less sure and with a warning."""
    read: dict[int, list[RawBlock]] = {}
    for page in raw.pages:
        share = illegible(item.text for item in page.runs or page.words)
        if share < _ILLEGIBLE or page.number > len(pdf):
            continue
        hint = ocr.why_not(mode)
        found = Reading([], [], 0.0) if hint else _recognised(pdf, page)
        if not found.blocks or found.confidence < ocr.DOUBTFUL:
            page.legible = 1 - share
            why = hint or "OCR reads no text in its picture that it is sure of"
            raw.warnings.append(f"page {page.number}: {share:.0%} of its characters name no letter and {why}")
            continue
        raw.dropped += [Dropped(page.number, one_line(word.text), "illegible") for word in page.words]
        page.suspects, page.runs = [], []
        _take(found, page, raw)
        read[page.number] = found.blocks
    if read:
        kept = [block for block in raw.blocks if block.page not in read or block.added]
        new = [block for blocks in read.values() for block in blocks]
        raw.blocks = sorted(kept + new, key=lambda block: block.page)
    return set(read)


def _recognised(pdf: pypdfium2.PdfDocument, page: RawPage) -> Reading:
    picture = pdf_pdfium.draw_page(pdf, page.number, ocr.PIXELS_PER_POINT)
    return ocr.read(picture, page.number, 1 / ocr.PIXELS_PER_POINT)


def _take(found: Reading, page: RawPage, raw: RawDocument) -> None:
    """The page has the words that OCR found."""
    page.words, page.ocr = found.words, found.confidence
    if ocr.engine() not in raw.engine:
        raw.engine += " + " + ocr.engine()
