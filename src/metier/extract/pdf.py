"""PDF: liteparse reads, pdfium reads the pages that it gives nothing for, OCR the pages that have no text at all.

Pages whose structure is in doubt are read by docvortex besides, where it is installed (`route`, `reconcile`). A page with
pictures but no text is never passed over in silence: it is read by OCR or named in a warning.
"""

import contextlib
import time
from collections import defaultdict
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

import pypdfium2

from metier.extract import pdf_docvortex, pdf_liteparse, pdf_pdfium
from metier.extract.attach import attach
from metier.extract.confidence import agreement
from metier.extract.detect import PDF
from metier.extract.gutter import columns_apart
from metier.extract.hidden import hide
from metier.extract.pdf_picture import read_illegible, read_picture
from metier.extract.raw import RawBlock, RawDocument, Unreadable
from metier.extract.reconcile import reconcile
from metier.extract.route import doubt
from metier.extract.structure.apply import structure
from metier.extract.structure.corrections import Layout
from metier.extract.structure.outline import read_outline
from metier.extract.text_layer import complete

# pdfium's error codes (fpdfview.h)
_PASSWORD, _SECURITY = 4, 5
# Pages that the structure engine gets at once: it learns the fonts of headings from them, and the clock is looked at between.
_STRUCTURE_PAGES = 16
# Share of the deadline after which no more pages are sent there (it needs 0.1 s per page, but no page is certain).
_STRUCTURE_TIME = 0.4


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """Blocks, words and pages. Raises Unreadable: "encrypted", "corrupt"."""
    given = request.get("pdf")  # opened already to count its pages; closed by who opened it
    pdf = given if given is not None and len(given) else _open(path)
    try:
        raw = _read_all(path, pdf, request)
        if not raw.pages:
            raise _no_pages(path, pdf, request)
        flowing = {block.page for block in raw.blocks}  # pages whose text layer is there and in order
        _fill_gaps(pdf, raw, request)
        if pdf is not None:
            flowing -= read_illegible(pdf, raw, str(request["ocr"]))
        _doubt(raw, flowing)
        _structure(path, pdf, raw, request, flowing)
        _columns(raw, flowing)
        if pdf is not None:
            complete(pdf, raw, flowing)
        _hide(pdf, raw)
        structure(raw, read_outline(pdf) if pdf else [], _layouts(request), _metadata(pdf, "Producer"))
        attach(raw)
        raw.title = _metadata(pdf, "Title")
        return raw
    finally:
        if pdf is not None and pdf is not given:
            pdf.close()


def _open(path: Path) -> pypdfium2.PdfDocument | None:
    """The file in pdfium, or None if pdfium cannot open it (liteparse may still)."""
    try:
        pdf = pypdfium2.PdfDocument(path)
        return pdf if len(pdf) else None
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in (_PASSWORD, _SECURITY) and _has_encryption(path):
            raise Unreadable("encrypted", "the PDF needs a password; save it without one") from None
        return None


def _no_pages(path: Path, pdf: pypdfium2.PdfDocument | None, request: Mapping[str, Any]) -> Unreadable:
    first = int((request.get("pages") or (1, 1))[0])
    if pdf is not None and first > len(pdf):
        return Unreadable("no_page", f"there is no page {first}; the last one is page {len(pdf)}")
    if _has_encryption(path):
        return Unreadable(
            "encrypted",
            "the PDF is encrypted in a way that cannot be undone here; save it without a password",
        )
    return Unreadable("corrupt", "there is no page in it; print it anew as PDF")


def _has_encryption(path: Path) -> bool:
    """True if the file says that it is encrypted; the entry itself is never packed (ISO 32000-1, 7.5.8.2).

    Asked besides, because pdfium keeps its last error: after an encrypted file, six of 212 odd ones seemed encrypted too.
    """
    return b"/Encrypt" in path.read_bytes()


def _read_all(path: Path, pdf: pypdfium2.PdfDocument | None, request: Mapping[str, Any]) -> RawDocument:
    if request.get("engine") == "pdfium":
        if pdf is None:
            raise Unreadable("corrupt", "neither engine can open it; print it anew as PDF")
        return RawDocument(PDF, pdf_pdfium.engine(), *pdf_pdfium.read_pages(pdf, _wanted(request, pdf)))
    try:
        return pdf_liteparse.read(path, request.get("pages"))
    except pdf_liteparse.ParseError as error:
        if "password" in str(error).lower() and _has_encryption(path):
            raise Unreadable("encrypted", "the PDF needs a password; save it without one") from None
        if pdf is None:
            raise Unreadable(
                "corrupt", f"cannot be opened ({str(error)[:200]}); print it anew as PDF"
            ) from None
    return RawDocument(PDF, pdf_pdfium.engine(), *pdf_pdfium.read_pages(pdf, _wanted(request, pdf)))


