"""Archives and mails as folders: a connector that also finds what is inside them, as sources of their own.

A member goes by its container's uri, two slashes and its name ("mail.eml//report.pdf"); no file of a folder has a uri with two
slashes. It is open to the groups of its container. What was unpacked once is remembered by the container's size and time
stamp, its bytes are kept by content like those of every source. Unpacking happens in the sandbox.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from metier.settings import INSIDE
from metier.types import Failure, Source

ENDINGS = (".zip", ".eml", ".msg")
DEEPEST = 3  # an archive in a mail in an archive; deeper is a trick, not a filing system
MOST_MEMBERS = 10_000  # of one container with everything inside, however deep
VERSION = 2  # of what is remembered; grows when other members would be found

Unpack = Callable[[str, Path], Iterable[tuple[str, bytes] | Failure]]
Row = dict[str, str | int]


class FindingConnector(Protocol):
    """What is wrapped."""

    def covers(self, uri: str) -> bool: ...

    def find(self) -> Iterator[Source | Failure]: ...


class Containers:
    """Implements stages.Connector around another one."""

    def __init__(
        self,
        inner: FindingConnector,
        unpack: Unpack,
        keep: Callable[[Path], tuple[str, int]],
        blob: Callable[[str], Path],
        remembered: Path,
    ) -> None:
        """`unpack` gives (name, bytes) of each member, or Failures; `keep` stores a file by content and `blob` finds it;
        `remembered` is a folder of this connector's own."""
        self._inner, self._unpack, self._keep, self._blob = inner, unpack, keep, blob
        self._remembered = remembered
        self._unread: set[str] = set()

    def covers(self, uri: str) -> bool:
        """True if a document with this uri would come from here; not for members of what could not be unpacked now."""
        if any(uri.startswith(container + INSIDE) for container in self._unread):
            return False
        return self._inner.covers(uri.split(INSIDE, 1)[0])

    def find(self) -> Iterator[Source | Failure]:
        """Every source, each container followed by its members."""
        for item in self._inner.find():
            yield item
            if isinstance(item, Source) and item.uri.lower().endswith(ENDINGS):
                yield from self._members(item, 1, [MOST_MEMBERS])

    def _members(self, container: Source, depth: int, left: list[int]) -> Iterator[Source | Failure]:
        if container.size == 0:
            return
        for row in self._rows(container):
            uri = f"{container.uri}{INSIDE}{row['name']}"
            left[0] -= 1
            if left[0] < 0:
                detail = f"more than {MOST_MEMBERS:,} files inside {container.uri}; pack them in parts"
                yield Failure(uri, "connect", "bomb", detail)
                return
            if "failure" in row:
                yield Failure(uri, "connect", str(row["failure"]), str(row["detail"]))
                continue
            path, size = self._blob(str(row["sha256"])), int(row["size"])
            source = Source(uri, str(path), size, container.mtime_ns, container.groups)
            if not uri.lower().endswith(ENDINGS):
                yield source
            elif depth < DEEPEST:
                yield source
                yield from self._members(source, depth + 1, left)
            else:
                detail = f"{uri} lies {DEEPEST} containers deep; what is inside it is not read. Unpack it beside its archive"
                yield Failure(uri, "connect", "unsupported", detail)

    def _rows(self, container: Source) -> list[Row]:
        """The members of one container, from memory if it has not changed."""
        stamp = f"{VERSION}\0{container.uri}\0{container.size}\0{container.mtime_ns}"
        memory = (
            self._remembered / f"{hashlib.sha256(stamp.encode('utf-8', 'surrogateescape')).hexdigest()}.json"
        )
        if (rows := self._recalled(memory)) is not None:
            return rows
        rows = []
        names: set[str] = set()
        for item in self._unpack(container.uri, Path(container.path)):
            if isinstance(item, Failure):
                if item.subject == container.uri:  # its own row says why, when it is read
                    self._unread.add(container.uri)
                    return rows
                name = _distinct(item.subject, names)
                rows.append({"name": name, "failure": item.reason, "detail": item.detail})
                continue
            name, data = item
            sha256, size = self._put(data)
            rows.append({"name": _distinct(name, names), "sha256": sha256, "size": size})
        self._remembered.mkdir(parents=True, exist_ok=True)
        temporary = memory.with_suffix(".new")
        temporary.write_text(json.dumps(rows), encoding="utf-8")
        temporary.replace(memory)
        return rows

    def _recalled(self, memory: Path) -> list[Row] | None:
        try:
            rows: list[Row] = json.loads(memory.read_text(encoding="utf-8"))
            whole = all(
                "failure" in row or self._blob(str(row["sha256"])).stat().st_size == row["size"]
                for row in rows
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return rows if whole else None

    def _put(self, data: bytes) -> tuple[str, int]:
        with tempfile.TemporaryDirectory(prefix="metier-member-") as folder:
            path = Path(folder) / "member"
            path.write_bytes(data)
            return self._keep(path)


def _distinct(name: str, names: set[str]) -> str:
    """The name, counted if an earlier member has it already."""
    chosen, number = name, 1
    while chosen in names:
        number += 1
        stem, dot, ending = name.rpartition(".")
        chosen = f"{stem} ({number}).{ending}" if dot and "/" not in ending else f"{name} ({number})"
    names.add(chosen)
    return chosen
