"""Templates to blocks: alternatives are chosen, facts filled in, anchors collected.

The markup of `content/*.yaml`: `# heading`, `- item`, `| cell | cell |` rows (a trailing `^name` anchors the row),
blank lines between paragraphs, `---` for a new page, `:::columns` and `:::single` for the page layout,
`[[one wording || another]]` for alternatives, `{fact}` or `{fact:filter}` for facts, `<<name: sentence>>` for an anchor.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping

from examples.company.model import Anchor, Block

Facts = Mapping[str, object]

_ALTERNATIVES = re.compile(r"\[\[(.*?)\]\]", re.S)
_FACT = re.compile(r"\{([a-z_][a-z_0-9.]*)(?::([a-z0-9]+))?\}")
_ANCHOR = re.compile(r"<<([\w-]+):\s*(.*?)>>", re.S)
_ROW_ANCHOR = re.compile(r"\|\s*\^([\w-]+)\s*$")
MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
}


def stable(text: str) -> int:
    """A number that depends on the text alone, the same in every process."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def show(value: object, language: str, style: str = "") -> str:
    """The value as a reader of that language sees it; styles: `num`, `iso` (dates), `0`..`3` (decimals), `raw`."""
    if style in ("en", "de"):
        language, style = style, ""
    if isinstance(value, dt.date):
        return _show_date(value, language, style)
    if isinstance(value, bool) or not isinstance(value, int | float) or style == "raw":
        return str(value)
    shown = f"{value:,.{style}f}" if style.isdigit() else f"{value:,}"
    return shown.translate(str.maketrans(",.", ".,")) if language == "de" else shown


def _show_date(day: dt.date, language: str, style: str) -> str:
    if style == "iso":
        return day.isoformat()
    if style == "num":
        return day.strftime("%d.%m.%Y" if language == "de" else "%d/%m/%Y")
    dot = "." if language == "de" else ""
    return f"{day.day}{dot} {MONTHS[language][day.month - 1]} {day.year}"


def look_up(facts: Facts, name: str) -> object:
    """The fact of that dotted name. Raises KeyError with the whole name, so that a typo is found at once."""
    value: object = facts
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise KeyError(f"no fact {name!r}")
        value = value[part]
    return value


def fill(template: str, facts: Facts, language: str) -> str:
    """The template with every `{fact}` replaced, twice over, so that a fact may itself mention facts."""

    def replace(match: re.Match[str]) -> str:
        return show(look_up(facts, match[1]), language, match[2] or "")

    return _FACT.sub(replace, _FACT.sub(replace, template))


def choose(template: str, name: str, turn: int) -> str:
    """The template with one wording per `[[...]]`; neighbouring turns get different wordings."""
    ordinal = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal ordinal
        ordinal += 1
        wordings = [wording.strip() for wording in match[1].split("||")]
        return wordings[(stable(f"{name}/{ordinal}") + turn) % len(wordings)]

    return _ALTERNATIVES.sub(replace, template)


def parse(text: str, document: str) -> tuple[tuple[Block, ...], tuple[Anchor, ...]]:
    """The blocks of a filled-in text and the anchors found in them."""
    blocks: list[Block] = []
    anchors: list[Anchor] = []
    for chunk in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in chunk.strip().splitlines() if line.strip()]
        _parse_chunk(lines, document, blocks, anchors)
    return tuple(blocks), tuple(anchors)


def _parse_chunk(lines: list[str], document: str, blocks: list[Block], anchors: list[Anchor]) -> None:
    paragraph: list[str] = []

    def flush() -> None:
        if paragraph:
            blocks.append(Block("paragraph", _take_anchors(" ".join(paragraph), document, anchors)))
            paragraph.clear()

    rows: list[tuple[str, ...]] = []
    item: list[str] = []

    def flush_item() -> None:
        if item:
            blocks.append(Block("item", _take_anchors(" ".join(item), document, anchors)))
            item.clear()

    for line in lines:
        if line.startswith("|"):
            flush_item()
            flush()
            rows.append(_row(line, document, anchors))
        elif line.startswith("#"):
            flush_item()
            flush()
            marks = len(line) - len(line.lstrip("#"))
            blocks.append(Block("heading", line[marks:].strip(), marks))
        elif line in ("---", ":::columns", ":::single"):
            flush_item()
            flush()
            kinds: dict[str, Block] = {
                "---": Block("page_break"),
                ":::columns": Block("columns"),
                ":::single": Block("single"),
            }
            blocks.append(kinds[line])
        elif line.startswith("- "):
            flush()
            flush_item()
            item.append(line[2:])
        elif item:
            item.append(line)
        else:
            paragraph.append(line)
    flush_item()
    flush()
    if rows:
        blocks.append(Block("table", rows=tuple(rows)))


def _row(line: str, document: str, anchors: list[Anchor]) -> tuple[str, ...]:
    named = _ROW_ANCHOR.search(line)
    if named:
        line = line[: named.start() + 1]
    cells = tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
    if named:
        anchors.append(
            Anchor(f"{document}.{named[1]}", document, " ".join(cell for cell in cells if cell), True)
        )
    return cells


def _take_anchors(text: str, document: str, anchors: list[Anchor]) -> str:
    def replace(match: re.Match[str]) -> str:
        quote = " ".join(match[2].split())
        anchors.append(Anchor(f"{document}.{match[1]}", document, quote, False))
        return quote

    return " ".join(_ANCHOR.sub(replace, text).split())
