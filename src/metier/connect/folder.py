"""Documents in a folder: every file that the globs include, with the groups that may see it.

Knows nothing of contents. Symbolic links to files are followed only if they end inside the folder, so that a link
cannot pull in what the folder's owner cannot name; other links are named as failures. Links to folders inside are not
followed: what they lead to is found under its own name.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from metier.settings import glob_matches
from metier.types import Failure, Source

_STATE = ".metier"  # store.workspace keeps everything of its own there


def _printable(name: str) -> str:
    """The name with bytes that are no UTF-8 (old Latin-1 archives) as \\xNN: databases and JSON take no others."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


class Folder:
    """Implements stages.Connector."""

    def __init__(
        self,
        root: Path,
        include: Sequence[str],
        exclude: Sequence[str],
        groups_of: Callable[[str], tuple[str, ...]],
        prefix: str = "",
        only: Sequence[Path] = (),
    ) -> None:
        """`prefix` is put before each uri (to tell several folders apart); `only` narrows to these files and folders."""
        self._root = root
        self._include = tuple(include)
        self._exclude = tuple(exclude)
        self._groups_of = groups_of
        self._prefix = prefix
        self._only = tuple(path.resolve() for path in only)

    def covers(self, uri: str) -> bool:
        """True if a document with this uri would come from here: what is covered and not found is gone."""
        if not uri.startswith(self._prefix) or not self._only:
            return uri.startswith(self._prefix)
        path = (self._root / uri.removeprefix(self._prefix)).resolve()
        return any(path == only or only in path.parents for only in self._only)

    def find(self) -> Iterator[Source | Failure]:
        """Every included file by uri. An unreadable file or folder is a Failure with the reason "unreadable"."""
        yield from self._walk(self._root)

    def _walk(self, folder: Path) -> Iterator[Source | Failure]:
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield self._missing(error) if folder == self._root else self._failure(folder, error)
            return
        for entry in found:
            path = Path(entry.path)
            relative = _printable(path.relative_to(self._root).as_posix())
            if entry.is_dir(follow_symlinks=False):
                # a workspace inside a source: its state is never a document, whatever the globs say
                if entry.name != _STATE and not self._matches(relative + "/", self._exclude):
                    yield from self._walk(path)
                continue
            if not self._matches(relative, self._include) or self._matches(relative, self._exclude):
                continue
            uri = self._prefix + relative
            if not self.covers(uri):
                continue
            if not entry.is_symlink():
                yield self._source(path, uri)
            elif not self._is_folder_inside(path):
                yield self._link(path, uri)

    def _source(self, path: Path, uri: str) -> Source | Failure:
        try:
            status = path.stat()
        except OSError as error:
            return self._failure(path, error)
        if not stat.S_ISREG(status.st_mode):
            detail = f"{_printable(str(path))} is not a regular file; it was not read"
            return Failure(uri, "connect", "not_a_file", detail)
        return Source(uri, str(path), status.st_size, status.st_mtime_ns, self._groups_of(uri))

    def _link(self, path: Path, uri: str) -> Source | Failure:
        shown = _printable(str(path))
        if not os.path.exists(path):
            return Failure(uri, "connect", "broken_link", f"{shown} is a link to nothing; mend or remove it")
        if self._root.resolve() not in path.resolve().parents:
            detail = (
                f"{shown} is a link that leads out of {self._root}; it was not read. Put a copy there, or add the folder "
                "it leads to to `sources` in metier.yaml"
            )
            return Failure(uri, "connect", "link_outside", detail)
        return self._source(path, uri)

    def _is_folder_inside(self, path: Path) -> bool:
        target = path.resolve()
        root = self._root.resolve()
        return os.path.isdir(target) and (target == root or root in target.parents)

    def _missing(self, error: OSError) -> Failure:
        detail = (
            f"the folder {self._root} does not exist or cannot be read ({error.strerror}); check `sources` in "
            "metier.yaml. Documents that came from it are kept as they are"
        )
        return Failure(self._prefix or ".", "connect", "folder_missing", detail, retry=True)

    def _failure(self, path: Path, error: OSError) -> Failure:
        uri = self._prefix + _printable(path.relative_to(self._root).as_posix())
        shown = _printable(str(path))
        detail = f"{shown} cannot be read: {error.strerror}; change its permissions, then ingest again"
        return Failure(uri, "connect", "unreadable", detail, retry=True)

    @staticmethod
    def _matches(path: str, globs: Sequence[str]) -> bool:
        return any(glob_matches(path, glob) for glob in globs)
