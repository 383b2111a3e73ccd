import email.message
from email.message import EmailMessage

import pytest

from metier.extract import unpack as unpacking
from metier.extract.raw import Unreadable
from metier.extract.unpack import safe_name, unpack
from metier.types import Failure
from tests.extract.conftest import write
from tests.extract.office_files import compound, message, package


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.pdf", "a.pdf"), ("b\\c.pdf", "b/c.pdf"), ("./a//b.pdf", "a/b.pdf"), ("/etc/passwd", ""), ("../a", ""),
        ("a/../../b", ""), ("C:\\x", ""), ("a\nb", ""), ("x" * 500, ""), ("", ""), ("..a", "..a"),
    ],
)  # fmt: skip
def test_names_stay_inside(name, safe):
    assert safe_name(name) == safe


def test_members_with_their_bytes_and_refusals(tmp_path):
    path = package(
        tmp_path / "a.zip", {"x.txt": "one", "../y.txt": "two", "big": "z" * (2 << 20), "v.txt": "three"}
    )
    head, body = unpack(path, "a.zip", 0, max_mb=1)
    assert [(row["name"], row.get("size"), row.get("failure")) for row in head["members"]] == [
        ("x.txt", 3, None), ("../y.txt", None, "unsafe_name"), ("big", None, "too_large"), ("v.txt", 5, None)
    ]  # fmt: skip
    assert (body, head["next"]) == (b"onethree", None)


def test_more_than_one_answer_holds_comes_in_several(tmp_path, monkeypatch, extractor):
    monkeypatch.setattr(unpacking, "_BATCH_BYTES", 10)
    path = package(tmp_path / "a.zip", {f"{n}.txt": "x" * 6 for n in range(5)})
    start, seen = 0, []
    while start is not None:
        head, _ = unpack(path, "a.zip", start, 1)
        seen += [row["name"] for row in head["members"]]
        start = head["next"]
    assert seen == [f"{n}.txt" for n in range(5)]
    assert [name for name, _ in extractor.unpack("a.zip", path)] == seen


def test_too_many_files_are_a_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MAX_MEMBERS", 3)
    with pytest.raises(Unreadable) as caught:
        unpack(package(tmp_path / "a.zip", {str(n): "x" for n in range(4)}), "a.zip", 0, 1)
    assert caught.value.reason == "bomb"


def mail(attachments, inner=None):
    out = EmailMessage()
    out["From"], out["To"], out["Subject"], out["Date"] = (
        "a@x.org",
        "b@x.org",
        "Hi",
        "Tue, 01 Oct 2024 12:34:56 -0500",
    )
    out.set_content("See attached")
    for name, data in attachments.items():
        out.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    if inner is not None:
        out.add_attachment(inner)
    return out


def test_attachments_of_mails(tmp_path, extractor):
    path = write(tmp_path, "a.eml", mail({"r.bin": b"\x00\x01"}, mail({"deep.bin": b"2"})).as_bytes())
    found = dict(extractor.unpack("a.eml", path))
    assert found["r.bin"] == b"\x00\x01"
    assert list(found) == ["r.bin", "Hi.eml"]
    assert email.message_from_bytes(found["Hi.eml"])["Subject"] == "Hi"
    path = compound(tmp_path / "a.msg", message("x", "y", {"r.bin": b"\x00\x01"}))
    assert list(extractor.unpack("a.msg", path)) == [("r.bin", b"\x00\x01")]


def test_what_is_no_container_holds_nothing_and_broken_ones_are_named(tmp_path, extractor):
    assert list(extractor.unpack("a.zip", write(tmp_path, "a.zip", "just text"))) == []
    good = package(tmp_path / "b.zip", {"x": "y"}).read_bytes()
    (failure,) = extractor.unpack("b.zip", write(tmp_path, "b.zip", good[:30]))
    assert isinstance(failure, Failure)
    assert (failure.subject, failure.reason) == ("b.zip", "corrupt")
