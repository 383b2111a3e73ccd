"""Strict Open XML (ISO/IEC 29500 part 1) as the transitional kind that libraries read: only the namespaces differ.

Strict dates in cells are ISO texts, which calamine reads as such.
"""

import io
import re
import zipfile
from pathlib import Path

from metier.extract.zip_guard import open_member

_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/([A-Za-z]+)/([A-Za-z][A-Za-z/-]*)")
_RENAMED = {b"extendedProperties": b"extended-properties", b"customProperties": b"custom-properties"}


def transitional(path: Path) -> Path | io.BytesIO:
    """The file itself, or a rewritten copy in memory if it is Strict. Raises zipfile.BadZipFile, KeyError, Unreadable."""
    with zipfile.ZipFile(path) as package:
        if b"purl.oclc.org/ooxml" not in open_member(package, "_rels/.rels", missing=b""):
            return path
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
            for member in package.infolist():
                data = open_member(package, member.filename)
                if member.filename.endswith((".xml", ".rels")):
                    data = _STRICT.sub(_transitional_name, data)
                copy.writestr(member.filename, data)
    out.seek(0)
    return out


def _transitional_name(match: re.Match[bytes]) -> bytes:
    head, _, tail = match[2].rpartition(b"/")
    tail = _RENAMED.get(tail, tail)
    return (
        b"http://schemas.openxmlformats.org/" + match[1] + b"/2006/" + (head + b"/" if head else b"") + tail
    )
