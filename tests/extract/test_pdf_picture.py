"""Pages whose fonts name no letters are read from their pictures, or named."""

import sys
from pathlib import Path

import pikepdf
import pytest

from metier.extract.sandbox import SandboxExtractor
from metier.flow.look import unsure_in
from metier.settings import Extract
from metier.types import Document
from tests.extract.conftest import check_ranges, fake_tesseract, pdf

HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
READS = "\n".join(
    [
        HEAD,
        "5\t1\t1\t1\t1\t1\t100\t200\t200\t40\t96\tNotice",
        "5\t1\t1\t1\t1\t2\t320\t200\t280\t40\t92\tperiod\n",
    ]
)
# Codes 0x20 to 0x7e become marks of private use: what subset fonts without a table of characters give.
NO_LETTERS = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def
1 begincodespacerange <00> <ff> endcodespacerange
1 beginbfrange <21> <7e> <e021> endbfrange
endcmap end end"""


def without_letters(path: Path) -> Path:
    """A PDF of two pages, the second in a font that names no letters."""
    source = pdf(path.with_suffix(".source.pdf"), [[(50, 550, "A plain page of text")], []])
    with pikepdf.open(source) as document:
        glyph = document.make_stream(b"600 0 0 0 500 700 d1 0 0 500 700 re f")
        names = [f"/g{code}" for code in range(0x21, 0x7F)]
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type3, FontBBox=[0, 0, 600, 700],
            FontMatrix=[0.001, 0, 0, 0.001, 0, 0], FirstChar=0x20, LastChar=0x7E, Widths=[600] * 95,
            CharProcs=pikepdf.Dictionary(dict.fromkeys(names, glyph)),
            Encoding=pikepdf.Dictionary(
                Type=pikepdf.Name.Encoding, Differences=[0x21, *map(pikepdf.Name, names)]
            ),
            ToUnicode=document.make_stream(NO_LETTERS),
        )  # fmt: skip
        page = document.pages[1]
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = document.make_stream(
            b"BT /F1 14 Tf 50 500 Td (Notice period three months from today on) Tj ET"
        )
        document.save(path)
    return path


def test_without_ocr_the_page_is_named_and_unsure(tmp_path, read):
    document = read(without_letters(tmp_path / "a.pdf"))
    (warning,) = document.warnings
    assert warning.startswith("page 2: 100% of its characters name no letter and OCR is off")
    assert [(page.page, page.ocr) for page in unsure_in(document)] == [(2, False)]
    assert document.dropped == ()


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
@pytest.mark.parametrize("sure", [96, 40])
def test_with_ocr_the_picture_is_read_and_the_layer_listed_as_dropped(tmp_path, monkeypatch, sure):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "out.tsv").write_text(READS.replace("\t96\t", f"\t{sure}\t"))
    fake_tesseract(folder, f"cat >/dev/null; cat {folder}/out.tsv", monkeypatch)
    with SandboxExtractor(Extract(ocr="auto"), workers=1) as pool:
        document = pool.extract("a", "a.pdf", without_letters(tmp_path / "a.pdf"))
    assert isinstance(document, Document)
    check_ranges(document)
    if sure < 50:  # a guess is no better than what the file says
        assert document.dropped == ()
        assert "OCR reads no text" in document.warnings[0]
        assert [page.page for page in unsure_in(document)] == [2]
        return
    assert document.text == "A plain page of text\n\nNotice period"
    assert document.pages[0].ocr is None
    assert document.pages[1].ocr == pytest.approx(0.94)
    assert {word.reason for word in document.dropped} == {"illegible"}
    assert len(document.dropped) == 7
    assert unsure_in(document) == []
