"""MSG (Outlook messages, MS-OXMSG): headers as text, the body (plain, HTML or RTF), attachments by name, attached messages read."""

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import olefile

from metier.extract.compound import filetime, open_compound
from metier.extract.detect import MSG
from metier.extract.eml import attachment_notes
from metier.extract.html import decode_markup, read_markup
from metier.extract.raw import RawBlock, RawDocument, RawPage, Unreadable, one_line
from metier.extract.text import decode, paragraphs

# Property identifiers (MS-OXPROPS), as they stand in stream names
_CLASS, _SUBJECT, _SENDER, _ADDRESS, _SMTP, _TO, _CC = "001A", "0037", "0C1A", "0C1F", "5D01", "0E04", "0E03"
_BODY, _HTML, _RTF, _LONG_NAME, _NAME, _DATA = "1000", "1013", "1009", "3707", "3704", "3701"
_SENT, _DELIVERED, _CODE_PAGE = 0x00390040, 0x0E060040, 0x3FDE0003
_ATTACHMENT = "__attach_version1.0_#"
_DEEPEST = 5  # messages in messages
_CHARSETS = {65001: "utf-8", 20127: "ascii", 28591: "latin-1", 28605: "iso8859-15"}


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment; `data` is None for an attached message, which is read with its parent."""

    name: str
    data: bytes | None
    storage: tuple[str, ...]


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """Subject as heading, headers, body. Raises Unreadable: "encrypted", "corrupt"."""
    with open_compound(path) as file:
        message = Message(file)
        if "SMIME" in message.text(_CLASS).upper() and "MULTIPARTSIGNED" not in message.text(_CLASS).upper():
            raise Unreadable("encrypted", "the message is encrypted; save it decrypted")
        raw = RawDocument(
            MSG, "metier msg 1", [RawPage()], [], title=message.text(_SUBJECT), dated=message.dated()
        )
        raw.blocks += message.blocks(1)
        names = [item.name for item in message.attachments() if item.data is not None]
        attachment_notes(raw, names, str(request.get("uri", "")))
    return raw


def attachments(path: Path) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of each attached file, those of attached messages too. Raises Unreadable "corrupt"."""
    with open_compound(path) as file:
        yield from _attached(Message(file), 1)


def _attached(message: "Message", depth: int) -> Iterator[tuple[str, bytes]]:
    for item in message.attachments():
        if item.data is not None:
            yield item.name, item.data
        elif depth < _DEEPEST:
            for name, data in _attached(message.inner(item), depth + 1):
                yield f"{item.name}/{name}", data


