import pypdfium2
import pytest

from metier.extract import pdf_repair
from metier.extract.raw import Unreadable
from tests.extract.conftest import changed, pdf, write


def broken(folder, text="Notice period: three months"):
    """A PDF whose table of objects and catalogue entry are gone; pdfium and liteparse cannot open it."""
    good = pdf(folder / "good.pdf", [[(50, 500, text)]]).read_bytes()
    return write(folder, "broken.pdf", good[: good.rindex(b"xref\n")].replace(b"%PDF-", b"%XYZ-"))


def test_a_file_without_header_and_index_is_read_after_repair(tmp_path, read):
    document = read(broken(tmp_path))
    assert document.text == "Notice period: three months"
    assert "pikepdf" in document.engine
    assert any("repaired" in warning for warning in document.warnings)


def test_the_repaired_file_opens_elsewhere(tmp_path):
    repaired = pypdfium2.PdfDocument(pdf_repair.repair(broken(tmp_path)))
    assert len(repaired) == 1
    repaired.close()


@pytest.mark.parametrize("content", [b"%PDF-1.4\n", b"%PDF-1.4 " + bytes(range(256)) * 20])
def test_nothing_to_repair_is_corrupt(tmp_path, content):
    with pytest.raises(Unreadable) as caught:
        pdf_repair.repair(write(tmp_path, "a.pdf", content))
    assert caught.value.reason == "corrupt"


def test_passwords_are_named(tmp_path):
    good = pdf(tmp_path / "a.pdf", [[(50, 500, "x")]])
    locked = changed(good, tmp_path / "locked.pdf", password="secret")
    with pytest.raises(Unreadable) as caught:
        pdf_repair.repair(locked)
    assert caught.value.reason == "encrypted"
    assert pdf_repair.is_locked(locked)
    assert not pdf_repair.is_locked(good)
