"""ZIP archives: as a document, the list of what is inside; the members themselves are documents of their own (`unpack`)."""

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from metier.extract.detect import ZIP
from metier.extract.raw import RawBlock, RawDocument, RawPage, Unreadable
from metier.extract.zip_guard import guard, open_member

# What systems put beside people's files.
_LITTER = ("__MACOSX/", "Thumbs.db", "desktop.ini")


def read(path: Path, request: Mapping[str, Any]) -> RawDocument:
    """The names of the members. Raises Unreadable: "bomb", "encrypted", "corrupt", "empty"."""
    guard(path)
    found = [member.filename for member in _listed(path)]
    if not found:
        raise Unreadable("empty", "there is no file in the archive")
    raw = RawDocument(
        ZIP, "metier zip 1", [RawPage()], [RawBlock("paragraph", f"Archive of {len(found)} files:")]
    )
    raw.blocks += [RawBlock("list_item", name) for name in found]
    if not str(request.get("uri", "")).lower().endswith(".zip"):
        raw.warnings.append("its files are not read, because its name does not end in .zip; rename it")
    return raw


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of each file inside. Raises Unreadable as `read`, also when more comes out than was announced."""
    guard(path)
    with zipfile.ZipFile(path) as package:
        for member in _listed(path):
            try:
                yield member.filename, open_member(package, member.filename)
            except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
                raise Unreadable(
                    "corrupt", f"{member.filename} cannot be unpacked ({error}); pack it again"
                ) from None


def _listed(path: Path) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as package:
            found = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable("corrupt", f"a broken archive ({error}); pack it again") from None
    return [member for member in found if not member.is_dir() and not is_litter(member.filename)]


def is_litter(name: str) -> bool:
    """True for what no person put there: hidden files and what systems leave behind."""
    last = name.rsplit("/", 1)[-1]
    return name.startswith(_LITTER[0]) or last in _LITTER or last.startswith((".", "~$"))
