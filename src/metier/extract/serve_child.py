"""Answers one request inside the child: reads a document or draws a page, and names what went wrong."""

import importlib
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from metier.extract import detect
from metier.extract.assemble import assemble
from metier.extract.raw import RawDocument, RawPage, Unreadable
from metier.types import Document

_DOCUMENT = TypeAdapter(Document)
_RAW = TypeAdapter(RawDocument)
Answer = tuple[dict[str, Any], bytes]
Tell = Callable[[int], None]  # how many pages' worth of time the answer may take

# Pages that are read at once: 200 pages of words and boxes are about 30 MB, and 130 s at 0.5 s a page.
RANGE = 200
# With OCR a page may take ten seconds on a slow machine.
OCR_RANGE, OCR_PAGES_WORTH = 40, 20
# Formats without pages: what reading takes grows with the size. 191 MB of text took 48 s on a quiet machine.
_PAGES_PER_MB = 2


def handle(request: Mapping[str, Any], readers: Mapping[str, str], tell: Tell = lambda pages: None) -> Answer:
    """Head and body of the answer. Whatever a parser raises becomes a failure of this one file."""
    path = Path(request["path"])
    try:
        return _VERBS[request["verb"]](path, request, readers, tell)
    except Unreadable as error:
        return {"failure": error.reason, "detail": error.detail, "retry": error.retry}, b""
    except MemoryError:
        detail = f"needs more than {request['memory_mb']} MB; raise extract.memory_mb, or split the file"
        return {"failure": "memory", "detail": detail, "retry": False}, b""
    except FileNotFoundError:
        return {"failure": "missing", "detail": "the file was gone when it was read", "retry": True}, b""
    except PermissionError:
        return {"failure": "permission", "detail": "no permission to read the file", "retry": True}, b""
    except Exception as error:  # noqa: BLE001  # hostile bytes make parsers raise anything; it concerns this file alone
        detail = f"{type(error).__name__}: {str(error)[:300]}"
        return {"failure": "corrupt", "detail": f"could not be read ({detail}); open and save it again"}, b""


def _extract(path: Path, request: Mapping[str, Any], readers: Mapping[str, str], tell: Tell) -> Answer:
    media_type = _media_type(path, request)
    # opened once, to count its pages and to read them
    pdf = _pdfium().opened(path) if media_type == detect.PDF and not request.get("pages") else None
    try:
        if split := _allow_time(path, media_type, request, tell, 0 if pdf is None else len(pdf)):
            return {"split": split, "range": _range_size(request)}, b""
        raw = _read(path, media_type, {**request, "pdf": pdf}, readers)
    finally:
        if pdf is not None:
            pdf.close()
    if request.get("part"):
        return {"part": True}, _RAW.dump_json(raw)
    return _finish(raw, path, request)


def _pdfium() -> Any:
    return importlib.import_module("metier.extract.pdf_pdfium")


def _media_type(path: Path, request: Mapping[str, Any]) -> str:
    if not path.is_file() and path.exists():  # reading a named pipe would wait for ever
        raise Unreadable("unsupported", "a folder, a device or a pipe, not a file")
    size = path.stat().st_size
    limit = int(request["max_mb"]) << 20
    if size > limit:
        raise Unreadable(
            "too_large",
            f"{size:,} bytes; the limit is extract.max_mb: {request['max_mb']}; raise it or split the file",
        )
    return str(request.get("media_type") or detect.detect(path, str(request["uri"])))


def _range_size(request: Mapping[str, Any]) -> int:
    return RANGE if request["ocr"] == "off" else OCR_RANGE


def _allow_time(path: Path, media_type: str, request: Mapping[str, Any], tell: Tell, count: int) -> int:
    """Tells how long it may take; `count`, its number of pages, if they are too many to be read at once, else 0."""
    worth = 1 if request["ocr"] == "off" else OCR_PAGES_WORTH
    if media_type == detect.PICTURE:
        tell(worth)
    elif media_type != detect.PDF:
        tell(_PAGES_PER_MB * (path.stat().st_size >> 20))
    elif pages := request.get("pages"):
        tell(worth * (pages[1] - pages[0] + 1))
    else:
        if count > _range_size(request):
            return count
        tell(worth * count)
    return 0


