import zipfile

import openpyxl

from metier.extract.detect import PDF, TEXT, ZIP, detect
from tests.extract.conftest import write


def workbook(path):
    book = openpyxl.Workbook()
    book.active.append(("a", "b"))
    book.save(path)
    return path


def test_office_files_named_wrongly_are_read_by_content(tmp_path, read):
    path = workbook(tmp_path / "a.xlsx")
    path.rename(tmp_path / "list.docx")
    assert read(tmp_path / "list.docx").media_type.endswith("spreadsheetml.sheet")


def test_broken_and_locked_packages_say_so(tmp_path, fail):
    whole = workbook(tmp_path / "a.xlsx").read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(whole[: len(whole) // 2])
    assert fail(tmp_path / "cut.xlsx").reason == "corrupt"
    with zipfile.ZipFile(tmp_path / "hollow.docx", "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", "<broken")
    assert fail(tmp_path / "hollow.docx").reason == "corrupt"
    name = "EncryptedPackage".encode("utf-16-le")
    (tmp_path / "locked.docx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + name)
    assert fail(tmp_path / "locked.docx").reason == "encrypted"
    with zipfile.ZipFile(tmp_path / "drawing.odb", "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.base")
    assert fail(tmp_path / "drawing.odb").reason == "unsupported"


def test_nothing_and_unknown_bytes_are_named(tmp_path, fail):
    assert fail(write(tmp_path, "a.txt", b"")).reason == "empty"
    assert fail(write(tmp_path, "b.txt", b" \n \n")).reason == "empty"
    assert fail(write(tmp_path, "c.bin", bytes(range(256)))).reason == "unsupported"


def test_html_named_pdf_is_read_as_html(tmp_path, read):
    assert (
        read(write(tmp_path, "a.pdf", "<!doctype html><html><body><p>hello</p></body></html>")).media_type
        == "text/html"
    )


PAPER = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n"


def test_an_archive_that_holds_a_pdf_as_it_is_is_no_pdf(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_STORED) as package:
        package.writestr("a.pdf", PAPER)
        package.writestr("b.txt", "the other one")
    assert detect(tmp_path / "a.zip", "a.zip") == ZIP


def test_a_pdf_after_other_bytes_is_one_and_a_text_about_pdfs_is_none(tmp_path):
    assert detect(write(tmp_path, "late.pdf", b"sent by scanner 7\n" + PAPER), "late.pdf") == PDF
    about = b"A PDF begins with %PDF-1.7, and readers look for it in the first kilobyte.\n"
    assert detect(write(tmp_path, "about.txt", about), "about.txt") == TEXT
