"""The media type of a file: by content first, by its name only where content leaves it open."""

import re
import zipfile
from pathlib import Path, PurePosixPath

import olefile

from metier.extract.raw import Unreadable

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLS = "application/vnd.ms-excel"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
_OPEN = "application/vnd.oasis.opendocument."
ODT, ODP, ODG = _OPEN + "text", _OPEN + "presentation", _OPEN + "graphics"
DOC, PPT, MSG = "application/msword", "application/vnd.ms-powerpoint", "application/vnd.ms-outlook"
RTF, EPUB, ZIP = "application/rtf", "application/epub+zip", "application/zip"
HTML, MARKDOWN, TEXT, CSV, EML = "text/html", "text/markdown", "text/plain", "text/csv", "message/rfc822"
PICTURE = "image/*"

_HEAD = 8192
_PACKAGE = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"GIF8", b"BM")
_BY_ENDING = {
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".csv": CSV,
    ".tsv": CSV,
    ".tab": CSV,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".eml": EML,
}
_MAIL_HEADER = re.compile(
    rb"^(?:from|to|subject|date|received|return-path|mime-version|message-id|delivered-to|content-type|x-[a-z-]+):",
    re.IGNORECASE | re.MULTILINE,
)
_PDF_REMAINS = re.compile(rb"startxref|trailer\s*<<|\d+ \d+ obj\b")
_HTML_START = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)


def detect(path: Path, name: str) -> str:
    """The media type of the file at `path`; `name` is what its owner calls it.

    Raises Unreadable: "empty", "encrypted", "corrupt" (a broken package) or "unsupported" (with what it seems to be).
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    ending = PurePosixPath(name.lower()).suffix
    if not head:
        raise Unreadable("empty", "the file has no bytes; save or export it again")
    # Before PDF: an archive or mail may hold one as it is, with its mark in the first kB.
    if head.startswith(_PACKAGE):
        return _package(path)
    if head.startswith(_OLE):
        return _compound(path, ending)
    if is_marked_pdf(head):
        return PDF
    if head.startswith(b"{\\rtf"):
        return RTF
    if head.startswith(_PICTURES[:5]) or (head.startswith(b"BM") and ending == ".bmp"):
        return PICTURE
    if not is_text(head):
        if ending == ".pdf":
            raise Unreadable(
                "not-a-pdf", "named .pdf, but there is no PDF header in its first 1,024 bytes; ask its sender"
            )
        raise Unreadable("unsupported", f"binary content of unknown type, named {ending or 'without ending'}")
    if ending == ".pdf" and _PDF_REMAINS.search(head):
        raise Unreadable("not-a-pdf", "parts of a PDF without its beginning; export or download it again")
    return _text_kind(head, ending)


def is_marked_pdf(head: bytes) -> bool:
    """True if the mark of a PDF stands where readers look for it: they accept up to 1 kB of other bytes before it
    (ISO 32000-1, annex H, note 13). A container that holds one is none, nor is a text that speaks of the mark."""
    at = head[:1024].find(b"%PDF-")
    if at < 0 or head.startswith((*_PACKAGE, _OLE)) or _HTML_START.match(head):
        return False
    return at == 0 or not is_text(head) or _PDF_REMAINS.search(head) is not None


def is_text(head: bytes) -> bool:
    """True if the bytes can be text: a byte order mark, or no NUL and few control bytes."""
    if head.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return True
    # UTF-16 without a mark: every other byte of western text is 0.
    if head.count(0):
        half = len(head) // 2
        return (
            half > 8
            and max(head[::2].count(0), head[1::2].count(0)) > 0.4 * half
            and head.count(0) < 0.6 * len(head)
        )
    controls = sum(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in head)
    return controls <= 2 + len(head) * 0.02


def _text_kind(head: bytes, ending: str) -> str:
    if _HTML_START.match(head.removeprefix(b"\xef\xbb\xbf")):
        return HTML
    top = re.split(rb"\r?\n\r?\n", head.lstrip(), maxsplit=1)[0]
    names = {match.lower() for match in _MAIL_HEADER.findall(top)}
    if ending == ".eml" or (len(names) >= 3 and ending not in (".md", ".csv", ".txt")):
        return EML
    return _BY_ENDING.get(ending, TEXT)


def _package(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
            kind = _mimetype(package) if "mimetype" in names else ""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable("corrupt", f"a broken zip package ({error}); open and save it again") from None
    for start, media_type in (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX)):
        if any(name.startswith(start) for name in names) and "[Content_Types].xml" in names:
            return media_type
    for media_type in (ODS, ODT, ODP, ODG, EPUB):
        if kind.removesuffix("-template") == media_type:
            return media_type
    if kind:
        raise Unreadable("unsupported", f"{kind} is not read; save the document as DOCX or PDF")
    return ZIP


def _mimetype(package: zipfile.ZipFile) -> str:
    with package.open("mimetype") as member:
        return member.read(200).decode("ascii", "replace").strip()


_LOCKED = "the office file needs a password; save it without one"
# What names the format of an OLE compound file (MS-CFB): a stream that only it has.
_STREAMS = (
    ("WordDocument", DOC),
    ("PowerPoint Document", PPT),
    ("__properties_version1.0", MSG),
    ("Workbook", XLS),
    ("Book", XLS),
)


def _compound(path: Path, ending: str) -> str:
    try:
        with olefile.OleFileIO(str(path)) as file:
            streams = {entry[0] for entry in file.listdir(streams=True, storages=True) if entry}
    except (OSError, ValueError, IndexError, TypeError, AttributeError) as error:
        if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():  # cut off, and locked besides
            raise Unreadable("encrypted", _LOCKED) from None
        raise Unreadable("corrupt", f"a broken office file ({error}); open and save it again") from None
    if "EncryptedPackage" in streams:
        raise Unreadable("encrypted", _LOCKED)
    for stream, media_type in _STREAMS:
        if stream in streams:
            return media_type
    if ending == ".xls":
        return XLS
    raise Unreadable("unsupported", "an old office file of unknown kind; save it as DOCX or PDF")
