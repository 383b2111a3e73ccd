"""Which version of a document is in force.

Two documents are versions of one another if their file names agree once version numbers, years and dates are taken away
(`travel-policy-v3.pdf`, `travel-policy-v4.docx`) and they stand in the same folder, archive folders counting as their
parent. In force is the one with the newest date that is not in the future. What it does not know: amendments that
change one clause of a document; versions that share no name.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from metier.text.analyze import fold
from metier.types import Entry

_MARKS = re.compile(
    r"(?:(?<=\W)|^)(?:v|ver|version|rev|revision|fassung|ausgabe|edition)?[ .]?\d+(?:[. ]\d+)*(?=\W|$)"
    r"|\b(?:q[1-4]|h[12]|superseded|obsolete|archived?|former|previous|old|current|new|final|draft|copy|alt|neu|aktuell"
    r"|ueberholt|archiv|entwurf|kopie)\b"
)
_NOT_WORDS = re.compile(r"[\W_]+")
_ARCHIVE = re.compile(
    r"^(?:archived?|archiv|old|alt|superseded|previous|obsolete|outdated|withdrawn|retired|expired|invalid|history|historie|"
    r"veraltet|ungueltig|zurueckgezogen|abgelaufen|ersetzt|frueher|\d{4})$"
)
_TELLING = 4  # letters of a name below which two documents may share it by chance

# Documents that replace one another. Reports, minutes, letters and invoices of different years all stay true.
_VERSIONED = re.compile(
    r"polic|guideline|handbook|code of|terms|conditions|price|tariff|rates|rules|plan\b|menu|directory|"
    r"richtlinie|handbuch|preis|regelung|ordnung|anweisung|bedingung|verzeichnis|merkblatt|management|"
    r"procedure|manual|instruction|anleitung|leitlinie|vereinbarung|data ?sheet|datenblatt|\b(?:sds|sdb)\b|\bv\d|version"
)


def family(entry: Entry) -> str:
    """What versions of one document have in common; empty if nothing tells."""
    folder, _, name = entry.uri.rpartition("/")
    parts = [part for part in folder.split("/") if not _ARCHIVE.match(fold(part))]
    stem = _NOT_WORDS.sub(" ", fold(name.rpartition(".")[0] or name)).strip()
    stem = " ".join(_MARKS.sub(" ", stem).split())
    letters = sum(character.isalpha() for character in stem)
    return "\t".join([*parts, stem]) if letters >= _TELLING else ""


def superseded(entries: Iterable[Entry], today: date) -> dict[str, str]:
    """Document id -> uri of the version in force, for documents that are not it."""
    families: dict[str, list[Entry]] = {}
    for entry in entries:
        if _VERSIONED.search(_NOT_WORDS.sub(" ", fold(f"{entry.title} {entry.uri}"))) and (
            key := family(entry)
        ):
            families.setdefault(key, []).append(entry)
    found: dict[str, str] = {}
    for members in families.values():
        in_force = [item for item in members if _dated(item) and _dated(item) <= today.isoformat()]
        if len(members) < 2 or not in_force:
            continue
        current = max(in_force, key=lambda item: (_dated(item), item.uri))
        found.update({item.id: current.uri for item in members if "" < _dated(item) < _dated(current)})
    return found


_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")


def _dated(entry: Entry) -> str:
    """The date the document states, else the year in its name; empty if neither tells."""
    if entry.version_date:
        return entry.version_date
    years = _YEAR.findall(entry.uri.rpartition("/")[2])
    return f"{years[-1]}-01-01" if years else ""


_KEPT = 8  # days: today, and those that questions are asked as of


class Versions:
    """superseded() of the live documents, each day's kept until the visible set changes."""

    def __init__(self, live: Callable[[], Mapping[str, Entry]], today: Callable[[], date]) -> None:
        self._live = live
        self._today = today
        self._kept: tuple[Mapping[str, Entry] | None, dict[date, dict[str, str]]] = (None, {})

    def superseded(self, as_of: str = "") -> Mapping[str, str]:
        """Document id -> uri of the version in force on that day (ISO date; today's if empty), for documents that are not it. Ask
        once per question: it reads the ledger's version."""
        live, day = self._live(), date.fromisoformat(as_of) if as_of else self._today()
        kept = self._kept
        if kept[0] is not live or len(kept[1]) >= _KEPT:
            kept = self._kept = (live, {})
        if (found := kept[1].get(day)) is None:
            found = kept[1][day] = superseded(live.values(), day)
        return found
