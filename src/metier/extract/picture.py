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
_LEAST_DPI, _MOST_DPI = 10.0, 5_000.0  # beyond it is a default that nobody set
_LONGEST_SIDE = 6_000  # pixels of a drawing


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


def draw(path: Path, number: int, scale: float) -> Image.Image:
    """One frame (1-based), `scale` pixels per point of its size as `read` gives it. Raises Unreadable "no_picture"."""
    try:
        with Image.open(path) as picture:
            picture.seek(number - 1)
            dpi = _dpi(picture)
            size = (round(picture.width * 72 / dpi * scale), round(picture.height * 72 / dpi * scale))
            frame = picture.convert("RGB")
    except (UnidentifiedImageError, EOFError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unreadable("no_picture", f"picture {number} cannot be drawn ({error})") from None
    return frame.resize((max(1, min(size[0], _LONGEST_SIDE)), max(1, min(size[1], _LONGEST_SIDE))))


def _dpi(frame: Image.Image) -> float:
    """Pixels per inch that the file states, if they can be true."""
    stated = float(frame.info.get("dpi", (_DPI, _DPI))[0])
    return stated if _LEAST_DPI <= stated <= _MOST_DPI else _DPI


def _read_frame(raw: RawDocument, frame: Image.Image, number: int) -> None:
    dpi = _dpi(frame)
    out = io.BytesIO()
    frame.convert("L").save(out, "PNG", compress_level=1)
    found = ocr.read(out.getvalue(), number, 72 / dpi)
    page = RawPage(number, frame.width * 72 / dpi, frame.height * 72 / dpi, words=found.words)
    page.ocr = found.confidence if found.blocks else None
    raw.pages.append(page)
    raw.blocks += found.blocks
    if not found.blocks:
        raw.warnings.append(f"page {number}: OCR found no text in the picture")
    elif found.confidence < ocr.DOUBTFUL:
        raw.warnings.append(f"page {number}: OCR is unsure ({found.confidence:.0%}); look at the page")
