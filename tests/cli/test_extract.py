"""`metier extract`: what is printed, what is written, and how it fails."""

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from metier.cli.extract import parse_pages
from metier.cli.main import app
from metier.errors import UserError
from tests.extract.conftest import pdf, write


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["extract", *map(str, words)])


@pytest.fixture
def three_pages(tmp_path: Path) -> Path:
    return pdf(
        tmp_path / "a.pdf", [[(50, 500, f"Page {name} says something")] for name in ("one", "two", "three")]
    )


@pytest.mark.parametrize(
    ("text", "pages"), [("", []), ("2", [2]), ("1-3", [1, 2, 3]), ("5, 2-3,2", [2, 3, 5]), ("3-3", [3])]
)
def test_page_numbers(text: str, pages: list[int]) -> None:
    assert parse_pages(text) == pages


@pytest.mark.parametrize("text", ["0", "a", "1-", "-2", "3-1", "1,,2"])
def test_what_names_no_page(text: str) -> None:
    with pytest.raises(UserError, match="--pages"):
        parse_pages(text)


def test_markdown_is_printed(tmp_path: Path) -> None:
    found = run(write(tmp_path, "a.md", "# Notice\n\nThree months.\n"))
    assert found.exit_code == 0
    assert found.stdout == "# Notice\n\nThree months.\n"


def test_only_the_pages_asked_for(three_pages: Path) -> None:
    assert (
        run(three_pages, "--pages", "2-3").stdout == "Page two says something\n\nPage three says something\n"
    )
    data = json.loads(run(three_pages, "--json", "--pages", "2").stdout)
    assert [page["number"] for page in data["pages"]] == [2]
    assert [block["page"] for block in data["blocks"]] == [2]
    beyond = run(three_pages, "--pages", "9")
    assert beyond.exit_code != 0
    assert "there is no page 9; the last one is page 3" in beyond.stderr


def test_json_is_the_whole_document(three_pages: Path) -> None:
    for words in (["--json"], ["--format", "json"]):
        data = json.loads(run(three_pages, *words).stdout)
        assert data["media_type"] == "application/pdf"
        assert len(data["pages"]) == 3


def test_overlays_are_written_one_for_each_page(three_pages: Path, tmp_path: Path) -> None:
    assert run(three_pages, "--overlay", tmp_path / "out.png", "--pages", "1,3").exit_code == 0
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["out-1.png", "out-3.png"]
    data = json.loads(run(three_pages, "--overlay", tmp_path / "one.png", "--pages", "2", "--json").stdout)
    assert data["overlays"] == [str(tmp_path / "one.png")]
    with Image.open(tmp_path / "one.png") as picture:
        assert picture.size == (800, 1200)


def test_an_overlay_that_cannot_be_written_is_told(three_pages: Path, tmp_path: Path) -> None:
    found = run(three_pages, "--pages", "2", "--overlay", tmp_path / "nowhere" / "one.png")
    assert "is not a folder; make it first" in str(found.exception)


def test_a_format_without_pages_has_no_overlay_and_says_so(tmp_path: Path) -> None:
    found = run(write(tmp_path, "a.txt", "text"), "--overlay", tmp_path / "out.png")
    assert found.exit_code == 0
    assert "no pages to draw" in found.stderr
    assert not (tmp_path / "out.png").exists()


def test_a_file_that_cannot_be_read_is_named_with_its_reason(tmp_path: Path) -> None:
    empty = write(tmp_path, "a.pdf", b"")
    found = run(empty)
    assert found.exit_code == 1
    assert "not read (empty)" in found.stderr
    assert json.loads(run(empty, "--json").stdout)["failure"]["reason"] == "empty"
    assert isinstance(run(tmp_path / "missing.pdf").exception, UserError)