class Message:
    """One message in a compound file; attached ones are storages inside."""

    def __init__(self, file: olefile.OleFileIO, storage: tuple[str, ...] = ()) -> None:
        self._file, self._storage = file, storage
        # the header is 32 bytes long in the file's own message, 24 in an attached one (MS-OXMSG 2.4.1)
        self._values = self._properties(storage, 24 if storage else 32)
        page = struct.unpack("<I", self._values.get(_CODE_PAGE, b"\xe4\x04\x00\x00\0\0\0\0")[:4])[0]
        self._encoding = _CHARSETS.get(page, f"cp{page}")

    def text(self, name: str) -> str:
        """A text property, "" if it is not there."""
        if data := self._stream(name, "001F"):
            return data.decode("utf-16-le", "replace").rstrip("\x00")
        data = self._stream(name, "001E") or b""
        try:
            return data.decode(self._encoding, "replace").rstrip("\x00")
        except LookupError:
            return decode(data).rstrip("\x00")

    def dated(self) -> str:
        """The day it was sent (or else delivered), ISO."""
        for name in (_SENT, _DELIVERED):
            if (value := self._values.get(name)) and (at := filetime(struct.unpack("<Q", value)[0])):
                return at.date().isoformat()
        return ""

    def blocks(self, depth: int) -> list[RawBlock]:
        """What the message says, attached messages after it."""
        subject = one_line(self.text(_SUBJECT))
        blocks = [RawBlock("heading", subject, level=depth)] if subject else []
        address = self.text(_SMTP) or self.text(_ADDRESS)
        sender = one_line(
            " ".join(filter(None, (self.text(_SENDER), f"<{address}>" if "@" in address else "")))
        )
        shown = [("From", sender), ("To", self.text(_TO)), ("Cc", self.text(_CC)), ("Date", self.dated())]
        lines = [
            f"{name}: {one_line(value)}" for name, value in [*shown, ("Subject", subject)] if value.strip()
        ]
        if lines:
            blocks.append(RawBlock("paragraph", "\n".join(lines)))
        blocks += self._body()
        for item in self.attachments():
            if item.data is None and depth < _DEEPEST:
                blocks += self.inner(item).blocks(depth + 1)
        return blocks

    def attachments(self) -> Iterator[Attachment]:
        """Everything attached that has a name or bytes."""
        folders = {
            entry[len(self._storage)]
            for entry in self._file.listdir(streams=True, storages=True)
            if tuple(entry[: len(self._storage)]) == self._storage and len(entry) > len(self._storage)
        }
        for folder in sorted(name for name in folders if name.startswith(_ATTACHMENT)):
            place = (*self._storage, folder)
            part = Message(self._file, place)
            name = one_line(part.text(_LONG_NAME) or part.text(_NAME) or part.text("3001") or "attachment")
            if self._file.exists("/".join((*place, f"__substg1.0_{_DATA}000D"))):
                yield Attachment(name, None, (*place, f"__substg1.0_{_DATA}000D"))
            elif (data := part._stream(_DATA, "0102")) is not None:
                yield Attachment(name, data, place)

    def inner(self, attachment: Attachment) -> "Message":
        """The attached message."""
        return Message(self._file, attachment.storage)

    def _body(self) -> list[RawBlock]:
        if text := self.text(_BODY).strip():
            return paragraphs(text)
        html = self._stream(_HTML, "0102")
        if html is None and (written := self.text(_HTML)):
            html = written.encode()
        if html:
            return read_markup(decode_markup(html)).blocks
        if packed := self._stream(_RTF, "0102"):
            return paragraphs(_plain(unpack_rtf(packed)))
        return []

    def _stream(self, name: str, kind: str) -> bytes | None:
        place = "/".join((*self._storage, f"__substg1.0_{name}{kind}"))
        return bytes(self._file.openstream(place).read()) if self._file.exists(place) else None

    def _properties(self, storage: tuple[str, ...], header: int) -> dict[int, bytes]:
        place = "/".join((*storage, "__properties_version1.0"))
        if not self._file.exists(place):
            return {}
        data = self._file.openstream(place).read()
        starts = range(header, len(data) - 15, 16)
        return {struct.unpack_from("<I", data, at)[0]: data[at + 8 : at + 16] for at in starts}


def _plain(rtf: bytes) -> str:
    """The text of the simple RTF in which Outlook wraps bodies."""
    text = re.sub(rb"\\(?:par|line)\b ?", b"\n", rtf)
    text = re.sub(
        rb"\{\\\*?\\?(?:fonttbl|colortbl|stylesheet|generator|htmltag)[^{}]*(?:\{[^{}]*\}[^{}]*)*\}",
        b"",
        text,
    )
    text = re.sub(rb"\\'([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), text)
    return decode(re.sub(rb"\\[a-z]+-?\d* ?|[{}]|\\\*", b"", text))


# What every compressed body may refer to before it has said anything (MS-OXRTFCP 2.1.2.1).
_PRIMER = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans Serif"
    b"SymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_MOST_RTF = 64 << 20


def unpack_rtf(data: bytes) -> bytes:
    """The RTF of a compressed body (MS-OXRTFCP). Raises Unreadable "corrupt"."""
    if len(data) < 16:
        raise Unreadable("corrupt", "the body of the message is cut off; export it again")
    _, size, magic = struct.unpack_from("<III", data)
    if magic == 0x414C454D:  # stored as it is
        return data[16 : 16 + size]
    window = bytearray(_PRIMER.ljust(4096, b"\0"))
    write, out, at = len(_PRIMER), bytearray(), 16
    while at < len(data) and len(out) < min(size, _MOST_RTF):
        control, at = data[at], at + 1
        for bit in range(8):
            if control >> bit & 1:
                if at + 2 > len(data):
                    return bytes(out)
                token, at = data[at] << 8 | data[at + 1], at + 2
                offset, length = token >> 4, (token & 0xF) + 2
                if offset == write % 4096:
                    return bytes(out)
                for step in range(length):
                    byte = window[(offset + step) % 4096]
                    out.append(byte)
                    window[write % 4096] = byte
                    write += 1
            elif at < len(data):
                out.append(data[at])
                window[write % 4096] = data[at]
                write, at = write + 1, at + 1
    return bytes(out[:size])
