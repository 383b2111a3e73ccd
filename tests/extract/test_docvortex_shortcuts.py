"""Shortcuts in docvortex: its blocks are the same with them and without, and so is each function on its own."""

import json
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

import pytest
from reportlab.lib import colors
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table

from metier.extract import docvortex_shortcuts
from metier.extract.docvortex_shortcuts import KNOWN, regrouped, union

pytest.importorskip("docvortex")
known = pytest.mark.skipif(version("docvortex") != KNOWN, reason="written for another version of docvortex")

_READ = """
import dataclasses, json, sys
import pypdfium2
from pathlib import Path
from metier.extract import docvortex_shortcuts, pdf_docvortex
from metier.extract.raw import RawPage
path, short = Path(sys.argv[1]), sys.argv[2] == "short"
if not short:
    pdf_docvortex.shorten = lambda: False
pdf = pypdfium2.PdfDocument(path)
pages = [RawPage(number + 1, *pdf[number].get_size()) for number in range(len(pdf))]
blocks = [dataclasses.asdict(block) for here in pdf_docvortex.read_pages(path, pdf, pages).values() for block in here]
applied = docvortex_shortcuts.apply.cache_info().currsize
print(json.dumps([applied, blocks]))
"""


def report(path: Path) -> Path:
    """Tables of numbers, with rules and with few, links, bold and raised letters, Chinese text."""
    style = getSampleStyleSheet()["Normal"]
    rows = [
        [f"Item {row}", *[f"{row * column * 37 % 991:,}.{row % 10}" for column in range(1, 5)]]
        for row in range(1, 14)
    ]
    head = [["Sales in thousands", "2022", "2023", "2024", "2025"]]
    ruled = [("GRID", (0, 0), (-1, -1), 0.5, colors.black)]
    few = [("LINEABOVE", (0, 0), (-1, 0), 1, colors.black), ("LINEBELOW", (0, 0), (-1, 0), 0.5, colors.black)]
    marked = "<b>Bold</b> and <i>italic</i> text, x<super>2</super> and H<sub>2</sub>O, <a href='https://example.org'>a link</a>. "
    story = [
        Paragraph("Figures of the year", getSampleStyleSheet()["Heading1"]),
        Paragraph(marked * 12, style),
        Table(head + rows, colWidths=80, style=ruled),
        PageBreak(),
        Table(head + rows, colWidths=80, style=few),
        Paragraph("Notes", getSampleStyleSheet()["Heading2"]),
        Paragraph(marked * 6, style),
        Table([[Paragraph(marked, style), "3"], ["b", "4"]], style=ruled),
    ]
    SimpleDocTemplate(str(path)).build(story)
    return path


def read(path: Path, how: str) -> tuple[int, list[Any]]:
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(path), how], capture_output=True, text=True, check=True
    )
    applied, blocks = json.loads(done.stdout)
    return applied, blocks


@known
def test_its_blocks_are_the_same_with_shortcuts_and_without(tmp_path: Path) -> None:
    path = report(tmp_path / "a.pdf")
    (no, without), (yes, short) = read(path, "long"), read(path, "short")
    assert (no, yes) == (0, 1)
    assert short == without
    assert any(len(block["cells"]) > 60 for block in short)


def glyph(number: int, dice: Random, row: int = 0) -> Any:
    x, y = dice.uniform(0, 500), 12 * dice.randrange(40) + dice.uniform(-3, 3)
    box = (x, y, x + dice.uniform(1, 8), y + dice.uniform(4, 12))
    contracts = import_module("docvortex.analyzers.native.pdf._table_recovery.contracts")
    return contracts.NativeTableGlyph(number, number, dice.choice("0123456789.,abc-"), box, row)


@known
def test_rows_by_middles_are_those_of_docvortex() -> None:
    source = "docvortex.analyzers.native.pdf._table_recovery.aligned_numeric"
    script = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from importlib import import_module
from random import Random
from metier.extract.docvortex_shortcuts import regrouped
from tests.extract.test_docvortex_shortcuts import text_of
for text in map(text_of, range(6)):
    assert regrouped(text) == import_module({source!r}).regroup_numeric_text(text)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def text_of(seed: int) -> Any:
    """300 characters laid out at random, in one row as yet."""
    dice = Random(seed)
    contracts = import_module("docvortex.analyzers.native.pdf._table_recovery.contracts")
    glyphs = tuple(glyph(number, dice) for number in range(300))
    row = contracts.NativeTableTextRow(0, union(one.bbox for one in glyphs), (), tuple(range(300)))
    return contracts.NativeTableText(glyphs, (row,), 5.0, 8.0)


def test_rows_of_a_whole_page_come_without_its_glyphs() -> None:
    contracts = import_module("docvortex.analyzers.native.pdf._table_recovery.contracts")
    text = text_of(7)
    light = contracts.NativeTableText(text.glyphs, (), text.median_glyph_width, text.median_glyph_height)
    assert regrouped(light).rows == regrouped(text).rows
    assert regrouped(light).glyphs == ()


@known
def test_columns_are_asked_for_only_where_lines_stand_side_by_side() -> None:
    script = """
from importlib import import_module
from metier.extract import docvortex_shortcuts
paragraphs = import_module("docvortex.analyzers.native.pdf.text_assembly.continuity")
import_module("docvortex.analyzers.native.pdf.pipeline")
docvortex_shortcuts.apply()
asked = []
evidence = paragraphs.build_layout_evidence([], (600.0, 800.0))
type(evidence).separated = lambda self, a, b: asked.append((a, b)) or True
for angle in (0, 90):
    evidence = paragraphs.build_layout_evidence([], (600.0, 800.0), angle=angle)
    evidence.separated((0, 0, 90, 10), (200, 2, 290, 12))
    evidence.separated((0, 0, 90, 10), (200, 40, 290, 50))
assert len(asked) == 3, asked
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_box_around_none_is_an_error() -> None:
    assert union([(1, 2, 3, 4), (0, 3, 2, 9)]) == (0, 2, 3, 9)
    with pytest.raises(ValueError, match="at least one"):
        union([])


def test_other_versions_run_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda _: "0.6.5")
    assert docvortex_shortcuts.apply.__wrapped__() is False
