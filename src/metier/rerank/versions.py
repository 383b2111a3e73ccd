"""Which version of a document is in force.

Two documents are versions of one another if their titles agree once version marks, dates and words like "amended" are
taken away, and they stand in the same folder. In force is the one with the newest date that is not in the future. What
it does not know: amendments that change one clause of a document with another title.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from metier.text.analyze import fold
from metier.types import Entry

_MARKS = re.compile(
    r"\b(?:v(?:ersion|er)?\.?\s*\d+(?:\.\d+)*|rev(?:ision)?\.?\s*\d+|\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{2,4}"
    r"|(?:19|20)\d{2}|q[1-4]|(?:amended|amendment|superseded|obsolete|archived?|former|previous|old|current|new|draft|final|copy"
    r"|entwurf|alt|neu|aktuell|fassung|neufassung|geaendert\w*|ueberholt|archiv|gueltig|ab|stand|effective|from|in force))\b"
)
_NOT_WORDS = re.compile(r"[\W_]+")


def family(entry: Entry) -> str:
    """What versions of one document have in common; empty if the title says too little to tell."""
    folder = entry.uri.rpartition("/")[0]
    name = _NOT_WORDS.sub(" ", _MARKS.sub(" ", fold(entry.title).replace("_", " "))).strip()
    name = re.sub(r"\s\d+$", "", name)
    return f"{folder}\t{name}" if len(name) >= _TELLING else ""


_TELLING = 6  # characters of a title below which ("Menu", "Q3") two documents may share it by chance


def superseded(entries: Iterable[Entry], today: date) -> dict[str, str]:
    """Document id -> uri of the version in force, for documents that are not it.

    Documents without a date of their own are never judged. Reports of different years are not versions of one another:
    only documents that call themselves policies, contracts, price lists and the like by a version mark in title or uri
    are compared.
    """
    families: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.version_date and _is_versioned(entry) and (key := family(entry)):
            families.setdefault(key, []).append(entry)
    found: dict[str, str] = {}
    for members in families.values():
        in_force = [item for item in members if item.version_date <= today.isoformat()]
        if len(members) < 2 or not in_force:
            continue
        current = max(in_force, key=lambda item: (item.version_date, item.uri))
        older = (item for item in members if item.version_date < current.version_date)
        found.update({item.id: current.uri for item in older})
    return found


_VERSIONED = re.compile(
    r"v\d|version|polic|guideline|handbook|terms|price|tariff|richtlinie|handbuch|preis|regelung|ordnung|anweisung"
    r"|agreement|contract|vertrag|procedure|manual|instruction|anleitung|leitlinie|vereinbarung"
)


def _is_versioned(entry: Entry) -> bool:
    return _VERSIONED.search(fold(f"{entry.title} {entry.uri}")) is not None


class Versions:
    """superseded() of the live documents, kept until the visible set or the day changes."""

    def __init__(self, live: Callable[[], Mapping[str, Entry]], today: Callable[[], date]) -> None:
        self._live = live
        self._today = today
        self._kept: tuple[Mapping[str, Entry], date, dict[str, str]] | None = None

    def superseded_by(self, document: str) -> str:
        """Uri of the version in force, empty if the document is it (or stands alone)."""
        live, today = self._live(), self._today()
        if self._kept is None or self._kept[0] is not live or self._kept[1] != today:
            self._kept = (live, today, superseded(live.values(), today))
        return self._kept[2].get(document, "")
