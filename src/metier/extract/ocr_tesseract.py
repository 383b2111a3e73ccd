"""OCR by tesseract, where it is on PATH. Runs inside the sandboxed child, so the same limits hold for it."""

import csv
import ctypes
import functools
import io
import os
import shutil
import signal
import statistics
import subprocess
import sys

from metier.extract.ocr_text import Reading, join_words, union
from metier.extract.raw import RawBlock, RawWord, Unreadable

# tesseract's own confidence, 0-100; below are mostly specks read as letters.
_LEAST_CONFIDENCE = 25.0
# Languages asked for if their data is installed, most frequent first.
_LANGUAGES = ("eng", "deu", "fra", "spa", "ita", "nld")


def is_there() -> bool:
    """True if tesseract can be started."""
    return shutil.which("tesseract") is not None


def read(picture: bytes, page: int, points_per_pixel: float) -> Reading:
    """Words and paragraphs of a PNG. Raises Unreadable if tesseract fails."""
    command = ["tesseract", "stdin", "stdout", "-l", "+".join(_languages()), "--psm", "3", "tsv"]
    done = subprocess.run(
        command, input=picture, capture_output=True, preexec_fn=_die_with_parent, check=False
    )
    if done.returncode != 0:
        detail = done.stderr.decode("utf-8", "replace").strip()[-200:]
        raise Unreadable("ocr", f"page {page}: tesseract failed ({detail or done.returncode})")
    return parse_tsv(done.stdout.decode("utf-8", "replace"), page, points_per_pixel)


def parse_tsv(tsv: str, page: int, points_per_pixel: float) -> Reading:
    """Words and paragraphs from tesseract's TSV (level 5 rows are words)."""
    words: list[RawWord] = []
    sure: list[float] = []
    paragraphs: dict[tuple[str, str], list[RawWord]] = {}
    for row in csv.DictReader(io.StringIO(tsv), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = (row.get("text") or "").strip()
        if row.get("level") != "5" or not text or float(row["conf"]) < _LEAST_CONFIDENCE:
            continue
        left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
        rect = tuple(value * points_per_pixel for value in (left, top, left + width, top + height))
        word = RawWord(text, (rect[0], rect[1], rect[2], rect[3]))
        words.append(word)
        sure.append(float(row["conf"]) / 100)
        paragraphs.setdefault((row["block_num"], row["par_num"]), []).append(word)
    blocks = [
        RawBlock("paragraph", join_words(group), page, rect=union(group)) for group in paragraphs.values()
    ]
    return Reading(words, blocks, statistics.fmean(sure) if sure else 0.0)


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
