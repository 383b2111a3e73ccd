import struct

import pytest

from metier.extract import msg
from metier.extract.raw import Unreadable
from tests.extract.conftest import blocks
from tests.extract.office_files import compound, message


def test_headers_body_and_names_of_attachments(tmp_path, read):
    tree = message("Notice", "Dear Bob,\r\n\r\nThree months.", {"report.pdf": b"%PDF"})
    document = read(compound(tmp_path / "a.msg", tree))
    assert document.title == "Notice"
    assert document.version_date == "2026-05-20"
    assert blocks(document) == [
        "Notice",
        "From: Ada <ada@example.com>\nTo: Bob\nDate: 2026-05-20\nSubject: Notice",
        "Dear Bob,",
        "Three months.",
        "Attachments: report.pdf",
    ]
    assert document.warnings == ()


def test_a_message_under_another_name_warns_of_its_attachments(tmp_path, read):
    path = compound(tmp_path / "a.bin", message("Notice", "x", {"report.pdf": b"%PDF"}))
    assert ["report.pdf" in warning for warning in read(path).warnings] == [True]


def test_attached_messages_are_read_and_what_is_attached_to_them_is_found(tmp_path, read):
    inner = message("Earlier", "As agreed", {"plan.txt": b"the plan"})
    path = compound(tmp_path / "a.msg", message("Fwd", "See below", {"own.txt": b"mine"}, inner))
    assert blocks(read(path), "heading") == ["Fwd", "Earlier"]
    assert list(msg.attachments(path)) == [("own.txt", b"mine"), ("forwarded/plan.txt", b"the plan")]


def test_encrypted_messages_are_named(tmp_path, fail):
    path = compound(tmp_path / "a.msg", message("x", "y", kind="IPM.Note.SMIME"))
    assert fail(path).reason == "encrypted"


def test_compressed_rtf_by_the_example_of_the_specification():
    # MS-OXRTFCP 4.1.1 and 4.2.1
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert msg.unpack_rtf(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    plain = struct.pack("<IIII", 20, 8, 0x414C454D, 0) + b"{\\rtf1 }"
    assert msg.unpack_rtf(plain) == b"{\\rtf1 }"
    with pytest.raises(Unreadable):
        msg.unpack_rtf(b"short")


@pytest.mark.parametrize("html", [True, False])
def test_bodies_that_are_html_or_rtf_only(tmp_path, read, html):
    tree = {key: value for key, value in message("Hi", "").items() if "1000" not in key}
    if html:
        tree["__substg1.0_10130102"] = b"<p>Three months</p>"
    else:
        body = b"{\\rtf1\\ansi {\\fonttbl{\\f0 Arial;}}\\pard Three months\\par}"
        tree["__substg1.0_10090102"] = struct.pack("<IIII", len(body) + 12, len(body), 0x414C454D, 0) + body
    assert "Three months" in blocks(read(compound(tmp_path / "a.msg", tree)))
