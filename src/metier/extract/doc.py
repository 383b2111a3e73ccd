"""DOC (Word 97-2003, MS-DOC): text of the piece table with paragraph styles, tables, notes; hidden and deleted text left out.

Automatic numbers are not stored as text and are not counted here; list items come without them.
"""

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import olefile

from metier.extract.compound import open_compound, title_of
from metier.extract.detect import DOC
from metier.extract.raw import RawBlock, RawCell, RawDocument, RawPage, Unreadable

# FibBase flags (2.5.2), offsets of FibRgLw97 counts (2.5.4) and FibRgFcLcb97 pairs (2.5.6) in the main stream
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
_COUNTS = 0x4C  # text, footnotes, headers, macros, comments, endnotes, text boxes: 4 bytes each
_STYLES, _CHPX, _PAPX, _CLX = 0xA2, 0xFA, 0x102, 0x1A2
# Properties of paragraphs and characters (2.6)
_IN_TABLE, _ROW_END, _OUTLINE, _LIST = 0x2416, 0x2417, 0x2640, 0x460B
_DELETED, _HIDDEN = 0x0800, 0x083C
_SIZES = (1, 1, 2, 4, 2, 2, -1, 3)  # bytes of the operand by its class (2.6.1); -1: the first byte says
_TITLE = 62  # style identifier of the title; 1-9 are headings
_PAGE = 512
_SHOWN = str.maketrans({"\x0b": "\n", "\x0c": "\n", "\x1e": "-", "\x1f": None, "\x01": None, "\x08": None, "\x02": None,
                        "\x05": None, "\x07": None, "\x0d": None})  # fmt: skip
_FIELD = re.compile("\x13[^\x13\x14\x15]*\x14|\x13[^\x13\x14\x15]*(?=\x15)")


@dataclass(frozen=True, slots=True)
class _Look:
    """What holds for one paragraph."""

    style: int = 0
    level: int = 0
    in_table: bool = False
    row_end: bool = False
    is_item: bool = False


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """Blocks on one page of size 0. Raises Unreadable: "encrypted", "corrupt", "unsupported" (Word 95 and older)."""
    with open_compound(path) as file:
        main = file.openstream("WordDocument").read()
        magic, version = struct.unpack_from("<HH", main, 0)
        (flags,) = struct.unpack_from("<H", main, 0x0A)
        if magic != 0xA5EC or version < 0xC1:
            raise Unreadable("unsupported", "written by Word 95 or older; save it as DOCX or PDF")
        if flags & _ENCRYPTED:
            raise Unreadable("encrypted", "the document needs a password; save it without one")
        table = file.openstream("1Table" if flags & _TABLE_1 else "0Table").read()
        reader = _Reader(main, table)
        blocks = list(reader.blocks())
        warnings = [] if not _has_pictures_only(blocks, file) else ["pictures in it are not read"]
        return RawDocument(DOC, "metier doc 1", [RawPage()], blocks, title=title_of(file), warnings=warnings)


def _has_pictures_only(blocks: list[RawBlock], file: olefile.OleFileIO) -> bool:
    return not blocks and file.exists("Data")


