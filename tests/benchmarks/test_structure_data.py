import io
from pathlib import Path

import pikepdf
from reportlab.pdfgen.canvas import Canvas

from benchmarks.structure_data import Manual, choose, family, manuals, read_all, read_manual, without_outline


def manual(path: Path, titles: int, pages: int = 6) -> None:
    canvas = Canvas(str(path))
    for page in range(pages):
        for number in range(titles // pages):
            title = f"Title {page} {number}"
            canvas.setFont("Helvetica-Bold", 16)
            canvas.drawString(72, 700 - 80 * number, title)
            canvas.bookmarkPage(title)
            canvas.addOutlineEntry(title, title, 0)
        canvas.showPage()
    canvas.save()


def test_producers_lose_their_versions():
    assert family("pdfTeX-1.40.24", "LaTeX with hyperref") == "pdftex"
    assert family("LuaHBTeX, Version 1.15", "") == "luatex"
    assert family("xdvipdfmx (20211117)", "DBLaTeX-0.3.12") == "dblatex"
    assert family("Apache FOP Version 2.8", "DocBook XSL") == "apache fop"
    assert family("My own name", "LaTeX") == "tex"
    assert family("", "") == "unknown"


def test_manuals_are_pdfs_with_enough_bookmarks(tmp_path: Path):
    (tmp_path / "pkg").mkdir()
    manual(tmp_path / "pkg" / "good.pdf", 12)
    manual(tmp_path / "pkg" / "few.pdf", 6)
    manual(tmp_path / "pkg" / "short.pdf", 12, pages=2)
    (tmp_path / "pkg" / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    found = manuals(tmp_path)
    assert [(item.id, item.family, item.package) for item in found] == [("pkg/good.pdf", "reportlab", "pkg")]
    assert not found[0].seen


def test_bookmarks_are_taken_out_before_reading(tmp_path: Path):
    path = tmp_path / "good.pdf"
    manual(path, 12)
    with pikepdf.open(io.BytesIO(without_outline(path.read_bytes(), pages=3))) as pdf:
        assert "/Outlines" not in pdf.Root
        assert len(pdf.pages) == 3
    read = read_manual(Manual("a", path, "x", "p"))
    assert read is not None
    assert len(read.outline) == 12
    assert any("Title 0 0" in block.text for block in read.raw.blocks)
    path.write_bytes(b"nothing")
    assert list(read_all([Manual("a", path, "x", "p")], workers=1)) == []


def test_no_producer_or_package_has_too_many():
    many = [Manual(f"{n}", Path(f"{n}"), "a", "one") for n in range(20)] + [
        Manual("t", Path("t"), "a", "texlive-x")
    ]
    assert [item.id for item in choose(many, 9)] == ["0", "1", "2", "t"]
