"""Text of a picture by tesseract, where it is installed and `extract.ocr` is auto: words with boxes, paragraphs.

Runs inside the sandboxed child, so the same limits hold for tesseract.
"""

import csv
import ctypes
import functools
import io
import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence

from metier.extract.raw import RawBlock, RawWord, Rect, Unreadable

# 200 dpi: tesseract wants capitals of 20-40 pixels; 10-point capitals have 20 at 200 dpi.
PIXELS_PER_POINT = 200 / 72
# tesseract's own confidence, 0-100; below are mostly specks read as letters.
_LEAST_CONFIDENCE = 25.0
# Languages asked for if their data is installed, most frequent first.
_LANGUAGES = ("eng", "deu", "fra", "spa", "ita", "nld")


def why_not(mode: str) -> str:
    """Why OCR cannot run and what to do, or "" if it can."""
    if mode == "off":
        return "OCR is off; turn it on with extract.ocr: auto"
    if shutil.which("tesseract") is None:
        return "tesseract is not on PATH; install it (tesseract-ocr) and ingest again"
    return ""


def read(picture: bytes, page: int, points_per_pixel: float) -> tuple[list[RawWord], list[RawBlock]]:
    """Words and paragraphs of a PNG. Raises Unreadable if tesseract fails."""
    command = ["tesseract", "stdin", "stdout", "-l", "+".join(_languages()), "--psm", "3", "tsv"]
    done = subprocess.run(
        command, input=picture, capture_output=True, preexec_fn=_die_with_parent, check=False
    )
    if done.returncode != 0:
        detail = done.stderr.decode("utf-8", "replace").strip()[-200:]
        raise Unreadable("ocr", f"page {page}: tesseract failed ({detail or done.returncode})")
    return parse_tsv(done.stdout.decode("utf-8", "replace"), page, points_per_pixel)


def parse_tsv(tsv: str, page: int, points_per_pixel: float) -> tuple[list[RawWord], list[RawBlock]]:
    """Words and paragraphs from tesseract's TSV (level 5 rows are words)."""
    words: list[RawWord] = []
    paragraphs: dict[tuple[str, str], list[RawWord]] = {}
    for row in csv.DictReader(io.StringIO(tsv), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = (row.get("text") or "").strip()
        if row.get("level") != "5" or not text or float(row["conf"]) < _LEAST_CONFIDENCE:
            continue
        left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
        rect = tuple(value * points_per_pixel for value in (left, top, left + width, top + height))
        word = RawWord(text, (rect[0], rect[1], rect[2], rect[3]))
        words.append(word)
        paragraphs.setdefault((row["block_num"], row["par_num"]), []).append(word)
    blocks = [RawBlock("paragraph", _join(group), page, rect=_union(group)) for group in paragraphs.values()]
    return words, blocks


def _join(words: Sequence[RawWord]) -> str:
    """The words as text; a hyphen at a line end before a small letter joins two halves."""
    text = words[0].text
    for before, word in itertools.pairwise(words):
        new_line = word.rect[0] < before.rect[0]
        if new_line and text.endswith("-") and word.text[:1].islower():
            text = text[:-1] + word.text
        else:
            text += " " + word.text
    return text


def _union(words: Sequence[RawWord]) -> Rect:
    rects = [word.rect for word in words]
    return (
        min(rect[0] for rect in rects),
        min(rect[1] for rect in rects),
        max(rect[2] for rect in rects),
        max(rect[3] for rect in rects),
    )


@functools.cache
def engine() -> str:
    """Name and version, e.g. "tesseract 5.3.0"."""
    done = subprocess.run(["tesseract", "--version"], capture_output=True, check=False)
    first = done.stdout.decode("utf-8", "replace").splitlines()[:1]
    return first[0].strip() if first else "tesseract"


@functools.cache
def _languages() -> tuple[str, ...]:
    done = subprocess.run(["tesseract", "--list-langs"], capture_output=True, check=False)
    installed = done.stdout.decode("utf-8", "replace").split()
    return tuple(language for language in _LANGUAGES if language in installed) or ("eng",)


def _die_with_parent() -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
    os.nice(5)
