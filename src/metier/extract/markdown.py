"""Markdown: headings, lists, tables, code fences, front matter; marks of emphasis taken off, link targets kept."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metier.extract.detect import MARKDOWN
from metier.extract.raw import RawBlock, RawDocument, RawPage
from metier.extract.tables import grid_cells
from metier.extract.text import decode
from metier.text.dates import dates

_HEADING = re.compile(r" {0,3}(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})\s*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ITEM = re.compile(r"(\s*)([-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?(.*)")
_RULE = re.compile(r" {0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})")
_DIVIDER = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_FRONT = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """Blocks in order; title and date from the front matter where it has them."""
    text = decode(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
    raw = RawDocument(MARKDOWN, "metier markdown 1", [RawPage()], [])
    if front := _FRONT.match(text):
        raw.title = _front_value(front[1], "title")
        stated = _front_value(front[1], "effective", "valid_from", "date", "updated")
        raw.dated = next((span.value.isoformat() for span in dates(stated) if span.precision == "day"), "")
        raw.blocks.append(RawBlock("paragraph", front[1]))
        text = text[front.end() :]
    raw.blocks += _Lines(_COMMENT.sub("", text).split("\n")).blocks()
    return raw


def _front_value(front: str, *names: str) -> str:
    for name in names:
        if match := re.search(rf"^{name}\s*:\s*(.+)$", front, re.IGNORECASE | re.MULTILINE):
            return match[1].strip().strip("\"'")
    return ""


class _Lines:
    """Reads blocks off a list of lines."""

    def __init__(self, lines: list[str]) -> None:
        self._lines, self._at = lines, 0

    def blocks(self) -> list[RawBlock]:
        """All blocks."""
        found: list[RawBlock] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line.strip() or (_RULE.fullmatch(line) and not _ITEM.fullmatch(line)):
                self._at += 1
            elif fence := _FENCE.match(line):
                found.append(self._code(fence[1]))
            elif match := _HEADING.fullmatch(line):
                self._at += 1
                found.append(RawBlock("heading", plain(match[2] or ""), level=len(match[1])))
            elif self._starts_table():
                found.append(self._table())
            elif match := _ITEM.fullmatch(line):
                found.append(self._item(match))
            else:
                found.append(self._paragraph())
        return found

    def _code(self, fence: str) -> RawBlock:
        self._at += 1
        start = self._at
        while self._at < len(self._lines) and not self._lines[self._at].strip().startswith(fence):
            self._at += 1
        block = RawBlock("code", "\n".join(self._lines[start : self._at]))
        self._at += 1
        return block

    def _starts_table(self) -> bool:
        following = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""
        return "|" in self._lines[self._at] and "|" in following and bool(_DIVIDER.fullmatch(following))

    def _table(self) -> RawBlock:
        rows = [_row(self._lines[self._at])]
        self._at += 2
        while self._at < len(self._lines) and "|" in self._lines[self._at] and self._lines[self._at].strip():
            rows.append(_row(self._lines[self._at]))
            self._at += 1
        return RawBlock("table", cells=grid_cells(rows, 1))

    def _item(self, match: re.Match[str]) -> RawBlock:
        marker = "" if match[2] in "-*+" else match[2] + " "
        self._at += 1
        lines = [match[3], *self._more()]
        return RawBlock("list_item", marker + plain("\n".join(lines)))

    def _paragraph(self) -> RawBlock:
        start = self._at
        self._at += 1
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if _UNDERLINE.fullmatch(line):
                text = plain(" ".join(self._lines[start : self._at]))
                self._at += 1
                return RawBlock("heading", text, level=1 if "=" in line else 2)
            if self._ends(line):
                break
            self._at += 1
        lines = [re.sub(r"^\s{0,3}(?:>\s?)+", "", line) for line in self._lines[start : self._at]]
        return RawBlock("paragraph", plain("\n".join(lines)))

    def _more(self) -> list[str]:
        """Following lines that belong to the same list item."""
        lines = []
        while self._at < len(self._lines) and not self._ends(self._lines[self._at]):
            lines.append(self._lines[self._at].strip())
            self._at += 1
        return lines

    def _ends(self, line: str) -> bool:
        return bool(
            not line.strip()
            or _FENCE.match(line)
            or _HEADING.fullmatch(line)
            or _ITEM.fullmatch(line)
            or self._starts_table()
        )


def _row(line: str) -> list[str]:
    line = line.strip().removeprefix("|")
    line = line[:-1] if line.endswith("|") and not line.endswith("\\|") else line
    return [plain(cell.replace("\\|", "|").strip()) for cell in re.split(r"(?<!\\)\|", line)]


_LINK = re.compile(r"(!?)\[([^\]]*)\]\(\s*<?([^)\s>]*)>?(?:\s+[\"'][^)]*[\"'])?\s*\)")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|_{1,3})(?=\S)(.+?)(?<=\S)\1(?![\w*])", re.DOTALL)
# Inside a word stars are emphasis, but between figures they multiply, whatever CommonMark says.
_INNER_STARS = re.compile(r"(?<!\d)(\*{1,3})(?=\S)([^*]+?)(?<=\S)\1(?!\d)")
_TAG = re.compile(
    r"</?(?:br|b|i|em|strong|sub|sup|u|kbd|span|div|p|a|details|summary|center|code)\b[^>]*>", re.IGNORECASE
)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~-])")


def plain(text: str) -> str:
    """The text as a reader sees it; a link keeps its target in brackets unless the text is the target."""
    codes: list[str] = []

    def keep(match: re.Match[str]) -> str:
        codes.append(match[2])
        return f"\ue000{len(codes) - 1}\ue001"

    text = re.sub(r"(`+)(.+?)\1", keep, text, flags=re.DOTALL)
    text = _LINK.sub(_link, text)
    text = re.sub(r"<((?:https?|mailto):[^>\s]+)>", r"\1", text)
    for pattern in (_EMPHASIS, _EMPHASIS, _INNER_STARS):
        text = pattern.sub(r"\2", text)
    text = re.sub(r"~~(.+?)~~", r"\1", text)
    text = _ESCAPED.sub(r"\1", _TAG.sub(" ", text))
    return re.sub(
        "\ue000(\\d+)\ue001", lambda match: codes[int(match[1])] if int(match[1]) < len(codes) else "", text
    )


def _link(match: re.Match[str]) -> str:
    text, target = match[2], match[3]
    if match[1] or not re.match(r"https?:|mailto:", target) or target.removeprefix("mailto:") == text:
        return text
    return f"{text} ({target})"