class _Reader:
    """The streams of one document."""

    def __init__(self, main: bytes, table: bytes) -> None:
        self._main, self._table = main, table
        self._text, self._offsets = self._pieces()
        self._looks = list(self._pages(_PAPX, self._paragraph_look))
        self._marks = list(self._pages(_CHPX, self._is_gone))
        self._levels = self._style_levels()

    def blocks(self) -> Iterator[RawBlock]:
        """Text, notes and text boxes; headers and footers marked as such."""
        counts = struct.unpack_from("<7i", self._main, _COUNTS)
        text, notes, headers, _, comments, endnotes, boxes = (max(0, count) for count in counts)
        starts = [0, text, text + notes, text + notes + headers + counts[3], 0, 0]
        starts[4], starts[5] = starts[3] + comments, starts[3] + comments + endnotes
        yield from self._unique(self._story(starts[2], starts[2] + headers), "header")
        yield from self._story(0, text)
        yield from self._story(text, text + notes)
        yield from self._story(starts[4], starts[4] + endnotes)
        yield from self._story(starts[5], starts[5] + boxes)
        for block in self._story(starts[3], starts[3] + comments):
            yield RawBlock("paragraph", f"Comment: {block.text}")

    def _unique(self, blocks: Iterator[RawBlock], kind: Any) -> Iterator[RawBlock]:
        seen = set()
        for block in blocks:
            if block.kind != "table" and block.text not in seen:
                seen.add(block.text)
                yield RawBlock(kind, block.text)

    def _story(self, start: int, end: int) -> Iterator[RawBlock]:
        """Blocks of the characters from start to end."""
        rows: list[list[str]] = []
        row: list[str] = []
        cell: list[str] = []
        at = start
        while at < end:
            stop = (
                next(
                    (i for i in range(at, min(end, len(self._text))) if self._text[i] in "\r\x07\x0c"),
                    end - 1,
                )
                + 1
            )
            look = self._look_at(stop - 1)
            text = self._shown(at, stop)
            at = stop
            if look.in_table:
                if look.row_end:
                    rows.append(row)
                    row = []
                else:
                    cell += [text] if text else []
                    if self._text[stop - 1] == "\x07":
                        row.append(" ".join(cell))
                        cell = []
                continue
            if rows:
                yield from _table(rows)
                rows = []
            if text:
                yield self._block(text, look)
        if row or cell:
            rows.append([*row, *cell])
        yield from _table(rows)

    def _block(self, text: str, look: _Look) -> RawBlock:
        level = look.level or self._levels.get(look.style, 0)
        if level:
            return RawBlock("heading", text, level=min(level, 6))
        return RawBlock("list_item" if look.is_item else "paragraph", text)

    def _shown(self, start: int, end: int) -> str:
        kept = "".join(self._text[at] for at in range(start, min(end, len(self._text))) if not self._gone(at))
        for _ in range(20):  # fields in fields
            kept, count = _FIELD.subn("", kept)
            if not count:
                break
        return re.sub("[\x13\x14\x15\x03\x04]", "", kept).translate(_SHOWN).strip()

    # --- where things stand -----------------------------------------------------------------------------------------

    def _pair(self, at: int) -> bytes:
        start, size = struct.unpack_from("<II", self._main, at)
        return self._table[start : start + size]

    def _pieces(self) -> tuple[str, list[tuple[int, int, int]]]:
        """All characters, and for each piece: its first character, its first byte in the main stream, bytes a character."""
        clx, at = self._pair(_CLX), 0
        while at < len(clx) and clx[at] == 1:
            at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
        if at >= len(clx) or clx[at] != 2:
            raise Unreadable("corrupt", "its table of text pieces is missing; open and save it again")
        (size,) = struct.unpack_from("<I", clx, at + 1)
        plc = clx[at + 5 : at + 5 + size]
        count = (len(plc) - 4) // 12
        ends = struct.unpack_from(f"<{count + 1}I", plc, 0)
        texts, offsets, length = [], [], 0
        for index in range(count):
            (place,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * index + 2)
            characters = ends[index + 1] - ends[index]
            if place & 0x40000000:
                start, width = (place & 0x3FFFFFFF) // 2, 1
                text = self._main[start : start + characters].decode("cp1252", "replace")
            else:
                start, width = place & 0x3FFFFFFF, 2
                data = self._main[start : start + 2 * characters]
                text = "".join(map(chr, struct.unpack(f"<{len(data) // 2}H", data[: len(data) // 2 * 2])))
            offsets.append((length, start, width))
            texts.append(text)
            length += len(text)
        return "".join(texts), offsets

    def _offset(self, at: int) -> int:
        index = bisect_right(self._offsets, at, key=lambda piece: piece[0]) - 1
        first, start, width = self._offsets[max(0, index)]
        return start + (at - first) * width

    def _look_at(self, at: int) -> _Look:
        found = _within(self._looks, self._offset(at))
        return found if isinstance(found, _Look) else _Look()

    def _gone(self, at: int) -> bool:
        return bool(_within(self._marks, self._offset(at)))

    def _pages(self, pair: int, parse: Any) -> Iterator[tuple[int, int, Any]]:
        """(first byte, byte behind, what `parse` makes of the run), in order of bytes (2.9.22 and 2.9.33: FKPs)."""
        plc = self._pair(pair)
        count = (len(plc) - 4) // 8
        runs = []
        for index in range(max(0, count)):
            (number,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 4 * index)
            page = self._main[(number & 0x3FFFFF) * _PAGE : ((number & 0x3FFFFF) + 1) * _PAGE]
            if len(page) < _PAGE:
                continue
            ends = struct.unpack_from(f"<{page[-1] + 1}I", page, 0)
            for run in range(page[-1]):
                runs.append((ends[run], ends[run + 1], parse(page, 4 * (page[-1] + 1), run)))
        return iter(sorted(runs, key=lambda item: item[0]))

    def _paragraph_look(self, page: bytes, base: int, run: int) -> _Look:
        at = page[base + 13 * run] * 2
        if not at:
            return _Look()
        size = 2 * page[at] - 1 if page[at] else 2 * page[at + 1]
        at += 1 if page[at] else 2
        (style,) = struct.unpack_from("<H", page, at)
        values = dict(_properties(page[at + 2 : at + size]))
        outline = values.get(_OUTLINE, 9)
        return _Look(
            style,
            outline + 1 if outline < 9 else 0,
            bool(values.get(_IN_TABLE)),
            bool(values.get(_ROW_END)),
            bool(values.get(_LIST)),
        )

    def _is_gone(self, page: bytes, base: int, run: int) -> bool:
        at = page[base + run] * 2
        values = dict(_properties(page[at + 1 : at + 1 + page[at]])) if at else {}
        return values.get(_DELETED) == 1 or values.get(_HIDDEN) == 1

    def _style_levels(self) -> dict[int, int]:
        """Heading level by style index, through base styles (2.9.271: STSH)."""
        sheet = self._pair(_STYLES)
        (header,) = struct.unpack_from("<H", sheet, 0)
        (count,) = struct.unpack_from("<H", sheet, 2)
        own, bases, at = dict[int, int](), dict[int, int](), 2 + header
        for index in range(count):
            if at + 2 > len(sheet):
                break
            (size,) = struct.unpack_from("<H", sheet, at)
            if size >= 4:
                first, second = struct.unpack_from("<HH", sheet, at + 2)
                identifier = first & 0x0FFF
                own[index] = identifier if 1 <= identifier <= 9 else int(identifier == _TITLE)
                bases[index] = second >> 4
            at += 2 + size
        levels = {}
        for index in own:
            place, steps = index, 0
            while not own.get(place) and place in bases and steps < 10:
                place, steps = bases[place], steps + 1
            levels[index] = own.get(place, 0)
        return levels


def _within(runs: list[tuple[int, int, Any]], offset: int) -> Any:
    index = bisect_right(runs, offset, key=lambda run: run[0]) - 1
    return runs[index][2] if index >= 0 and offset < runs[index][1] else None


def _properties(data: bytes) -> Iterator[tuple[int, int]]:
    """(property, value) of each with a value of one or two bytes."""
    at = 0
    while at + 2 < len(data):
        (name,) = struct.unpack_from("<H", data, at)
        size, start = _SIZES[name >> 13], at + 2
        if size < 0:
            if name == 0xD608:  # a table definition says its length in two bytes
                size = struct.unpack_from("<H", data, start)[0] + 1 if start + 2 <= len(data) else len(data)
            else:
                size = data[start] + 1
        elif size <= 2 and start + size <= len(data):
            yield name, int.from_bytes(data[start : start + size], "little")
        at = start + size


def _table(rows: list[list[str]]) -> Iterator[RawBlock]:
    if not any(any(row) for row in rows):
        return
    if max(map(len, rows)) == 1:
        yield from (RawBlock("paragraph", row[0]) for row in rows if any(row))
        return
    cells = [
        RawCell(r, c, text, header=r == 0 and len(rows) > 1)
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
    ]
    yield RawBlock("table", cells=cells)
