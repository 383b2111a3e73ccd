"""Small real files, made here, and one pool of children for all tests of a worker."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
import pytest
from reportlab.pdfgen import canvas

from metier.extract.sandbox import SandboxExtractor
from metier.settings import Extract
from metier.types import Document, Failure


def fake_tesseract(folder: Path, reads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a `tesseract` first on PATH that knows English and reads with this shell command."""
    script = folder / "tesseract"
    script.write_text(
        f"""#!/bin/sh
case "$1" in
  --version) echo "tesseract 5.3.0";;
  --list-langs) printf 'List of available languages (1):\\neng\\n';;
  *) {reads};;
esac
"""
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(scope="session")
def extractor() -> Iterator[SandboxExtractor]:
    with SandboxExtractor(Extract(timeout_s=60, ocr="off"), workers=1) as pool:
        yield pool


@pytest.fixture
def read(extractor: SandboxExtractor) -> Callable[..., Document]:
    """Reads a file that must be readable."""

    def read_one(path: Path, uri: str = "") -> Document:
        document = extractor.extract("doc", uri or path.name, path)
        assert isinstance(document, Document), document
        check_ranges(document)
        return document

    return read_one


@pytest.fixture
def fail(extractor: SandboxExtractor) -> Callable[..., Failure]:
    """Reads a file that must not be readable."""

    def fail_one(path: Path, uri: str = "") -> Failure:
        failure = extractor.extract("doc", uri or path.name, path)
        assert isinstance(failure, Failure), failure
        assert failure.subject == (uri or path.name)
        assert failure.stage == "extract"
        assert failure.detail
        return failure

    return fail_one


def check_ranges(document: Document) -> None:
    """What holds for every document: blocks in order, cells and words inside their blocks' text."""
    at = 0
    for order, block in enumerate(document.blocks):
        assert block.order == order
        assert block.id == f"{document.id}.{order}"
        assert block.start >= at
        at = block.end
        assert document.text[block.start : block.end].strip()
        for cell in block.cells:
            assert document.text[cell.start : cell.end] == cell.text
            assert block.start <= cell.start <= cell.end <= block.end
    assert at == len(document.text)
    for page in document.pages:
        assert [word.start for word in page.words] == sorted(word.start for word in page.words)
        for word in page.words:
            assert page.start <= word.start < word.end <= page.end
            assert word.box.page == page.number


def pdf(
    path: Path,
    pages: list[list[tuple[float, float, str]]],
    size: tuple[float, float] = (400, 600),
    **info: str,
) -> Path:
    """A PDF with text at points from the bottom left, 12-point Helvetica."""
    paper = canvas.Canvas(str(path), pagesize=size)
    if "title" in info:
        paper.setTitle(info["title"])
    for page in pages:
        paper.setFont("Helvetica", 12)
        for x, y, text in page:
            paper.drawString(x, y, text)
        paper.showPage()
    paper.save()
    return path


def changed(
    source: Path, target: Path, rotate: int = 0, crop: tuple[float, ...] = (), password: str = ""
) -> Path:
    """A copy of a PDF with its pages rotated, cropped or encrypted."""
    with pikepdf.open(source) as document:
        for page in document.pages:
            if rotate:
                page.Rotate = rotate
            if crop:
                page.CropBox = pikepdf.Array(list(crop))
        document.save(target, encryption=pikepdf.Encryption(owner="o", user=password) if password else False)
    return target


def blocks(document: Document, kind: str | None = None) -> list[str]:
    """Texts of the blocks (of one kind)."""
    return [document.text[b.start : b.end] for b in document.blocks if kind in (None, b.kind)]


def write(folder: Path, name: str, content: bytes | str) -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
