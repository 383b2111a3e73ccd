"""What is inside archives and mails, as bytes with safe names; runs in the child.

Limits on count, size, ratio and names hold here; how deep containers may nest is decided by who asks again.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from metier.extract import archive, detect, eml, msg
from metier.extract.raw import Unreadable

MAX_MEMBERS = 5_000
MAX_TOTAL = 2 << 30
# One answer holds at most so much, beyond its first member; the next request goes on behind it.
_BATCH_BYTES, _BATCH_MEMBERS = 64 << 20, 500
_LONGEST_NAME = 400
_CONTAINERS: Mapping[str, Callable[[Path], Iterator[tuple[str, bytes]]]] = {
    detect.ZIP: archive.members,
    detect.EML: eml.attachments,
    detect.MSG: msg.attachments,
}
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def unpack(path: Path, uri: str, start: int, max_mb: int) -> tuple[dict[str, Any], bytes]:
    """Head (`members`, each with a name and a size or a failure, and `next` if there are more) and their bytes.

    Raises Unreadable: "unsupported" if it is no container, "bomb", "encrypted", "corrupt".
    """
    media_type = detect.detect(path, uri)
    if media_type not in _CONTAINERS:
        raise Unreadable("unsupported", "neither an archive nor a mail")
    listed: list[dict[str, Any]] = []
    body, total, following = bytearray(), 0, None
    for index, (name, data) in enumerate(islice(_CONTAINERS[media_type](path), MAX_MEMBERS + 1)):
        total += len(data)
        if index == MAX_MEMBERS or total > MAX_TOTAL:
            raise Unreadable(
                "bomb", f"more than {MAX_MEMBERS:,} files or {MAX_TOTAL >> 30} GB inside; pack it in parts"
            )
        if index < start:
            continue
        if listed and (len(body) + len(data) > _BATCH_BYTES or len(listed) == _BATCH_MEMBERS):
            following = index
            break
        row = _row(name, data, max_mb)
        body += data if "size" in row else b""
        listed.append(row)
    return {"members": listed, "next": following}, bytes(body)


def _row(name: str, data: bytes, max_mb: int) -> dict[str, Any]:
    safe = safe_name(name)
    if not safe:
        shown = _CONTROL.sub("?", name)[:_LONGEST_NAME]
        detail = f"the name {shown!r} leads out of its archive or cannot be shown; it was not read"
        return {
            "name": shown.strip("/").replace("//", "/") or "?",
            "failure": "unsafe_name",
            "detail": detail,
        }
    if len(data) > max_mb << 20:
        detail = f"{len(data):,} bytes; the limit is extract.max_mb: {max_mb}; raise it or split the file"
        return {"name": safe, "failure": "too_large", "detail": detail}
    return {"name": safe, "size": len(data)}


def safe_name(name: str) -> str:
    """The name with forward slashes and no empty parts; "" if it is absolute, climbs, or holds control characters."""
    name = name.replace("\\", "/")
    if name.startswith("/") or _DRIVE.match(name) or _CONTROL.search(name) or len(name) > _LONGEST_NAME:
        return ""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return "" if ".." in parts else "/".join(parts).encode("utf-8", "replace").decode()
