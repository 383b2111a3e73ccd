import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from metier.extract.ladder import Answer, climb, may_be_pdf
from metier.types import Failure

READ: Answer = ({"document": True}, b"{}")


class Child:
    """Answers each rung ("first", "pdfium", "repair", "repaired", "oxide") as told; everything else is "corrupt"."""

    def __init__(self, **answers: Answer | str) -> None:
        self.answers, self.asked = answers, list[str]()

    def __call__(self, request: Mapping[str, Any], path: Path) -> Answer | Failure:
        name = "repair" if request["verb"] == "repair" else str(request["engine"])
        name = "repaired" if request.get("repaired") and name == "first" else name
        self.asked.append(name)
        answer = self.answers.get(name, "corrupt")
        return (
            Failure("a", "extract", answer, f"{name} says {answer}", True)
            if isinstance(answer, str)
            else answer
        )


def run(path: Path, **answers: Answer | str) -> tuple[Answer | Failure, list[str]]:
    child = Child(**answers)
    return climb(child, {"verb": "extract", "uri": path.name}, path), child.asked


@pytest.fixture
def pdf_file(tmp_path: Path) -> Path:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4")
    return path


REPAIRED: Answer = ({"repaired": True}, b"%PDF-1.4 new")


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ({"first": READ}, ["first"]),
        ({"first": "crash", "pdfium": READ}, ["first", "pdfium"]),
        (
            {"first": "timeout", "repair": REPAIRED, "repaired": READ},
            ["first", "pdfium", "repair", "repaired"],
        ),
        ({"repair": REPAIRED, "repaired": READ}, ["first", "repair", "repaired"]),
        ({"oxide": READ}, ["first", "repair", "oxide"]),
        ({"first": "no_text", "oxide": READ}, ["first", "oxide"]),
        ({"first": "not-a-pdf", "repair": REPAIRED, "repaired": READ}, ["first", "repair", "repaired"]),
    ],
)
def test_the_next_engine_reads_what_the_one_before_could_not(pdf_file, answers, asked):
    answer, seen = run(pdf_file, **answers)
    assert answer == READ
    assert seen == asked


def test_the_repaired_copy_is_removed_whatever_comes_of_it(pdf_file, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    for repaired in (READ, "corrupt", "crash"):
        assert "repaired" in run(pdf_file, repair=REPAIRED, repaired=repaired)[1]
        assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("answers", "reason", "most"),
    [
        ({"first": "encrypted"}, "encrypted", 1),
        ({"first": "too_large"}, "too_large", 1),
        ({"first": "crash", "pdfium": "timeout"}, "timeout", 2),
        ({"first": "memory", "pdfium": "corrupt", "repair": "crash"}, "crash", 3),
        ({"repair": "encrypted"}, "encrypted", 2),
        ({}, "corrupt", 3),
        ({"first": "empty"}, "empty", 2),
    ],
)
def test_a_file_that_nobody_reads_has_one_reason(pdf_file, answers, reason, most):
    answer, seen = run(pdf_file, **answers)
    assert isinstance(answer, Failure)
    assert answer.reason == reason
    assert len(seen) == most


def test_two_deaths_are_enough_and_it_is_not_tried_again_by_itself(pdf_file):
    answer, seen = run(pdf_file, first="crash", pdfium="crash")
    assert seen == ["first", "pdfium"]
    assert isinstance(answer, Failure)
    assert not answer.retry
    assert "2 reading processes" in answer.detail


def test_other_formats_are_tried_once_more_after_a_crash_only(tmp_path):
    path = tmp_path / "a.docx"
    path.write_bytes(b"PK")
    assert run(path, first="crash")[1] == ["first", "first"]
    assert run(path, first="corrupt")[1] == ["first"]
    assert run(path, first="memory")[1] == ["first"]


def test_what_may_be_a_pdf(tmp_path):
    late = tmp_path / "late"
    late.write_bytes(b"x" * 900 + b"%PDF-1.7")
    assert may_be_pdf(late)
    held = tmp_path / "held"
    held.write_bytes(b"PK\x03\x04" + b"x" * 90 + b"%PDF-1.7")
    assert not may_be_pdf(held)
    assert not may_be_pdf(tmp_path)
    assert not may_be_pdf(tmp_path / "missing")
