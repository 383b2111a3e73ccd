"""EPUB 2 and 3: its chapters in reading order, each a page, read as HTML."""

import posixpath
import urllib.parse
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from metier.extract.detect import EPUB
from metier.extract.html import decode_markup, read_markup
from metier.extract.raw import RawDocument, RawPage, Unreadable, one_line
from metier.extract.zip_guard import guard, open_member

_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_OPF = "{http://www.idpf.org/2007/opf}"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
# Fonts are often scrambled; that is no copy protection of the text (EPUB 3.3, 4.3.5).
_FONT_ONLY = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_CHAPTERS = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """One page per chapter. Raises Unreadable: "encrypted" (copy protection), "corrupt", "bomb"."""
    guard(path)
    raw = RawDocument(EPUB, "metier epub 1", [], [])
    try:
        with zipfile.ZipFile(path) as package:
            if _is_protected(package):
                raise Unreadable("encrypted", "the book is copy-protected; it cannot be read here")
            folder, book = _package(package)
            raw.title = one_line(book.findtext(f".//{_TITLE}") or "")
            for number, name in enumerate(_spine(book, folder), start=1):
                _chapter(raw, package, name, number)
    except (zipfile.BadZipFile, KeyError, OSError, etree.XMLSyntaxError) as error:
        raise Unreadable("corrupt", f"no book inside ({error}); export it again") from None
    if not raw.pages:
        raise Unreadable("corrupt", "the book lists no chapter; export it again")
    return raw


def _parse(data: bytes) -> Any:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))


def _is_protected(package: zipfile.ZipFile) -> bool:
    data = open_member(package, "META-INF/encryption.xml", missing=b"")
    if not data:
        return False
    methods = [element.get("Algorithm", "") for element in _parse(data).iter("{*}EncryptionMethod")]
    return any(method not in _FONT_ONLY for method in methods)


def _package(package: zipfile.ZipFile) -> tuple[str, Any]:
    """The folder of the package document, and the document."""
    container = _parse(open_member(package, "META-INF/container.xml"))
    name = next((element.get("full-path", "") for element in container.iter(_CONTAINER + "rootfile")), "")
    return posixpath.dirname(name), _parse(open_member(package, name))


def _spine(book: Any, folder: str) -> Iterator[str]:
    items = {item.get("id"): item for item in book.iter(_OPF + "item")}
    for reference in book.iter(_OPF + "itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _CHAPTERS:
            continue
        if "nav" in (item.get("properties") or "").split():  # the table of contents repeats every heading
            continue
        yield posixpath.normpath(posixpath.join(folder, urllib.parse.unquote(item.get("href", ""))))


def _chapter(raw: RawDocument, package: zipfile.ZipFile, name: str, number: int) -> None:
    data = open_member(package, name, missing=b"")
    if not data.strip():
        raw.pages.append(RawPage(number))
        raw.warnings.append(f"chapter {number} ({name}) is missing in the book")
        return
    chapter = read_markup(decode_markup(data))
    for block in chapter.blocks:
        block.page = number
    heading = next((block.text for block in chapter.blocks if block.kind == "heading"), "")
    raw.pages.append(RawPage(number, label=one_line(heading)))
    raw.blocks += chapter.blocks
