import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from metier.extract import sandbox
from metier.extract.ladder import Answer
from metier.extract.ranges import read_by_ranges
from metier.extract.sandbox import SandboxExtractor
from metier.settings import Extract
from metier.types import Document, Failure
from tests.extract.conftest import check_ranges, pdf

REQUEST = {"verb": "extract", "uri": "a.pdf", "document_id": "d", "ocr": "off"}


class Child:
    """Reads every range but those that hold a bad page, which end it as told; remembers what it was asked."""

    def __init__(self, bad: Mapping[int, str] | None = None) -> None:
        self.bad, self.asked, self.joined = bad or {}, list[tuple[int, int]](), dict[str, Any]()

    def __call__(self, request: Mapping[str, Any], path: Path) -> Answer | Failure:
        if request["verb"] == "join":
            self.joined = dict(request)
            return {"document": True}, b"{}"
        if request["verb"] == "repair":
            return Failure("a.pdf", "extract", "corrupt", "cannot be repaired")
        first, last = request["pages"]
        self.asked.append((first, last))
        for page, reason in self.bad.items():
            if first <= page <= last:
                return Failure("a.pdf", "extract", reason, "bad page")
        return {"part": True}, json.dumps([first, last]).encode()


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4")
    return path


def read(child: Child, path: Path, pages: int = 450, spool: Path | None = None) -> Answer | Failure:
    return read_by_ranges(child, REQUEST, path, pages, 200, spool)


def test_every_page_is_in_one_range(long_file):
    child = Child()
    assert read(child, long_file) == ({"document": True}, b"{}")
    assert child.asked == [(1, 200), (201, 400), (401, 450)]
    assert child.joined["unread"] == []


def test_a_bad_page_costs_one_page(long_file):
    child = Child({250: "corrupt"})
    assert not isinstance(read(child, long_file), Failure)
    assert child.joined["unread"] == [{"pages": (250, 250), "reason": "corrupt"}]
    read_pages = [range(*map(int, re.findall(r"\d+", Path(part).stem))) for part in child.joined["parts"]]
    assert sum(len(pages) + 1 for pages in read_pages) == 449


def test_a_file_that_ends_child_after_child_is_given_up_with_what_was_read(long_file):
    child = Child(dict.fromkeys(range(201, 451), "crash"))
    assert not isinstance(read(child, long_file), Failure)
    assert len(child.asked) < 40
    unread = [page for gap in child.joined["unread"] for page in range(gap["pages"][0], gap["pages"][1] + 1)]
    assert unread == list(range(201, 451))


def test_nothing_read_is_a_failure_with_its_reason(long_file):
    failure = read(Child(dict.fromkeys(range(1, 451), "timeout")), long_file)
    assert isinstance(failure, Failure)
    assert failure.reason == "timeout"
    locked = read(Child({1: "encrypted"}), long_file)
    assert isinstance(locked, Failure)
    assert locked.reason == "encrypted"


def test_a_stopped_run_goes_on_with_the_first_missing_range(long_file, tmp_path):
    class Stopped(BaseException): ...

    class Killed(Child):
        def __call__(self, request: Mapping[str, Any], path: Path) -> Answer | Failure:
            if request.get("pages") == (401, 450):
                raise Stopped
            return super().__call__(request, path)

    spool = tmp_path / "spool"
    with pytest.raises(Stopped):
        read(Killed(), long_file, spool=spool)
    child = Child()
    assert not isinstance(read(child, long_file, spool=spool), Failure)
    assert child.asked == [(401, 450)]
    assert len(child.joined["parts"]) == 3
    assert not spool.exists()


def test_half_a_part_that_a_killed_run_left_is_not_taken_for_the_whole(long_file, tmp_path, monkeypatch):
    class Killed(BaseException): ...

    def write_half(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise Killed

    spool = tmp_path / "spool"
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", write_half)
        with pytest.raises(Killed):
            read(Child(), long_file, spool=spool)
    child = Child()
    assert not isinstance(read(child, long_file, spool=spool), Failure)
    assert child.asked == [(1, 200), (201, 400), (401, 450)]


def test_a_long_pdf_reads_as_if_it_were_read_at_once(tmp_path, monkeypatch):
    pages = [[(50, 560, "Manual"), (50, 400, f"Page number {n} is about item {n}.")] for n in range(1, 18)]
    path = pdf(tmp_path / "long.pdf", pages)
    whole = sandbox.SandboxExtractor(Extract(), workers=1)
    with whole:
        expected = whole.extract("d", "long.pdf", path)
        assert isinstance(expected, Document)
        child_ask = whole._ask

        def small(request: Mapping[str, Any], file: Path) -> Answer | Failure:
            if request["verb"] == "extract" and not request.get("pages"):
                return {"split": 17, "range": 5}, b""
            return child_ask(request, file)

        monkeypatch.setattr(whole, "_ask", small)
        found = whole.extract("d", "long.pdf", path)
    assert isinstance(found, Document)
    check_ranges(found)
    assert found == expected
    assert found.blocks[0].kind == "header"


def test_more_than_200_pages_are_split(tmp_path):
    path = pdf(tmp_path / "long.pdf", [[(50, 400, f"Item {n} of the list")] for n in range(1, 206)])
    with SandboxExtractor(Extract(ocr="off"), workers=1) as pool:
        asked = []
        ask = pool._ask
        pool._ask = lambda request, file: (asked.append(request.get("pages")), ask(request, file))[1]  # type: ignore[method-assign]
        found = pool.extract("d", "long.pdf", path)
    assert isinstance(found, Document)
    assert [page.number for page in found.pages] == list(range(1, 206))
    assert asked[:3] == [None, (1, 200), (201, 205)]
    assert "Item 205 of the list" in found.text
