"""Plain text: finds the encoding, paragraphs are what blank lines separate."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metier.extract.detect import TEXT
from metier.extract.raw import RawBlock, RawDocument, RawPage

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LIST = re.compile(r"\s*(?:[-*•–]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+\S")


def decode(data: bytes) -> str:
    """The text: by its byte order mark, else UTF-8, UTF-16 without mark, else Windows-1252 (which reads anything)."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if data[:4096].count(0):
        little = data[1:4096:2].count(0) >= data[:4096:2].count(0)
        return data.decode("utf-16-le" if little else "utf-16-be", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A few broken bytes in a long UTF-8 text (a cut file) are no reason to misread all its umlauts.
        if len(data) - error.start < 4:
            return data.decode("utf-8", "replace")
    as_utf8 = data.decode("utf-8", "replace")
    if as_utf8.count("\ufffd") * 20 < len(re.findall("[\u0080-\ufffc]", as_utf8)):
        return as_utf8
    return data.decode("cp1252", "replace")


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """Paragraphs and list items in order."""
    return RawDocument(TEXT, "metier text 1", [RawPage()], paragraphs(decode(path.read_bytes())))


def paragraphs(text: str) -> list[RawBlock]:
    """Blocks of plain text; lines that start like list items stand alone."""
    blocks: list[RawBlock] = []
    for part in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = part.split("\n")
        if not part.strip():
            continue
        if len(lines) > 1 and sum(bool(_LIST.match(line)) for line in lines) >= max(2, len(lines) // 2):
            blocks += _items(lines)
        else:
            blocks.append(RawBlock("paragraph", part))
    return blocks


def _items(lines: list[str]) -> list[RawBlock]:
    blocks: list[RawBlock] = []
    for line in lines:
        if _LIST.match(line):
            blocks.append(RawBlock("list_item", line))
        elif blocks:
            blocks[-1].text += "\n" + line
        else:
            blocks.append(RawBlock("paragraph", line))
    return blocks
