"""Pictures (PNG, JPEG, TIFF, GIF, BMP) as documents: read by OCR, or named as not read."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageSequence, UnidentifiedImageError

from metier.extract import ocr
from metier.extract.raw import RawDocument, RawPage, Unreadable

# Faxes and scans without a stated resolution are 200 dpi.
_DPI = 200.0


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """One page per frame. Raises Unreadable: "no_text" while OCR cannot run, "corrupt"."""
    if hint := ocr.why_not(str(request["ocr"])):
        raise Unreadable("no_text", f"a picture, and {hint}")
    raw = RawDocument("image/*", ocr.engine(), [], [])
    try:
        with Image.open(path) as picture:
            raw.media_type = Image.MIME.get(picture.format or "", "image/*")
            for number, frame in enumerate(ImageSequence.Iterator(picture), start=1):
                _read_frame(raw, frame, number)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unreadable("corrupt", f"the picture cannot be decoded ({error})") from None
    return raw


def _read_frame(raw: RawDocument, frame: Image.Image, number: int) -> None:
    dpi = float(frame.info.get("dpi", (_DPI, _DPI))[0]) or _DPI
    out = io.BytesIO()
    frame.convert("L").save(out, "PNG", compress_level=1)
    words, blocks = ocr.read(out.getvalue(), number, 72 / dpi)
    raw.pages.append(RawPage(number, frame.width * 72 / dpi, frame.height * 72 / dpi, words=words))
    raw.blocks += blocks
    if not blocks:
        raw.warnings.append(f"page {number}: OCR found no text in the picture")
