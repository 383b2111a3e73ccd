import io
import zipfile

import docx
import pptx

from metier.extract.strict import transitional
from tests.extract.conftest import blocks


def strict(path, target):
    """The file with the namespaces of the Strict kind."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as out:
        for member in source.infolist():
            data = source.read(member.filename)
            for name in (b"wordprocessingml/2006/main", b"presentationml/2006/main", b"drawingml/2006/main",
                         b"officeDocument/2006/relationships"):  # fmt: skip
                new = b"http://purl.oclc.org/ooxml/" + name.replace(b"/2006", b"")
                data = data.replace(b"http://schemas.openxmlformats.org/" + name, new)
            out.writestr(member.filename, data)
    return target


def test_strict_documents_and_decks_are_read(tmp_path, read):
    document = docx.Document()
    document.add_heading("Notice", 1)
    document.add_paragraph("Three months")
    document.save(str(tmp_path / "a.docx"))
    assert blocks(read(strict(tmp_path / "a.docx", tmp_path / "s.docx"))) == ["Notice", "Three months"]
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Travel"
    deck.save(str(tmp_path / "a.pptx"))
    assert blocks(read(strict(tmp_path / "a.pptx", tmp_path / "s.pptx"))) == ["Travel"]


def test_a_transitional_file_is_left_as_it_is(tmp_path):
    docx.Document().save(str(tmp_path / "a.docx"))
    assert transitional(tmp_path / "a.docx") == tmp_path / "a.docx"
    assert isinstance(transitional(strict(tmp_path / "a.docx", tmp_path / "s.docx")), io.BytesIO)
