"""Documents in a folder: every file that the globs include, with the groups that may see it.

Knows nothing of contents. Symbolic links to files are followed only if they end inside the folder, so that a link
cannot pull in what the folder's owner cannot name.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from metier.settings import glob_matches
from metier.types import Failure, Source


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
        if not uri.startswith(self._prefix):
            return False
        path = (self._root / uri.removeprefix(self._prefix)).resolve()
        return not self._only or any(path == only or only in path.parents for only in self._only)

    def find(self) -> Iterator[Source | Failure]:
        """Every included file by uri. An unreadable file or folder is a Failure with the reason "unreadable"."""
        if not self._root.is_dir():
            yield Failure(
                self._prefix or ".",
                "connect",
                "folder_missing",
                f"the folder {self._root} does not exist or cannot be read; check `sources` in metier.yaml. Documents "
                "that came from it are kept as they are",
                retry=True,
            )
            return
        yield from self._walk(self._root)

    def _walk(self, folder: Path) -> Iterator[Source | Failure]:
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield self._failure(folder, error)
            return
        for entry in found:
            path = Path(entry.path)
            relative = path.relative_to(self._root).as_posix()
            if entry.is_dir(follow_symlinks=False):
                if not self._matches(relative + "/", self._exclude):
                    yield from self._walk(path)
                continue
            if not self._matches(relative, self._include) or self._matches(relative, self._exclude):
                continue
            uri = self._prefix + relative
            if not self.covers(uri) or (entry.is_symlink() and not self._ends_inside(path)):
                continue
            yield self._source(path, uri)

    def _source(self, path: Path, uri: str) -> Source | Failure:
        try:
            status = path.stat()
        except OSError as error:
            return self._failure(path, error)
        if not path.is_file():
            return Failure(uri, "connect", "not_a_file", f"{path} is not a regular file; it was not read")
        return Source(uri, str(path), status.st_size, status.st_mtime_ns, self._groups_of(uri))

    def _ends_inside(self, path: Path) -> bool:
        target = path.resolve()
        return target.is_file() and self._root.resolve() in target.parents

    def _failure(self, path: Path, error: OSError) -> Failure:
        uri = self._prefix + path.relative_to(self._root).as_posix()
        detail = f"{path} cannot be read: {error.strerror}; change its permissions, then ingest again"
        return Failure(uri, "connect", "unreadable", detail, retry=True)

    @staticmethod
    def _matches(path: str, globs: Sequence[str]) -> bool:
        return any(glob_matches(path, glob) for glob in globs)