def _wanted(request: Mapping[str, Any], pdf: pypdfium2.PdfDocument) -> range:
    """The pages to be read: all, or those of the range asked for that are there."""
    first, last = request.get("pages") or (1, len(pdf))
    return range(first, min(last, len(pdf)) + 1)


def _fill_gaps(pdf: pypdfium2.PdfDocument | None, raw: RawDocument, request: Mapping[str, Any]) -> None:
    """Reads again what came out empty, page by page, and warns of what stays unread."""
    if pdf is None:
        return
    filled = {block.page for block in raw.blocks}
    added: list[RawBlock] = []
    for number, page in enumerate(raw.pages):
        if page.number in filled or page.number > len(pdf):
            continue
        new_page, blocks = pdf_pdfium.read_page(pdf, page.number)
        if not any(block.text.strip() for block in blocks):
            new_page, blocks = read_picture(pdf, page, raw, str(request["ocr"]))
        raw.pages[number] = new_page
        added += blocks
    known = {page.number for page in raw.pages}
    for number in (n for n in _wanted(request, pdf) if n not in known):
        # pages that liteparse skipped at the end
        page, blocks = pdf_pdfium.read_page(pdf, number)
        raw.pages.append(page)
        added += blocks
    if added:
        raw.blocks = sorted(raw.blocks + added, key=lambda block: block.page)


def _hide(pdf: pypdfium2.PdfDocument | None, raw: RawDocument) -> None:
    """Takes what does not show out of the text of the pages."""
    if pdf is None or not any(page.suspects for page in raw.pages):
        return
    blocks = []
    for page in raw.pages:
        here = [block for block in raw.blocks if block.page == page.number]
        blocks += hide(pdf, page, here) if page.suspects else here
    raw.blocks = blocks


def _doubt(raw: RawDocument, flowing: Set[int]) -> None:
    by_page: dict[int, list[RawBlock]] = defaultdict(list)
    for block in raw.blocks:
        by_page[block.page].append(block)
    for page in raw.pages:
        if page.number in flowing:
            page.doubt = doubt(page, by_page[page.number])


def _structure(
    path: Path,
    pdf: pypdfium2.PdfDocument | None,
    raw: RawDocument,
    request: Mapping[str, Any],
    flowing: Set[int],
) -> None:
    """Reads the pages in doubt with the structure engine, too; whatever goes wrong there leaves the page as it was."""
    mode = str(request.get("structure", "off"))
    if (
        pdf is None
        or mode == "off"
        or not pdf_docvortex.available()
        or request.get("engine", "first") != "first"
    ):
        return  # after a crash, the file is read without what may have crashed
    until = time.monotonic() + _STRUCTURE_TIME * float(request["timeout_s"])
    by_page: dict[int, list[RawBlock]] = {page.number: [] for page in raw.pages}
    for block in raw.blocks:
        by_page[block.page].append(block)
    wanted = [page for page in raw.pages if page.number in flowing and (mode == "all" or page.doubt > 0)]
    improved = False
    for first in range(0, len(wanted), _STRUCTURE_PAGES):
        if time.monotonic() > until:
            break
        pages = wanted[first : first + _STRUCTURE_PAGES]
        try:
            found = pdf_docvortex.read_pages(path, pdf, pages)
        except Exception:  # noqa: BLE001  # a second opinion: its errors cost nobody the first one
            continue
        for page in pages:
            page.agreement = agreement(page.words, by_page[page.number], found[page.number])
            by_page[page.number] = reconcile(by_page[page.number], found[page.number], page)
        improved = True
    if improved:
        raw.engine += f" + {pdf_docvortex.engine()}"
        raw.blocks = [block for page in raw.pages for block in by_page[page.number]]


def _columns(raw: RawDocument, flowing: Set[int]) -> None:
    """Tells columns apart that were read across, on pages with a text layer."""
    by_page: dict[int, list[RawBlock]] = {page.number: [] for page in raw.pages}
    for block in raw.blocks:
        by_page[block.page].append(block)
    raw.blocks = [
        block
        for page in raw.pages
        for block in (
            columns_apart(by_page[page.number], page) if page.number in flowing else by_page[page.number]
        )
    ]


def _layouts(request: Mapping[str, Any]) -> dict[str, Layout]:
    """The layouts that people corrected; one that cannot be read is as if it had not been corrected."""
    found = {}
    for values in request.get("layouts", ()):
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
            layout = Layout.from_dict(values)
            found[layout.signature] = layout
    return found


def _metadata(pdf: pypdfium2.PdfDocument | None, key: str) -> str:
    if pdf is None:
        return ""
    try:
        return str(pdf.get_metadata_value(key))
    except (pypdfium2.PdfiumError, UnicodeDecodeError):
        return ""
