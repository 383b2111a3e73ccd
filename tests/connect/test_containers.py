from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from metier.connect.containers import Containers
from metier.settings import GroupRule, Settings
from metier.types import Failure, Source

Contents = Mapping[str, "list[tuple[str, bytes] | Failure]"]


class Inner:
    def __init__(self, *sources: Source) -> None:
        self.sources = list(sources)

    def covers(self, uri: str) -> bool:
        return uri.startswith("mail")

    def find(self) -> Iterator[Source | Failure]:
        yield from self.sources


class Store:
    """Blobs by content, and an unpacker that remembers what it was asked."""

    def __init__(self, folder: Path, contents: Contents) -> None:
        self.folder, self.contents, self.asked = folder, contents, list[str]()

    def keep(self, path: Path) -> tuple[str, int]:
        data = path.read_bytes()
        name = data.hex()[:40] or "none"
        (self.folder / name).write_bytes(data)
        return name, len(data)

    def blob(self, name: str) -> Path:
        return self.folder / name

    def unpack(self, uri: str, path: Path) -> Iterator[tuple[str, bytes] | Failure]:
        self.asked.append(uri)
        yield from self.contents[uri]


MAIL = Source("mail.eml", "/nowhere", 10, 1, ("hr",))


@pytest.fixture
def make(tmp_path: Path):
    def containers(contents: Contents, *sources: Source) -> tuple[Containers, Store]:
        (tmp_path / "blobs").mkdir(exist_ok=True)
        store = Store(tmp_path / "blobs", contents)
        inner = Inner(*(sources or (MAIL,)))
        return Containers(inner, store.unpack, store.keep, store.blob, tmp_path / "members"), store

    return containers


def test_members_follow_their_container_and_inherit_its_groups(make):
    containers, _ = make(
        {"mail.eml": [("a.txt", b"one"), ("a.txt", b"two")]}, MAIL, Source("x.pdf", "p", 1, 1, ())
    )
    found = list(containers.find())
    assert [item.uri for item in found] == ["mail.eml", "mail.eml//a.txt", "mail.eml//a (2).txt", "x.pdf"]
    assert [item.groups for item in found] == [("hr",), ("hr",), ("hr",), ()]
    assert [Path(item.path).read_bytes() for item in found[1:3]] == [b"one", b"two"]
    assert (found[1].size, found[1].mtime_ns) == (3, 1)


def test_an_unchanged_container_is_not_opened_again(make):
    containers, store = make({"mail.eml": [("a.txt", b"one")]})
    first = list(containers.find())
    assert list(containers.find()) == first
    assert store.asked == ["mail.eml"]
    store.blob(Path(first[1].path).name).unlink()  # its bytes are gone: then it is
    assert list(containers.find()) == first
    assert store.asked == ["mail.eml", "mail.eml"]


def test_containers_in_containers_to_a_depth(make):
    inner = {"mail.eml" + "//a.zip" * depth: [("a.zip", b"x" * (depth + 1))] for depth in range(6)}
    found = list(make(inner)[0].find())
    assert [getattr(item, "uri", None) or item.subject for item in found] == [
        "mail.eml" + "//a.zip" * depth for depth in range(4)
    ]
    assert isinstance(found[-1], Failure)
    assert "3 containers deep" in found[-1].detail


def test_refused_members_are_failures_of_their_own(make):
    containers, _ = make(
        {"mail.eml": [Failure("../x", "connect", "unsafe_name", "leads out"), ("b.txt", b"2")]}
    )
    refused, kept = list(containers.find())[1:]
    assert (refused.subject, refused.reason) == ("mail.eml//../x", "unsafe_name")
    assert kept.uri == "mail.eml//b.txt"


def test_members_of_what_cannot_be_unpacked_now_are_not_gone(make):
    containers, _ = make({"mail.eml": [Failure("mail.eml", "extract", "corrupt", "broken")]})
    assert containers.covers("mail.eml//a.txt")
    assert [item.uri for item in containers.find()] == ["mail.eml"]
    assert not containers.covers("mail.eml//a.txt")
    assert containers.covers("mail.eml")


def test_too_many_members_are_said(make, monkeypatch):
    monkeypatch.setattr("metier.connect.containers.MOST_MEMBERS", 2)
    found = list(make({"mail.eml": [(f"{n}.txt", b"x") for n in range(4)]})[0].find())
    assert [getattr(item, "reason", "") for item in found] == ["", "", "", "bomb"]


def test_rules_about_members_are_those_of_their_container():
    settings = Settings(
        groups=(GroupRule(match="**", allow=("all",)), GroupRule(match="hr/**", allow=("hr",)),
                GroupRule(match="**/public.txt", allow=("all",)))
    )  # fmt: skip
    assert settings.groups_of("hr/mail.eml//public.txt") == settings.groups_of("hr/mail.eml") == ("hr",)
    assert settings.groups_of("a.zip//hr/x.txt") == ("all",)
