"""Who may ask and who may see what, as metier.yaml says at this moment: a right that is taken away there is gone at once.

Everything else in the file (models, ways to search) is as it was when the workspace was opened, until it is opened again.
"""

import logging
import threading
import time
from pathlib import Path

from metier.errors import UserError
from metier.settings import Settings, load_settings

_LOG = logging.getLogger(__name__)
_QUIET_NS = 2_000_000_000  # a file younger than this may change once more without a new time stamp (store/passages.py)

_KEPT = 1 << 14  # documents whose readers are remembered until the rules change, 3 MB

_Stamp = tuple[int, int, int]


class Rules:
    """The settings with users and rules for documents as they stand in the file; safe to share between threads."""

    def __init__(self, path: Path, settings: Settings) -> None:
        """`settings` count until the file is another one than now."""
        self._path = path
        self._settings = settings
        self._lock = threading.Lock()
        # of these rules, by uri
        self._readers: tuple[object, dict[str, tuple[str, ...]]] = (settings.groups, {})
        self._stamp = self._stamped()
        self._told = ""  # what was wrong with the file, as the log has it

    def now(self) -> Settings:
        """The settings. A file that is missing or wrong changes nothing: the log says so, once for every state of it."""
        if self._stamp is not None and self._stamp == self._stamped():
            return self._settings
        with self._lock:
            stamp = self._stamped()
            if stamp is None or stamp == self._stamp:
                return self._settings
            try:
                found = load_settings(self._path)
            except UserError as error:
                if str(error) != self._told:
                    _LOG.warning("users and rules stay as they were before the last change: %s", error)
                self._told = str(error)
            else:
                self._told = ""
                told = {"users": found.users, "groups": found.groups}
                if told != {name: getattr(self._settings, name) for name in told}:
                    self._settings = self._settings.model_copy(update=told)
            self._stamp = stamp if time.time_ns() - stamp[0] > _QUIET_NS else None
            return self._settings

    def groups_of(self, uri: str) -> tuple[str, ...]:
        """Who may see the document, by the rules of this moment."""
        settings = self.now()
        known = self._readers
        if known[0] is not settings.groups or len(known[1]) >= _KEPT:
            known = self._readers = (settings.groups, {})
        if (found := known[1].get(uri)) is None:
            found = known[1][uri] = settings.groups_of(uri)
        return found

    def _stamped(self) -> _Stamp | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
