"""PPT (PowerPoint 97-2003, MS-PPT): each slide a page with its title, its text and the speaker's notes.

Reads the slides that the newest edit shows, not what older saves left behind. Tables come as paragraphs, cell by cell.
"""

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from metier.extract.compound import open_compound, title_of
from metier.extract.detect import PPT
from metier.extract.raw import RawBlock, RawDocument, RawPage, Unreadable

# Record types (2.13.24)
_DOCUMENT_ATOM, _SLIDE, _NOTES, _SLIDE_ATOM, _NOTES_ATOM = 1001, 1006, 1008, 1007, 1009
_LIST, _PERSIST, _HEADER, _CHARS, _BYTES = 4080, 1011, 3999, 4000, 4008
_USER_EDIT, _DIRECTORY, _OUTLINE_REFERENCE, _TEXTBOX = 4085, 6002, 3998, 0xF00D
_ENCRYPTED_TOKEN = 0xF3D1C4DF
_TITLES, _NOTE_BODY = (0, 6), 2
_MASTER_UNITS = 576 / 72  # per point
_DEEPEST = 60
_MOST_EDITS = 10_000

Record = tuple[int, int, int, int]  # instance, type, first byte of content, byte behind it


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """Slides as pages. Raises Unreadable: "encrypted", "corrupt"."""
    with open_compound(path) as file:
        user = file.openstream("Current User").read() if file.exists("Current User") else b""
        if len(user) >= 16 and struct.unpack_from("<I", user, 12)[0] == _ENCRYPTED_TOKEN:
            raise Unreadable("encrypted", "the presentation needs a password; save it without one")
        data = file.openstream("PowerPoint Document").read()
        start = struct.unpack_from("<I", user, 16)[0] if len(user) >= 20 else 0
        raw = RawDocument(PPT, "metier ppt 1", [], [], title=title_of(file))
        deck = _Deck(data, start)
        for number, blocks in enumerate(deck.slides(), start=1):
            label = next((block.text for block in blocks if block.kind == "heading"), "")
            raw.pages.append(RawPage(number, *deck.size, label))
            for block in blocks:
                block.page = number
            raw.blocks += blocks
    if not raw.pages:
        raise Unreadable("corrupt", "there is no slide in it; open and save it again")
    return raw


