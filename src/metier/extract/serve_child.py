"""Answers one request inside the child: reads a document or draws a page, and names what went wrong."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from metier.extract import detect
from metier.extract.assemble import assemble
from metier.extract.raw import RawDocument, Unreadable
from metier.types import Document

_DOCUMENT = TypeAdapter(Document)
Answer = tuple[dict[str, Any], bytes]


def handle(request: Mapping[str, Any], readers: Mapping[str, str]) -> Answer:
    """Head and body of the answer. Whatever a parser raises becomes a failure of this one file."""
    path = Path(request["path"])
    try:
        if request["verb"] == "render":
            return _render(path, request)
        return _extract(path, request, readers)
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


def _extract(path: Path, request: Mapping[str, Any], readers: Mapping[str, str]) -> Answer:
    if not path.is_file() and path.exists():  # reading a named pipe would wait for ever
        raise Unreadable("unsupported", "a folder, a device or a pipe, not a file")
    size = path.stat().st_size
    limit = int(request["max_mb"]) << 20
    if size > limit:
        raise Unreadable(
            "too_large",
            f"{size:,} bytes; the limit is extract.max_mb: {request['max_mb']}; raise it or split the file",
        )
    media_type = detect.detect(path, str(request["uri"]))
    raw: RawDocument = importlib.import_module(readers[media_type]).read(path, request)
    document = assemble(raw, str(request["document_id"]), str(request["uri"]))
    if not document.text.strip():
        raise _nothing(raw)
    return {"document": True}, _DOCUMENT.dump_json(document)


def _nothing(raw: RawDocument) -> Unreadable:
    if raw.warnings:
        return Unreadable("no_text", "; ".join(raw.warnings[:3]))
    return Unreadable("empty", "the file opens, but there is no text in it")


def _render(path: Path, request: Mapping[str, Any]) -> Answer:
    if request["media_type"] != detect.PDF:
        raise Unreadable("no_picture", f"{request['media_type']} has no pages to draw; show its text")
    draw = importlib.import_module("metier.extract.pdf_pdfium").draw
    return {"picture": True}, draw(path, int(request["page"]), float(request["scale"]))
