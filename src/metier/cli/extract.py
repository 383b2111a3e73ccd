"""`metier extract FILE`: what would be read from one file, without a workspace."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from metier.cli.show import err, print_json, value_as_json
from metier.cli.targets import check_targets
from metier.errors import UserError
from metier.extract.overlay import marks_of
from metier.extract.render_markdown import to_markdown
from metier.extract.sandbox import SandboxExtractor
from metier.settings import Extract
from metier.store.files import write_durably
from metier.types import Document, Failure

_SCALE = 2.0  # pixels per point of an overlay: 144 dpi, small print can be read
_MOST_AT_ONCE = 200  # pages; of more the whole file is read, in ranges
_PAGES = re.compile(r"\d{1,7}(?:-\d{1,7})?(?:,\d{1,7}(?:-\d{1,7})?)*")


def extract(
    file: Annotated[Path, typer.Argument(help="The file to read.")],
    format_: Annotated[
        Literal["markdown", "json"],
        typer.Option("--format", help="json holds everything: blocks, cells, boxes, words."),
    ] = "markdown",
    pages: Annotated[str, typer.Option(help="Only these pages, e.g. 1-3 or 2,5-7.")] = "",
    overlay: Annotated[
        Path | None,
        typer.Option(help="Write a picture of each page with blocks, tables and reading order drawn on it."),
    ] = None,
    ocr: Annotated[Literal["auto", "off"], typer.Option(help="Read scanned pages.")] = "auto",
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """What is read from one file: Markdown or JSON; it needs no workspace and changes nothing."""
    wanted = parse_pages(pages)
    if not file.is_file():
        raise UserError(f"{file} is not a file; name one document")
    check_targets(overlay)
    as_json = json_ or format_ == "json"
    with SandboxExtractor(Extract(ocr=ocr, max_mb=10_240), workers=1) as sandbox:
        found = sandbox.extract("file", file.name, file, _range(wanted))
        if isinstance(found, Failure):
            _say_failure(found, as_json)
        if wanted and not any(page.number in wanted for page in found.pages):
            raise UserError(f"{file} has no page {pages}; it has {len(found.pages)} pages")
        pictures = _draw(sandbox, file, found, wanted, overlay) if overlay else []
    if as_json:
        data = value_as_json(found) if not wanted else _only(value_as_json(found), wanted)
        print_json(data | ({"overlays": [str(path) for path in pictures]} if pictures else {}))
        return
    typer.echo(to_markdown(found, pages=wanted or None), nl=False)
    for path in pictures:
        err.print(f"wrote {path}", markup=False)
    for warning in found.warnings:
        err.print(f"warning: {warning}", markup=False, style="yellow")


def parse_pages(text: str) -> list[int]:
    """Page numbers of "1-3,5" in order; [] means all. Raises UserError."""
    if not text:
        return []
    found: set[int] = set()
    for part in text.replace(" ", "").split(",") if _PAGES.fullmatch(text.replace(" ", "")) else ["0"]:
        first, _, last = part.partition("-")
        found.update(range(int(first), min(int(last or first), int(first) + 99_999) + 1))
    if not found or 0 in found:
        raise UserError(f"--pages {text}: expected numbers from 1 on, e.g. 1-3 or 2,5-7")
    return sorted(found)


def _range(wanted: Sequence[int]) -> tuple[int, int] | None:
    if not wanted or wanted[-1] - wanted[0] >= _MOST_AT_ONCE:
        return None
    return wanted[0], wanted[-1]


def _say_failure(failure: Failure, as_json: bool) -> NoReturn:
    if as_json:
        print_json({"failure": value_as_json(failure)})
    else:
        err.print(f"not read ({failure.reason}): {failure.detail}", markup=False, style="red")
    raise typer.Exit(1)


def _draw(
    sandbox: SandboxExtractor, file: Path, document: Document, wanted: Sequence[int], target: Path
) -> list[Path]:
    """The written pictures: the target itself for one page, else numbered beside it."""
    numbers = [page.number for page in document.pages if not wanted or page.number in wanted]
    paths: list[Path] = []
    for number in numbers:
        picture = sandbox.render(file, document.media_type, number, _SCALE, marks_of(document, number))
        if isinstance(picture, Failure):
            err.print(f"no overlay of page {number}: {picture.detail}", markup=False, style="yellow")
            if picture.reason == "no_picture" and not paths:
                break
            continue
        path = target if len(numbers) == 1 else target.with_name(f"{target.stem}-{number}{target.suffix}")
        try:
            write_durably(path, picture)
        except OSError as error:
            raise UserError(f"{path} cannot be written: {error.strerror or error}") from None
        paths.append(path)
    return paths


def _only(data: dict[str, object], wanted: Sequence[int]) -> dict[str, object]:
    """The document's JSON with these pages' blocks; its text stays whole, since ranges point into it."""
    blocks, pages = data["blocks"], data["pages"]
    assert isinstance(blocks, list)
    assert isinstance(pages, list)
    return data | {
        "blocks": [block for block in blocks if block["page"] in wanted],
        "pages": [page for page in pages if page["number"] in wanted],
    }