class _Deck:
    """The main stream and where its living objects stand."""

    def __init__(self, data: bytes, newest_edit: int) -> None:
        self._data = data
        self._places, document = self._directory(newest_edit)
        start, end = self._content(self._places.get(document, 0))
        self._document = list(self._records(start, end))
        self.size = (0.0, 0.0)
        for _, kind, first, end in self._document:
            if kind == _DOCUMENT_ATOM and end - first >= 8:
                width, height = struct.unpack_from("<ii", data, first)
                self.size = (width / _MASTER_UNITS, height / _MASTER_UNITS)

    def slides(self) -> Iterator[list[RawBlock]]:
        """The blocks of each slide in order of showing."""
        notes = {identity: place for identity, place, _ in self._persisted(2)}
        for _, place, outline in self._persisted(0):
            start, end = self._content(place)
            blocks = list(self._texts(start, end, outline, 0))
            seen = {block.text for block in blocks}
            blocks += [block for block in map(_block, outline) if block and block.text not in seen]
            blocks.sort(key=lambda block: block.kind != "heading")
            yield blocks + list(self._speaker_notes(notes.get(self._notes_of(start, end), 0)))

    def _notes_of(self, start: int, end: int) -> int:
        for _, kind, first, last in self._records(start, end):
            if kind == _SLIDE_ATOM and last - first >= 20:
                return int(struct.unpack_from("<I", self._data, first + 16)[0])
        return 0

    def _speaker_notes(self, place: int) -> Iterator[RawBlock]:
        if place:
            start, end = self._content(place)
            for kind, text in self._atoms(start, end, 0):
                if kind == _NOTE_BODY and text.strip():
                    yield RawBlock("paragraph", f"Notes: {text.strip()}")

    def _directory(self, edit: int) -> tuple[dict[int, int], int]:
        """Place by persistent identity, newest first, and the identity of the document (2.3.3 - 2.3.5)."""
        places: dict[int, int] = {}
        document, seen = 0, set[int]()
        while edit and edit not in seen and len(seen) < _MOST_EDITS:
            seen.add(edit)
            _, kind, start, _ = self._record(edit)
            if kind != _USER_EDIT:
                break
            edit, directory, identity = struct.unpack_from("<III", self._data, start + 8)
            document = document or identity
            _, kind, at, end = self._record(directory)
            while kind == _DIRECTORY and at + 4 <= end:
                (head,) = struct.unpack_from("<I", self._data, at)
                count = min(head >> 20, (end - at - 4) // 4)
                for index, place in enumerate(struct.unpack_from(f"<{count}I", self._data, at + 4)):
                    places.setdefault((head & 0xFFFFF) + index, place)
                at += 4 + 4 * max(1, head >> 20)
        return places, document

    def _persisted(self, instance: int) -> Iterator[tuple[int, int, list[tuple[int, str]]]]:
        """(identity, place, texts of the outline) of each slide or notes page of one list."""
        for own, kind, start, end in self._document:
            if kind != _LIST or own != instance:
                continue
            current: tuple[int, int, list[tuple[int, str]]] | None = None
            header = 4
            for _, inner, first, last in self._records(start, end):
                if inner == _PERSIST:
                    if current:
                        yield current
                    reference, _, _, identity = struct.unpack_from("<IIiI", self._data, first)
                    current = (identity, self._places.get(reference, 0), [])
                elif inner == _HEADER:
                    (header,) = struct.unpack_from("<I", self._data, first)
                elif inner in (_CHARS, _BYTES) and current:
                    current[2].append((header, self._decode(inner, first, last)))
            if current:
                yield current

    def _texts(self, start: int, end: int, outline: list[tuple[int, str]], depth: int) -> Iterator[RawBlock]:
        for kind, text in self._atoms(start, end, depth, outline):
            if block := _block((kind, text)):
                yield block

    def _atoms(
        self, start: int, end: int, depth: int, outline: list[tuple[int, str]] | None = None
    ) -> Iterator[tuple[int, str]]:
        """(text type, text) of all text boxes inside."""
        header = 4
        for _, kind, first, last in self._records(start, end):
            if kind == _HEADER:
                (header,) = struct.unpack_from("<I", self._data, first)
            elif kind in (_CHARS, _BYTES):
                yield header, self._decode(kind, first, last)
            elif kind == _OUTLINE_REFERENCE and outline is not None:
                (index,) = struct.unpack_from("<I", self._data, first)
                if index < len(outline):
                    yield outline[index]
            elif depth < _DEEPEST and (self._is_container(first - 8) or kind == _TEXTBOX):
                yield from self._atoms(first, last, depth + 1, outline)

    def _decode(self, kind: int, start: int, end: int) -> str:
        data = self._data[start:end]
        text = data.decode("utf-16-le", "replace") if kind == _CHARS else data.decode("latin-1")
        return text.replace("\r", "\n").replace("\x0b", "\n")

    def _record(self, at: int) -> Record:
        head, kind, size = struct.unpack_from("<HHI", self._data, at)
        return head >> 4, kind, at + 8, min(at + 8 + size, len(self._data))

    def _is_container(self, at: int) -> bool:
        return bool(self._data[at] & 0xF == 0xF)

    def _content(self, at: int) -> tuple[int, int]:
        _, _, start, end = self._record(at)
        return start, end

    def _records(self, start: int, end: int) -> Iterator[Record]:
        at = start
        while at + 8 <= end:
            record = self._record(at)
            yield record
            at = record[3]


def _block(text: tuple[int, str]) -> RawBlock | None:
    kind, content = text[0], text[1].strip()
    if not content or content == "*":  # a star stands where the slide number is printed
        return None
    return RawBlock("heading", content, level=1) if kind in _TITLES else RawBlock("paragraph", content)
