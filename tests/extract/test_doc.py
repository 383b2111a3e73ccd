import struct

import pytest

from tests.extract.conftest import blocks, write
from tests.extract.office_files import compound, doc

IN_TABLE, ROW_END = struct.pack("<HB", 0x2416, 1), struct.pack("<HBHB", 0x2416, 1, 0x2417, 1)
ITEM = struct.pack("<HH", 0x460B, 1)


def test_headings_items_tables_fields_and_notes(tmp_path, read):
    path = doc(
        tmp_path / "a.doc",
        [
            ("Kündigung\r", 1, b""),
            ("Three months\x0bin writing, see \x13 PAGEREF x \x14page 4\x15.\r", 0, b""),
            ("Zum Quartal – schriftlich\r", 0, ITEM),
            ("Plan\x07", 0, IN_TABLE),
            ("Price\x07", 0, IN_TABLE),
            ("\x07", 0, ROW_END),
            ("Basic\x07", 0, IN_TABLE),
            ("10 €\x07", 0, IN_TABLE),
            ("\x07", 0, ROW_END),
            ("End\r", 0, b""),
        ],
        notes="\x02A note.\r",
    )
    document = read(path)
    assert document.media_type == "application/msword"
    assert blocks(document, "heading") == ["Kündigung"]
    assert blocks(document, "list_item") == ["Zum Quartal – schriftlich"]
    assert blocks(document, "table") == ["Plan | Price\nBasic | 10 €"]
    assert blocks(document, "paragraph") == ["Three months\nin writing, see page 4.", "End", "A note."]


def test_deleted_text_is_left_out(tmp_path, read):
    path = doc(tmp_path / "a.doc", [("Notice: one month three months\r", 0, b"")], gone="one month ")
    assert read(path).text == "Notice: three months"


def test_passwords_old_versions_and_broken_files_are_named(tmp_path, fail):
    assert fail(doc(tmp_path / "a.doc", [("x\r", 0, b"")], encrypted=True)).reason == "encrypted"
    old = compound(tmp_path / "old.doc", {"WordDocument": struct.pack("<HH", 0xA5DC, 0x65) + bytes(5000)})
    assert fail(old).reason == "unsupported"
    good = doc(tmp_path / "b.doc", [("Some text\r", 0, b"")]).read_bytes()
    for cut in (600, 1500, 3000):
        assert fail(write(tmp_path, f"{cut}.doc", good[:cut])).reason in ("corrupt", "empty", "unsupported")


@pytest.mark.parametrize("seed", range(30))
def test_changed_bytes_end_in_a_document_or_a_named_failure(tmp_path, extractor, seed):
    data = bytearray(doc(tmp_path / "a.doc", [("Some text\r", 1, b""), ("More\r", 0, ITEM)]).read_bytes())
    for step in range(40):
        data[(seed * 7919 + step * 104729) % len(data)] = (seed * 31 + step) % 256
    found = extractor.extract("d", "a.doc", write(tmp_path, "b.doc", bytes(data)))
    assert found.engine if hasattr(found, "engine") else found.reason not in ("crash", "timeout")
