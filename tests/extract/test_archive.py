import zipfile

import pytest

from metier.extract import archive
from metier.extract.raw import Unreadable
from tests.extract.conftest import blocks, write
from tests.extract.office_files import package


def test_an_archive_is_the_list_of_its_files(tmp_path, read):
    path = package(
        tmp_path / "a.zip", {"b/x.txt": "x", "a.pdf": "y", "__MACOSX/a.pdf": "", ".DS_Store": "", "b/": ""}
    )
    document = read(path)
    assert blocks(document) == ["Archive of 2 files:", "b/x.txt", "a.pdf"]
    assert (document.media_type, document.warnings) == ("application/zip", ())
    assert list(archive.members(path)) == [("b/x.txt", b"x"), ("a.pdf", b"y")]


def test_under_another_name_it_warns(tmp_path, read):
    assert "does not end in .zip" in read(package(tmp_path / "a.dat", {"x": "x"})).warnings[0]


def test_empty_encrypted_and_broken_archives_are_named(tmp_path, fail):
    assert fail(package(tmp_path / "a.zip", {})).reason == "empty"
    good = package(tmp_path / "b.zip", {"x.txt": "some text " * 50}).read_bytes()
    assert fail(write(tmp_path, "cut.zip", good[: len(good) // 2])).reason == "corrupt"
    flagged = good.replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01").replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
    )
    assert fail(write(tmp_path, "locked.zip", flagged)).reason == "encrypted"


def test_a_bomb_is_stopped_by_its_headers(tmp_path, fail):
    path = package(tmp_path / "a.zip", {"x": bytes(200 << 20)})
    assert path.stat().st_size < 1 << 20
    assert fail(path).reason == "bomb"
    with pytest.raises(Unreadable, match="times"):
        list(archive.members(path))


def test_a_bomb_whose_headers_lie_is_stopped_while_reading(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("x", bytes(1 << 20))
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")  # the size in the central directory
    path.write_bytes(data)
    with pytest.raises(Unreadable) as caught:
        list(archive.members(path))
    assert caught.value.reason in ("bomb", "corrupt")
