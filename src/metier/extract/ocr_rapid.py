"""OCR by RapidOCR (PP-OCRv6 on ONNX Runtime; the extra `ocr`): its models come inside its wheel, nothing is fetched.

It finds lines; words stand where it puts their characters, lines become paragraphs by the gaps between them.
"""

import functools
import importlib
import importlib.metadata
import importlib.util
import io
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from metier.extract.ocr_text import Reading, join_words, union
from metier.extract.raw import RawBlock, RawWord, Rect, Unreadable

# Lines of less are mostly specks and textures; its own limit is 0.5.
_LEAST_CONFIDENCE = 0.5
# Lines are one paragraph if the gap is at most this share of the line height and they overlap sideways.
_GAP = 0.8
# Two boxes stand on one line if they share this part of the lower one's height.
_SAME_LINE = 0.6
_SETTINGS: Mapping[str, Any] = {
    "Global.log_level": "error",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,  # each child has one slot of the machine
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}
_Line = list[tuple[RawWord, float]]


def is_there() -> bool:
    """True if the extra is installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))


def engine() -> str:
    """Name and version, e.g. "rapidocr 3.10.0"."""
    return f"rapidocr {importlib.metadata.version('rapidocr')}"


@functools.cache
def _reader() -> Any:
    """The loaded models; the import is here because it is an extra, and costs half a second."""
    return importlib.import_module("rapidocr").RapidOCR(params=dict(_SETTINGS))


def read(picture: bytes, page: int, points_per_pixel: float) -> Reading:
    """Words and paragraphs of a PNG. Raises Unreadable "ocr" if the engine fails."""
    with Image.open(io.BytesIO(picture)) as image:
        pixels = np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])  # it wants blue first
    try:
        found = _reader()(pixels, return_word_box=True)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        raise Unreadable("ocr", f"page {page}: rapidocr failed ({str(error)[:200]})") from None
    results = found.word_results if found.txts else ()
    return arrange(results or (), page, points_per_pixel)


def arrange(results: Sequence[Any], page: int, points_per_pixel: float) -> Reading:
    """Reading from its word results: per line, (text, confidence, four corners) of each word."""
    lines: list[_Line] = []
    for result in results:
        words = [
            (RawWord(str(text), _rect(corners, points_per_pixel)), float(sure))
            for text, sure, corners in result or ()
            if str(text).strip()
        ]
        if words and statistics.fmean(sure for _, sure in words) >= _LEAST_CONFIDENCE:
            lines.append(words)
    groups = _paragraphs(lines)
    ordered = [word for group in groups for line in group for word in line]
    blocks = []
    for group in groups:
        words_of = [word for line in group for word, _ in line]
        blocks.append(RawBlock("paragraph", join_words(words_of), page, rect=union(words_of)))
    confidence = statistics.fmean(sure for _, sure in ordered) if ordered else 0.0
    return Reading([word for word, _ in ordered], blocks, confidence)


def _rect(corners: Any, points_per_pixel: float) -> Rect:
    xs, ys = [float(x) for x, _ in corners], [float(y) for _, y in corners]
    return tuple(value * points_per_pixel for value in (min(xs), min(ys), max(xs), max(ys)))  # type: ignore[return-value]


def _paragraphs(lines: Sequence[_Line]) -> list[list[_Line]]:
    """Lines that follow below one another; a line belongs to the nearest one above it that it overlaps."""
    groups: list[list[_Line]] = []
    boxes = {id(line): union([word for word, _ in line]) for line in lines}
    for line in sorted(lines, key=lambda item: (boxes[id(item)][1], boxes[id(item)][0])):
        box = boxes[id(line)]
        best = None
        for group in groups:
            above = boxes[id(group[-1])]
            gap, height = box[1] - above[3], min(box[3] - box[1], above[3] - above[1])
            shared = min(box[2], above[2]) - max(box[0], above[0])
            same = min(box[3], above[3]) - max(box[1], above[1]) > _SAME_LINE * height
            alike = max(box[3] - box[1], above[3] - above[1]) < 1.5 * height
            if not same and alike and -0.5 * height < gap < _GAP * height and shared > 0:
                best = group if best is None or above[3] > boxes[id(best[-1])][3] else best
        if best is None:
            groups.append([line])
        else:
            best.append(line)
    return groups
