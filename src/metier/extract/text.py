"""Plain text: finds the encoding, paragraphs are what blank lines separate."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from charset_normalizer import from_bytes

from metier.extract.detect import TEXT
from metier.extract.raw import RawBlock, RawDocument, RawPage

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LIST = re.compile(r"\s*(?:[-*•–]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+\S")


def decode(data: bytes) -> str:
    """The text: by its byte order mark, else UTF-8, UTF-16 without mark, else the legacy encoding that it looks like."""
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
    return _legacy(data)


# Enough to tell encodings apart; detection costs 20 ms per 100 kB.
_SAMPLE = 100_000
# Languages whose letters Windows-1252 does not have; for all others it is the likelier one of two that fit.
_BEYOND_1252 = ("Polish", "Czech", "Slovak", "Hungarian", "Croatian", "Slovene", "Romanian", "Turkish", "Lithuanian",
                "Latvian", "Estonian")  # fmt: skip
_MOST_ACCENTS = 0.3  # share of bytes beyond ASCII; western text has a tenth of it
_FEWEST = 40  # letters that are not ASCII below which another script is a guess


def _legacy(data: bytes) -> str:
    """Bytes that are no Unicode: another script or another Latin code page if all speaks for it, else Windows-1252."""
    western = data.decode("cp1252", "replace").replace("¤", "€")  # ISO 8859-15 has the euro there
    best = from_bytes(data[:_SAMPLE]).best()
    if best is None or best.language in ("Unknown", ""):
        return western
    try:
        text = data.decode(best.encoding, "replace")
    except LookupError:
        return western
    beyond = [char for char in text[:_SAMPLE] if char > "\x7f" and char.isalpha()]
    foreign = sum(char > "\u036f" for char in beyond)  # behind all Latin letters with accents
    high = sum(byte > 127 for byte in data[:_SAMPLE]) / min(len(data), _SAMPLE)
    if foreign > 0.8 * len(beyond) and (len(beyond) >= _FEWEST or high > _MOST_ACCENTS):
        return text
    extended = any("\u0100" <= char < "\u0180" for char in beyond)
    if (
        foreign == 0
        and extended
        and best.language in _BEYOND_1252
        and best.encoding.startswith(("cp125", "iso8859"))
    ):
        return text
    return text if best.encoding.startswith("mac_") and foreign == 0 and not extended else western


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
