"""Refuses office packages that would unpack to more than a document holds (zip bombs), before anything is unpacked."""

import zipfile
from pathlib import Path

from metier.extract.raw import Unreadable

# The largest real workbook we met unpacks to 300 MB; XML of spreadsheets packs 10-40 times.
MAX_UNPACKED = 1 << 30
MAX_RATIO = 200
# Below this size a high ratio harms nobody: an empty sheet of styles packs very well.
HARMLESS = 64 << 20
MAX_MEMBERS = 20_000


def guard(path: Path) -> None:
    """Returns if the package may be opened. Raises Unreadable: "bomb", "encrypted" or "corrupt"."""
    try:
        with zipfile.ZipFile(path) as package:
            members = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable("corrupt", f"a broken zip package ({error}); open and save it again") from None
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable("encrypted", "the package needs a password; save it without one")
    unpacked = sum(member.file_size for member in members)
    packed = max(1, path.stat().st_size)
    if unpacked > MAX_UNPACKED or len(members) > MAX_MEMBERS:
        raise Unreadable(
            "bomb", f"{packed:,} bytes would unpack to {unpacked:,} in {len(members)} parts; not opened"
        )
    if unpacked > HARMLESS and unpacked / packed > MAX_RATIO:
        raise Unreadable(
            "bomb",
            f"{packed:,} bytes would unpack to {unpacked:,} ({unpacked // packed} times); not opened",
        )


def open_member(package: zipfile.ZipFile, name: str, missing: bytes | None = None) -> bytes:
    """The member's bytes, `missing` if there is no such member and that is given.

    Raises Unreadable "bomb" if more comes out than its header says: the header is what `guard` judged by. Raises KeyError,
    zipfile.BadZipFile.
    """
    try:
        stated = package.getinfo(name)
    except KeyError:
        if missing is None:
            raise
        return missing
    with package.open(stated) as member:
        data = member.read(stated.file_size + 1)
    if len(data) > stated.file_size:
        raise Unreadable("bomb", f"{name} unpacks to more than its header says; not read")
    return data