def _read(path: Path, media_type: str, request: Mapping[str, Any], readers: Mapping[str, str]) -> RawDocument:
    last_resort = request["engine"] == "oxide"
    module = "metier.extract.pdf_oxide" if last_resort else readers[media_type]
    raw: RawDocument = importlib.import_module(module).read(path, request)
    if request.get("repaired"):
        repair = importlib.import_module("metier.extract.pdf_repair")
        raw.engine += f" + {repair.engine()}"
        raw.warnings.append(repair.WARNING)
    return raw


def _finish(raw: RawDocument, path: Path, request: Mapping[str, Any]) -> Answer:
    document = assemble(raw, str(request["document_id"]), str(request["uri"]))
    if document.text.strip():
        return {"document": True}, _DOCUMENT.dump_json(document)
    if raw.media_type == detect.PDF and importlib.import_module("metier.extract.pdf_repair").is_locked(path):
        raise Unreadable("encrypted", "there is no text in it, and what is attached needs a password")
    if raw.warnings:
        raise Unreadable("no_text", "; ".join(raw.warnings[:3]))
    raise Unreadable("empty", "the file opens, but there is no text in it")


def _join(path: Path, request: Mapping[str, Any], readers: Mapping[str, str], tell: Tell) -> Answer:
    """The Document of all parts of a long file."""
    tell(len(request["parts"]) * 10)
    first: RawDocument | None = None
    for name in request["parts"]:
        part = _RAW.validate_json(Path(name).read_bytes())
        if first is None:
            first = part
            continue
        first.pages += part.pages
        first.blocks += part.blocks
        first.warnings += [warning for warning in part.warnings if warning not in first.warnings]
        first.engine = " + ".join(dict.fromkeys([*first.engine.split(" + "), *part.engine.split(" + ")]))
    if first is None:
        raise Unreadable("corrupt", "no page of it could be read; print it anew as PDF")
    _name_unread(first, request)
    return _finish(first, path, request)


def _name_unread(raw: RawDocument, request: Mapping[str, Any]) -> None:
    for gap in request["unread"]:
        start, end = gap["pages"]
        raw.pages += [RawPage(number) for number in range(start, end + 1)]
        pages = f"page {start}" if start == end else f"pages {start}-{end}"
        raw.warnings.append(f"{pages}: not read ({gap['reason']})")
    raw.pages.sort(key=lambda page: page.number)


def _repair(path: Path, request: Mapping[str, Any], readers: Mapping[str, str], tell: Tell) -> Answer:
    return {"repaired": True}, importlib.import_module("metier.extract.pdf_repair").repair(path)


def _unpack(path: Path, request: Mapping[str, Any], readers: Mapping[str, str], tell: Tell) -> Answer:
    tell(_PAGES_PER_MB * (path.stat().st_size >> 20))
    module = importlib.import_module("metier.extract.unpack")
    head, body = module.unpack(path, str(request["uri"]), int(request["start"]), int(request["max_mb"]))
    return head, body


def _render(path: Path, request: Mapping[str, Any], readers: Mapping[str, str], tell: Tell) -> Answer:
    media_type, number, scale = str(request["media_type"]), int(request["page"]), float(request["scale"])
    if media_type == detect.PDF:
        picture = _draw_pdf(path, number, scale)
    elif media_type.startswith("image/"):
        picture = importlib.import_module("metier.extract.picture").draw(path, number, scale)
    else:
        raise Unreadable("no_picture", f"{media_type} has no pages to draw; show its text")
    if marks := request.get("marks"):
        picture = importlib.import_module("metier.extract.overlay").draw_marks(picture, marks, scale)
    if box := request.get("box"):
        picture = picture.crop([round(scale * value) for value in box])
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return {"picture": True}, out.getvalue()


def _regions(path: Path, request: Mapping[str, Any], readers: Mapping[str, str], tell: Tell) -> Answer:
    tell(RANGE)
    found = importlib.import_module("metier.extract.regions").regions(path)
    return {"regions": [[page, *rect] for page, rect in found]}, b""


def _draw_pdf(path: Path, number: int, scale: float) -> Any:
    """A page as a picture; of a file that was repaired to be read, of the repaired one."""
    draw = _pdfium().draw
    try:
        return draw(path, number, scale)
    except Unreadable as first:
        try:
            return draw(importlib.import_module("metier.extract.pdf_repair").repair(path), number, scale)
        except Unreadable:
            raise first from None


_VERBS: Mapping[str, Callable[[Path, Mapping[str, Any], Mapping[str, str], Tell], Answer]] = {
    "extract": _extract,
    "join": _join,
    "repair": _repair,
    "render": _render,
    "regions": _regions,
    "unpack": _unpack,
}
