"""Small files of old and open formats, written byte by byte from their specifications: compound files, DOC, PPT, MSG, ODF, EPUB."""

import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

Tree = Mapping[str, "bytes | Tree"]
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(path: Path, tree: Tree) -> Path:
    """A compound file (MS-CFB, version 3) with these storages and streams."""
    entries: list[list[object]] = [
        ["Root Entry", 5, b"", _FREE, _FREE]
    ]  # name, type, data, next sibling, first child

    def add(folder: int, content: Tree) -> None:
        before = None
        for name in sorted(content, key=lambda item: (len(item), item.upper())):
            item = content[name]
            is_stream = isinstance(item, bytes)
            entries.append([name, 2 if is_stream else 1, item if is_stream else b"", _FREE, _FREE])
            number = len(entries) - 1
            if before is None:
                entries[folder][4] = number
            else:
                entries[before][3] = number
            before = number
            if not isinstance(item, bytes):
                add(number, item)

    add(0, tree)
    sectors: list[bytes] = []
    fat: list[int] = []

    def store(data: bytes) -> int:
        if not data:
            return _END
        first = len(sectors)
        pieces = [data[at : at + 512].ljust(512, b"\0") for at in range(0, len(data), 512)]
        sectors.extend(pieces)
        fat.extend([*range(first + 1, first + len(pieces)), _END])
        return first

    small, small_fat = bytearray(), list[int]()
    places = []
    for entry in entries:
        data = entry[2]
        assert isinstance(data, bytes)
        if entry[1] != 2 or not data:
            places.append(_END)
        elif len(data) >= 4096:
            places.append(store(data))
        else:
            first = len(small_fat)
            count = (len(data) + 63) // 64
            small += data.ljust(count * 64, b"\0")
            small_fat += [*range(first + 1, first + count), _END]
            places.append(first)
    root_size = len(small)
    places[0] = store(bytes(small))
    packed_small = struct.pack(f"<{len(small_fat)}I", *small_fat)
    packed_small = packed_small.ljust(-(-len(packed_small) // 512) * 512, b"\xff")
    mini_start = store(packed_small)
    directory = b""
    for (name, kind, data, sibling, child), place in zip(entries, places, strict=True):
        assert isinstance(name, str)
        assert isinstance(data, bytes)
        coded = name.encode("utf-16-le") + b"\0\0"
        size = root_size if kind == 5 else len(data)
        directory += coded.ljust(64, b"\0") + struct.pack(
            "<HBBIII", len(coded), kind, 1, _FREE, sibling, child
        )
        directory += bytes(16 + 4 + 16) + struct.pack("<IQ", place, size)
    directory_start = store(directory.ljust(-(-len(directory) // 512) * 512, b"\0"))
    count = 1
    while count * 128 < len(sectors) + count:
        count += 1
    fat_sectors = list(range(len(sectors), len(sectors) + count))
    table = [*fat, *[_FAT] * count]
    table += [_FREE] * (count * 128 - len(table))
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
    )
    header += struct.pack(
        "<IIIIIIIII", 0, count, directory_start, 0, 4096, mini_start, len(packed_small) // 512, _END, 0
    )
    header += struct.pack("<109I", *fat_sectors, *[_FREE] * (109 - count))
    path.write_bytes(header + b"".join(sectors) + struct.pack(f"<{len(table)}I", *table))
    return path


# --- DOC ------------------------------------------------------------------------------------------------------------


def doc(
    path: Path,
    paragraphs: Sequence[tuple[str, int, bytes]],
    notes: str = "",
    gone: str = "",
    encrypted: bool = False,
) -> Path:
    """A Word 97 file of (text with its end mark, style index, paragraph properties); styles 1-9 are headings. The first
    piece is 8-bit, the second 16-bit; `gone` are characters marked as deleted."""
    text = "".join(item[0] for item in paragraphs)
    whole = text + notes
    half = len(whole) // 2
    start = 2048
    first = whole[:half].encode("cp1252")
    second = whole[half:].encode("utf-16-le")
    wide = start + len(first) + len(first) % 2

    def offset(at: int) -> int:
        return start + at if at < half else wide + 2 * (at - half)

    at, ends, looks = 0, [start], []
    for content, style, properties in paragraphs:
        at += len(content)
        ends.append(offset(at))
        looks.append(struct.pack("<H", style) + properties)
    papx = _formatted_page(ends, looks, paragraph=True)
    cut = whole.find(gone) if gone else -1
    edges = (
        [start, offset(cut), offset(cut + len(gone)), offset(len(whole))]
        if cut >= 0
        else [start, offset(len(whole))]
    )
    marks = [b"", struct.pack("<HB", 0x0800, 1), b""] if cut >= 0 else [b""]
    chpx = _formatted_page(edges, marks, paragraph=False)
    text_end = -(-(wide + len(second)) // 512) * 512
    main = bytearray(text_end + 1024)
    struct.pack_into("<HH", main, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", main, 0x0A, 0x0200 | (0x0100 if encrypted else 0))
    struct.pack_into("<7i", main, 0x4C, len(text), len(notes), 0, 0, 0, 0, 0)
    main[start : start + len(first)], main[wide : wide + len(second)] = first, second
    main[text_end : text_end + 512], main[text_end + 512 : text_end + 1024] = papx, chpx
    styles = struct.pack("<HH", 4, 10) + bytes(2)
    for index in range(10):
        std = struct.pack("<HHH", index, 0xFFF << 4 | 1, 0) + bytes(4)
        styles += struct.pack("<H", len(std)) + std
    pieces = struct.pack("<III", 0, half, len(whole))
    pieces += struct.pack("<HIH", 0, start * 2 | 0x40000000, 0) + struct.pack("<HIH", 0, wide, 0)
    table = bytearray(16)
    for place, data in (
        (0xA2, styles),
        (0x102, struct.pack("<III", ends[0], ends[-1], text_end // 512)),
        (0xFA, struct.pack("<III", edges[0], edges[-1], text_end // 512 + 1)),
        (0x1A2, b"\x02" + struct.pack("<I", len(pieces)) + pieces),
    ):
        struct.pack_into("<II", main, place, len(table), len(data))
        table += data
    return compound(path, {"WordDocument": bytes(main).ljust(4096, b"\0"), "1Table": bytes(table)})


def _formatted_page(ends: Sequence[int], looks: Sequence[bytes], paragraph: bool) -> bytes:
    """A formatted disk page: edges, offsets, and from its end the properties."""
    page = bytearray(512)
    page[511] = len(looks)
    struct.pack_into(f"<{len(ends)}I", page, 0, *ends)
    at = 510
    for index, look in enumerate(looks):
        if not look:
            continue
        if paragraph:
            data = (
                bytes([(len(look) + 1) // 2]) + look
                if len(look) % 2
                else b"\0" + bytes([len(look) // 2]) + look
            )
        else:
            data = bytes([len(look)]) + look
        at = (at - len(data)) // 2 * 2
        page[at : at + len(data)] = data
        page[4 * len(ends) + index * (13 if paragraph else 1)] = at // 2
    return bytes(page)


# --- PPT ------------------------------------------------------------------------------------------------------------


def record(kind: int, content: bytes, instance: int = 0, container: bool = False) -> bytes:
    return struct.pack("<HHI", instance << 4 | (0xF if container else 0), kind, len(content)) + content


def text_box(kind: int, text: str) -> bytes:
    """A drawing with one text box of this text type."""
    atoms = record(3999, struct.pack("<I", kind)) + record(4000, text.replace("\n", "\r").encode("utf-16-le"))
    drawing = record(0xF004, record(0xF00D, atoms), container=True)
    return record(1036, record(0xF002, drawing, container=True), container=True)


def ppt(path: Path, slides: Sequence[tuple[str, str, str]], stale: str = "", encrypted: bool = False) -> Path:
    """Slides of (title, body, notes); a `stale` slide is in the file but in no edit."""
    stream = record(1006, text_box(4, stale), container=True) if stale else b""
    places: list[int] = []

    def put(data: bytes) -> int:
        nonlocal stream
        places.append(len(stream))
        stream += data
        return len(places)

    listed, noted = b"", b""
    for number, (title, body, notes) in enumerate(slides, start=1):
        atom = record(1007, bytes(16) + struct.pack("<I", 700 + number if notes else 0) + bytes(4))
        own = put(record(1006, atom + text_box(0, title) + text_box(1, body), container=True))
        listed += record(1011, struct.pack("<IIiII", own, 0, 0, 300 + number, 0))
        if notes:
            noted_id = put(record(1008, text_box(2, notes), container=True))
            noted += record(1011, struct.pack("<IIiII", noted_id, 0, 0, 700 + number, 0))
    atom = record(1001, struct.pack("<ii", 5760, 4320) + bytes(32))
    lists = record(4080, listed, 0, True) + record(4080, noted, 2, True)
    document = put(record(1000, atom + lists, container=True))
    directory = len(stream)
    entries = struct.pack(f"<I{len(places)}I", len(places) << 20 | 1, *places)
    stream += record(6002, entries)
    edit = len(stream)
    stream += record(4085, struct.pack("<IIIIII", 0, 0, 0, directory, document, 9) + bytes(4))
    user = record(4086, struct.pack("<III", 20, 0xF3D1C4DF if encrypted else 0xE391C05F, edit) + bytes(8))
    return compound(path, {"Current User": user, "PowerPoint Document": stream})


# --- MSG ------------------------------------------------------------------------------------------------------------


def message(
    subject: str,
    body: str,
    attached: Mapping[str, bytes] | None = None,
    inner: Tree | None = None,
    kind: str = "IPM.Note",
) -> Tree:
    """The tree of one message; `inner` is an attached message."""
    sent = (
        int((datetime(2026, 5, 20, 8, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10**7
    )
    values = struct.pack("<IIQ", 0x00390040, 0, sent)
    texts = {
        "001A": kind,
        "0037": subject,
        "1000": body,
        "0C1A": "Ada",
        "5D01": "ada@example.com",
        "0E04": "Bob",
    }
    tree: dict[str, bytes | Tree] = {
        f"__substg1.0_{key}001F": text.encode("utf-16-le") for key, text in texts.items()
    }
    tree["__properties_version1.0"] = bytes(32) + values
    for number, (name, data) in enumerate((attached or {}).items()):
        tree[f"__attach_version1.0_#{number:08X}"] = {
            "__substg1.0_3707001F": name.encode("utf-16-le"),
            "__substg1.0_37010102": data,
            "__properties_version1.0": bytes(8),
        }
    if inner is not None:
        nested = dict(inner) | {"__properties_version1.0": bytes(24) + values}
        tree["__attach_version1.0_#000000FF"] = {
            "__substg1.0_3001001F": "forwarded".encode("utf-16-le"),
            "__substg1.0_3701000D": nested,
            "__properties_version1.0": bytes(8),
        }
    return tree


# --- packages -------------------------------------------------------------------------------------------------------

_SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"), ("style", "style"),
        ("svg", "svg-compatible"), ("fo", "xsl-fo-compatible"), ("presentation", "presentation"),
    )
)  # fmt: skip


def odf(
    path: Path, kind: str, body: str, styles: str = "", page_styles: str = "", manifest: str = ""
) -> Path:
    """An OpenDocument file of "text" or "presentation" with this content."""
    content = (
        f"<office:document-content {_SPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    return package(
        path,
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": content,
            "styles.xml": f"<office:document-styles {_SPACES}>{page_styles}</office:document-styles>",
            "META-INF/manifest.xml": f"<manifest>{manifest}</manifest>",
        },
    )


def package(path: Path, members: Mapping[str, str | bytes]) -> Path:
    """A zip file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members.items():
            out.writestr(name, content)
    return path
