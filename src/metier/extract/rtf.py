"""RTF (Microsoft's specification 1.9.1): paragraphs, headings, list numbers, tables, notes; hidden and deleted text left out.

Headings are paragraphs with an outline level or a heading style; where a document has none, short bold lines that are set
larger than its text.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metier.extract.detect import RTF
from metier.extract.raw import RawBlock, RawDocument, RawPage, Unreadable
from metier.extract.rtf_table import Row, cells_of

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.S
)
# Destinations whose text is not shown; unknown ones that begin with \* are skipped as well.
_SKIPPED = frozenset(
    ["colortbl", "filetbl", "listtable", "listoverridetable", "revtbl", "rsidtbl", "pict", "object",
     "themedata", "colorschememapping", "datastore", "latentstyles", "generator", "fldinst", "xmlnstbl",
     "mmathPr", "template", "bkmkstart", "bkmkend", "sp", "sv", "sn", "picprop", "nonshppict", "atnid",
     "atnauthor", "atrfstart", "atrfend", "atnref", "atndate", "pnseclvl", "private", "keycode",
     "passwordhash", "wgrffmtfilter"]
)  # fmt: skip
_SHOWN_EXTRAS = frozenset(
    ["shpinst", "shptxt", "shppict", "fldrslt", "annotation"]
)  # may follow \* and hold text
_FURNITURE = {f"{kind}{side}": kind for kind in ("header", "footer") for side in ("", "l", "r", "f")}
_SIGNS = {"tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“",
          "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ", "page": "", "softline": "\n"}  # fmt: skip
_SYMBOLS = {
    b"~": "\u00a0",
    b"_": "-",
    b"-": "",
    b"\\": "\\",
    b"{": "{",
    b"}": "}",
    b"\t": "\t",
    b":": "",
    b"|": "",
}
_CHARSETS = {0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "cp950", 161: "cp1253",
             162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
             238: "cp1250"}  # fmt: skip
_DEEPEST = 1_000
# A heading by its look: bold, alone, at most this long, and this much larger than the text.
_LONGEST_HEADING, _LARGER = 120, 1.15


@dataclass(slots=True)
class _State:
    """What a group inherits and gives back at its end."""

    skip: bool = False
    destination: str = ""
    unicode_skip: int = 1
    encoding: str = ""
    hidden: bool = False
    bold: bool = False
    size: int = 24


@dataclass(slots=True)
class _Paragraph:
    """What holds for the paragraph under way."""

    level: int = 0
    style: int = 0
    in_table: bool = False
    is_item: bool = False


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """Blocks on one page of size 0. Raises Unreadable "corrupt"."""
    data = path.read_bytes()
    if not data.lstrip().startswith(b"{\\rtf"):
        raise Unreadable("corrupt", "no RTF inside; open and save it again")
    reader = _Reader()
    reader.run(data)
    blocks = reader.finish()
    return RawDocument(RTF, "metier rtf 1", [RawPage()], blocks, title=reader.title.strip())


class _Reader:
    """One pass over the tokens."""

    def __init__(self) -> None:
        self.title = ""
        self._stack: list[_State] = []
        self._now = _State()
        self._paragraph = _Paragraph()
        self._encoding = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._styles: dict[int, int] = {}
        self._style_name, self._style_number, self._style_level = "", 0, 0
        self._text: dict[str, list[str]] = {}
        self._bytes = bytearray()
        self._looks: Counter[tuple[int, bool]] = Counter()
        self._blocks: list[tuple[RawBlock, tuple[int, bool]]] = []
        self._rows: list[Row] = []
        self._row = Row()
        self._cells: list[str] = []
        self._notes: list[RawBlock] = []
        self._furniture: list[RawBlock] = []
        self._marker = ""
        self._star = False
        self._ignore = 0  # characters that stand for a \u in readers without Unicode

    def run(self, data: bytes) -> None:
        at, end = 0, len(data)
        while at < end:
            match = _TOKEN.match(data, at)
            if match is None:
                at += 1
                continue
            at = match.end()
            word, number, code, symbol, brace, text = match.groups()
            if word:
                name = word.decode("ascii")
                if name == "bin":
                    at += max(0, int(number or 0))
                else:
                    self._control(name, None if number is None else int(number))
            elif code:
                self._byte(bytes([int(code, 16)]))
            elif symbol is not None:
                self._symbol(symbol)
            elif brace:
                self._brace(brace)
            elif text:
                self._byte(text)

    def finish(self) -> list[RawBlock]:
        """All blocks in order."""
        self._end_paragraph()
        self._end_table()
        blocks = [block for block, _ in self._blocks]
        if not any(block.kind == "heading" for block in blocks):
            self._headings_by_look()
        top = [block for block in self._furniture if block.kind == "header"]
        return [*top, *blocks, *self._notes, *(block for block in self._furniture if block.kind == "footer")]

    # --- groups and bytes -------------------------------------------------------------------------------------------

    def _brace(self, brace: bytes) -> None:
        self._flush()
        if brace == b"{":
            if len(self._stack) > _DEEPEST:
                raise Unreadable("corrupt", "groups nested beyond reason; open and save it again")
            now = self._now
            self._stack.append(now)
            self._now = _State(
                now.skip, now.destination, now.unicode_skip, now.encoding, now.hidden, now.bold, now.size
            )
        elif self._stack:
            ended = self._now.destination
            self._now = self._stack.pop()
            if ended != self._now.destination:
                self._leave(ended)
        self._star = False
        self._ignore = 0

    def _leave(self, destination: str) -> None:
        text = "".join(self._text.pop(destination, [])).strip()
        if destination in _FURNITURE and text:
            kind: Any = _FURNITURE[destination]
            if all(block.text != text for block in self._furniture):
                self._furniture.append(RawBlock(kind, text))
        elif destination == "footnote" and text:
            mark = f"[{len(self._notes) + 1}]"
            self._text.setdefault(self._now.destination, []).append(mark)
            self._notes.append(RawBlock("paragraph", f"{mark} {text}"))
        elif destination == "annotation" and text:
            self._notes.append(RawBlock("paragraph", f"Comment: {text}"))
        elif destination in ("listtext", "pntext"):
            self._marker = text
            self._paragraph.is_item = True
        elif destination == "title":
            self.title = text
        elif destination == "shptxt" and text:
            self._blocks.append((RawBlock("paragraph", text), (0, False)))

    def _byte(self, data: bytes) -> None:
        if self._now.skip:
            return
        if self._ignore:
            dropped = min(self._ignore, len(data))
            self._ignore -= dropped
            data = data[dropped:]
        self._bytes += data

    def _flush(self) -> None:
        if self._bytes:
            encoding = self._now.encoding or self._encoding
            text = bytes(self._bytes).decode(encoding, "replace")
            self._bytes.clear()
            self._add(text)

    def _add(self, text: str) -> None:
        now = self._now
        if now.skip or now.hidden:
            return
        if now.destination == "fonttbl":
            return
        if now.destination == "stylesheet":
            self._style_text(text)
            return
        if now.destination == "info":
            return
        self._text.setdefault(now.destination, []).append(text)
        if now.destination == "":
            self._looks[now.size, now.bold] += len(text.strip())

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._star = True
        elif symbol in (b"\n", b"\r"):
            self._control("par", None)
        elif not self._now.skip and symbol in _SYMBOLS:
            self._flush()
            if self._ignore:
                self._ignore -= 1
            else:
                self._add(_SYMBOLS[symbol])

    # --- control words ----------------------------------------------------------------------------------------------

    def _control(self, name: str, number: int | None) -> None:
        star, self._star = self._star, False
        if name == "u" and number is not None:
            self._unicode(number)
            return
        self._flush()
        self._ignore = 0
        if self._enter(name, star):
            return
        now = self._now
        if name == "uc":
            now.unicode_skip = max(0, min(number or 0, 10))
        elif name == "ansicpg" and number:
            self._encoding = _codec(f"cp{number}", self._encoding)
        elif name == "mac":
            self._encoding = "mac_roman"
        elif name == "f" and number is not None:
            self._font = number
            now.encoding = self._fonts.get(number, "")
        elif name == "fcharset" and number is not None and now.destination == "fonttbl":
            self._fonts[self._font] = _codec(_CHARSETS.get(number, ""), "")
        elif now.destination == "stylesheet":
            self._style_control(name, number)
        elif now.skip:
            return
        elif name in ("v", "deleted"):
            now.hidden = number != 0
        elif name == "plain":
            now.hidden, now.bold, now.size = False, False, 24
        elif name == "b":
            now.bold = number != 0
        elif name == "fs" and number:
            now.size = number
        elif name in _SIGNS:
            self._add(_SIGNS[name])
        elif now.destination:
            if name == "par":
                self._add("\n")
        else:
            self._layout(name, number)

    def _unicode(self, number: int) -> None:
        if self._ignore == 0:
            self._flush()
        self._ignore = 0
        if not self._now.skip:
            self._flush()
            self._add_unit(number + 65536 if number < 0 else number)
        self._ignore = self._now.unicode_skip

    def _add_unit(self, code: int) -> None:
        """One UTF-16 unit; the second half of a pair joins the first."""
        if code > 0xFFFF:
            return
        texts = self._text.get(self._now.destination, [])
        if 0xDC00 <= code < 0xE000 and texts and len(texts[-1]) == 1 and 0xD800 <= ord(texts[-1]) < 0xDC00:
            texts[-1] = chr(0x10000 + ((ord(texts[-1]) - 0xD800) << 10) + code - 0xDC00)
        else:
            self._add(chr(code))

    def _enter(self, name: str, star: bool) -> bool:
        """True if the word begins a destination of its own."""
        now = self._now
        if name in _SKIPPED or (star and name not in _SHOWN_EXTRAS and name not in ("listtext", "pntext")):
            now.skip = True
        elif (
            name
            in (
                "fonttbl",
                "stylesheet",
                "info",
                "footnote",
                "annotation",
                "listtext",
                "pntext",
                "shptxt",
            )
            or (name == "title" and now.destination == "info")
            or name in _FURNITURE
        ):
            now.destination = name
        else:
            return False
        return True

    def _style_control(self, name: str, number: int | None) -> None:
        if name == "s" and number is not None:
            self._style_number, self._style_level, self._style_name = number, 0, ""
        elif name in ("cs", "ts", "ds"):
            self._style_number = -1
        elif name == "outlinelevel" and number is not None and number < 9:
            self._style_level = number + 1

    def _style_text(self, text: str) -> None:
        self._style_name += text
        if ";" not in text:
            return
        named = re.match(r"\s*(?:heading|überschrift) (\d)", self._style_name, re.IGNORECASE)
        level = self._style_level or (int(named[1]) if named else 0)
        if level and self._style_number >= 0:
            self._styles[self._style_number] = level
        self._style_number, self._style_level, self._style_name = 0, 0, ""

    # --- paragraphs and tables --------------------------------------------------------------------------------------

    def _layout(self, name: str, number: int | None) -> None:
        paragraph, row = self._paragraph, self._row
        if name in ("par", "sect"):
            self._end_paragraph()
        elif name == "pard":
            self._paragraph = _Paragraph(is_item=bool(self._marker))
        elif name == "s" and number is not None:
            paragraph.style = number
        elif name == "outlinelevel" and number is not None:
            paragraph.level = number + 1 if number < 9 else 0
        elif name == "ls":
            paragraph.is_item = True
        elif name == "intbl":
            paragraph.in_table = True
        elif name == "trowd":
            row.edges, row.joined, row.header = [], [], False
        elif name == "trhdr":
            row.header = True
        elif name == "clmrg":
            row.joined += [False] * (len(row.edges) - len(row.joined)) + [True]
        elif name == "cellx" and number is not None:
            row.edges.append(number)
            row.joined += [False] * (len(row.edges) - len(row.joined))
        elif name in ("cell", "nestcell"):
            self._end_cell_paragraph()
            row.texts.append(" ".join(self._cells))
            self._cells = []
        elif name == "row":
            self._rows.append(Row(row.texts, list(row.edges), list(row.joined), row.header))
            row.texts = []

    def _take_text(self) -> str:
        text = "".join(self._text.pop("", [])).strip()
        if self._marker and text:
            text = f"{self._marker} {text}" if re.search(r"\w", self._marker) else text
        self._marker = ""
        return text

    def _end_cell_paragraph(self) -> None:
        if text := self._take_text():
            self._cells.append(text)
        self._looks.clear()

    def _end_paragraph(self) -> None:
        paragraph = self._paragraph
        if paragraph.in_table:
            self._end_cell_paragraph()
            return
        look = self._looks.most_common(1)[0][0] if self._looks else (0, False)
        mixed = len([count for count in self._looks.values() if count]) > 1
        self._looks.clear()
        text = self._take_text()
        if not text:
            paragraph.is_item = False
            return
        self._end_table()
        level = paragraph.level or self._styles.get(paragraph.style, 0)
        if level:
            block = RawBlock("heading", text, level=min(level, 6))
        else:
            block = RawBlock("list_item" if paragraph.is_item else "paragraph", text)
        self._blocks.append((block, (0, False) if mixed else look))
        paragraph.is_item = False

    def _end_table(self) -> None:
        rows, self._rows = self._rows, []
        if self._row.texts or self._cells:
            rows.append(Row([*self._row.texts, *self._cells]))
            self._row.texts, self._cells = [], []
        if not any(any(row.texts) for row in rows):
            return
        if max(len(row.texts) for row in rows) == 1:  # a frame around text
            self._blocks += [
                (RawBlock("paragraph", row.texts[0]), (0, False)) for row in rows if any(row.texts)
            ]
            return
        self._blocks.append((RawBlock("table", cells=cells_of(rows)), (0, False)))

    def _headings_by_look(self) -> None:
        weights: Counter[int] = Counter()
        for block, (size, _) in self._blocks:
            weights[size] += len(block.text) if block.kind != "table" else 0
        weights.pop(0, None)
        if not weights:
            return
        body = weights.most_common(1)[0][0]
        found = [
            (block, size)
            for block, (size, bold) in self._blocks
            if bold
            and size >= _LARGER * body
            and len(block.text) <= _LONGEST_HEADING
            and block.kind == "paragraph"
        ]
        sizes = sorted({size for _, size in found}, reverse=True)
        for block, size in found:
            block.kind, block.level = "heading", min(sizes.index(size) + 1, 6)


def _codec(name: str, otherwise: str) -> str:
    try:
        b"".decode(name)
    except LookupError:
        return otherwise
    return name
