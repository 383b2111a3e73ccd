"""CSV and TSV: delimiter and header found from the content; every row a table row, figures as written."""

import csv
import io
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metier.extract.detect import CSV
from metier.extract.raw import RawBlock, RawDocument, RawPage
from metier.extract.tables import grid_cells, looks_like_header
from metier.extract.text import decode, paragraphs

# Strongest first: a comma may be a decimal comma, a semicolon hardly ever stands in a cell.
_DELIMITERS = ("\t", ";", "|", ",")
_SAMPLE = 100  # rows


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """One table, or plain paragraphs if no delimiter divides the lines."""
    text = decode(path.read_bytes()).replace("\x00", "")
    raw = RawDocument(CSV, "metier csv 1", [RawPage()], [])
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter, text = first.strip()[4], rest  # written by Excel
    else:
        delimiter = find_delimiter(text)
    if not delimiter:
        raw.blocks = paragraphs(text)
        return raw
    csv.field_size_limit(1 << 26)
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    filled = [row for row in rows if any(row)]
    # where lines were left out, rows of the file and of the table differ, and no cell could be named
    anchor = "A1" if rows[: len(filled)] == filled else ""
    cells = grid_cells(filled, 1 if looks_like_header(filled) else 0)
    raw.blocks = [RawBlock("table", cells=cells, anchor=anchor)]
    return raw


def find_delimiter(text: str) -> str:
    """The character that divides most lines into the same number (> 1) of cells, "" if none does.

    Commas that are decimal commas of a semicolon file divide lines unevenly, or as evenly as the semicolon, which wins.
    """
    sample = "\n".join(text.split("\n", _SAMPLE)[:_SAMPLE])
    best, best_share = "", 0.0
    for delimiter in _DELIMITERS:
        widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if any(row)]
        if not widths:
            continue
        width, count = Counter(widths).most_common(1)[0]
        share = count / len(widths) if width > 1 else 0.5 * sum(w > 1 for w in widths) / len(widths)
        if share > best_share + 0.05:
            best, best_share = delimiter, share
    return best if best_share >= 0.3 else ""
