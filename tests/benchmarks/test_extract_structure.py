from pathlib import Path

import numpy as np
from reportlab.pdfgen.canvas import Canvas

from benchmarks.extract_structure import f1, judge_joins, letters, mean, missing_words, score, words_lost
from benchmarks.fit_structure import paper, read_bytes
from benchmarks.structure_data import Manual, Read
from benchmarks.table_truth import keys, true_breaks
from metier.extract.structure.apply import structure
from metier.extract.structure.outline import Entry
from metier.types import Document, Page


def test_a_manual_is_scored_against_its_bookmarks():
    written, content = paper(2)
    raw = read_bytes(content)
    outline = [
        Entry(piece.text, page.number, piece.level)
        for piece in written.pieces
        if piece.kind == "heading"
        for page in raw.pages
    ]
    manual = Manual("m", Path("m.pdf"), "reportlab", "p")
    scored = score(Read(manual, raw, outline))
    assert scored is not None
    assert 0 <= scored.f1 <= 1
    assert scored.right + scored.missed > 0
    assert score(Read(manual, read_bytes(content), [])) is None


def test_joined_tables_of_a_paper_are_judged():
    written, content = paper(2)
    raw = read_bytes(content)
    breaks = true_breaks(raw, written)
    structure(raw)
    joins = judge_joins(raw, keys(written), breaks)
    assert joins.right + joins.missed == len(breaks) > 0


def test_means_have_intervals():
    metric = mean([0.5, 1.0, 0.0, 0.5])
    assert metric.value == 0.5
    assert metric.low is not None
    assert metric.high is not None
    assert metric.low <= 0.5 <= metric.high
    assert np.isnan(mean([]).value)
    assert f1(0, 0, 0) == 0
    assert f1(1, 0, 1) == 2 / 3


def test_words_of_the_text_layer_are_looked_for_in_the_document(tmp_path: Path):
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    canvas.drawString(72, 700, "The supplier delivers within ten days.")
    canvas.showPage()
    canvas.drawString(72, 700, "Nothing else matters here.")
    canvas.save()
    found = words_lost([Manual("a.pdf", path, "x", "texlive-a")], 10)
    assert found["words_lost"].value == 0
    assert found["words_lost"].n == 10
    assert found["words_lost_pages"].value == 2
    assert letters("Co-op, 3.5!") == "coop35"


def test_a_lost_word_is_counted(tmp_path: Path):
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    canvas.drawString(72, 700, "One two three.")
    canvas.save()
    text = "One three."
    document = Document(
        "d", "a.pdf", "", "en", "application/pdf", text, (Page(1, 600, 800, 0, len(text)),), (), "x"
    )
    assert missing_words(path, document, 5) == (["1:two"], 1, 3)
