"""Text of a picture by the OCR engine that is there, if `extract.ocr` is auto: tesseract, else RapidOCR (extra `ocr`)."""

from types import ModuleType

from metier.extract import ocr_rapid, ocr_tesseract
from metier.extract.ocr_text import Reading

# 200 dpi: tesseract wants capitals of 20-40 pixels; 10-point capitals have 20 at 200 dpi.
PIXELS_PER_POINT = 200 / 72
# tesseract first: 1.4 CPU-seconds a page against 5-8 of RapidOCR; both read printed pages alike (docs/design/extraction.md)
_ENGINES: tuple[ModuleType, ...] = (ocr_tesseract, ocr_rapid)
# Below it a page is one to look at: words are missing or wrong.
DOUBTFUL = 0.7


def _chosen() -> ModuleType | None:
    return next((module for module in _ENGINES if module.is_there()), None)


def why_not(mode: str) -> str:
    """Why OCR cannot run and what to do, or "" if it can."""
    if mode == "off":
        return "OCR is off; turn it on with extract.ocr: auto"
    if _chosen() is None:
        return "no OCR engine is there; install tesseract (tesseract-ocr) or `pip install 'metier[ocr]'` and ingest again"
    return ""


def read(picture: bytes, page: int, points_per_pixel: float) -> Reading:
    """Words, paragraphs and confidence of a PNG. Raises Unreadable "ocr" if the engine fails."""
    module = _chosen()
    reading: Reading = module.read(picture, page, points_per_pixel) if module else Reading([], [], 0.0)
    return reading


def engine() -> str:
    """Name and version of the engine that is there, "none" without one."""
    module = _chosen()
    return str(module.engine()) if module else "none"
