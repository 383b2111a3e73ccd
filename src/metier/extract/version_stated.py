"""Which version a document says it is, what it says it replaces, and the newest row of its revision table.

Like `version_date` it prefers silence to a guess: only what stands near the start or the end counts.
"""

import re
from collections.abc import Sequence

from metier.extract.version_date import small_letters
from metier.text.dates import dates
from metier.text.numbers import reads_as_year
from metier.types import Cell

_SELF = 3000  # characters at either end in which a document speaks about itself
_NUMBER = r"(?:\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?|[A-Z]\d{0,2})(?![\w.-]*\w)"
_VERSION = re.compile(
    rf"\b(?:(?:document\s+|dokument-?)?(?:version|revision|ausgabe|fassung|edition|issue|rev\.|ver\.)\s*(?:no\.?|nr\.?|:|#)?\s*"
    rf"|v(?=\d))(?P<number>(?-i:{_NUMBER}))",
    re.IGNORECASE,
)
# Said of another document: "supersedes version 2", "see version 3 of the manual".
_OTHER = re.compile(
    r"(?:supersed\w+|replac\w+|ersetzt|abgelöst|see|siehe|than|als|previous|former|older|earlier|frühere\w*|vorige\w*|bisherige\w*"
    r"|before|until|from|since|requires?|ab)\W+(?:\w+\W+){0,2}$",
    re.IGNORECASE,
)
_SUPERSEDES = re.compile(
    r"\b(?:(?:this|the present|diese[sr]?)\s+[\w -]{2,40}?\s+)?(?:supersedes|replaces|takes the place of|ersetzt|löst)\b(?!\s+by)"
    r"[:\s]+(?P<what>[^\n.;|]{3,160}?(?:\b(?:v|ver|rev|no|nr)\.\s?[^\n.;|]{1,60})?(?:\d\.\d[^\n;|]{0,60}?)?)(?=[.;\n|]|\s+ab\b|$)",
    re.IGNORECASE,
)
# What all matches of the two have some of, in small letters: looking for it first spares most pages the search.
_SAYS_VERSION = re.compile(r"version|revision|ausgabe|fassung|edition|issue|rev\.|ver\.|v\d")
_SAYS_SUPERSEDES = ("supersedes", "replaces", "takes the place of", "ersetzt", "löst")
_NAMES_VERSION = re.compile(
    r"\b(?:version|revision|rev|ver|ausgabe|fassung|stand|edition|issue)\b", re.IGNORECASE
)
_NAMES_DATE = re.compile(r"\b(?:date|datum|dated|vom|am|effective|gültig)\b", re.IGNORECASE)


def find_version(text: str) -> str:
    """The version the document gives itself ("3.2", "C"), "" if it gives none."""
    for part in (text[:_SELF], text[max(_SELF, len(text) - _SELF) :]):
        for match in _VERSION.finditer(part) if _SAYS_VERSION.search(small_letters(part)) else ():
            number = match["number"]
            is_year = reads_as_year(number)
            if not is_year and not _OTHER.search(part[max(0, match.start() - 60) : match.start()]):
                return str(number)
    return ""


def find_superseded(text: str) -> str:
    """What the document says it replaces, in its own words, "" if it says nothing of the kind."""
    for part in (text[:_SELF], text[max(_SELF, len(text) - _SELF) :]):
        small = small_letters(part)
        if any(word in small for word in _SAYS_SUPERSEDES) and (match := _SUPERSEDES.search(part)):
            return " ".join(match["what"].split()).rstrip(",: ")
    return ""


def newest_revision(tables: Sequence[Sequence[Cell]], language: str) -> tuple[str, str]:
    """(version, ISO date) of the row with the newest date in a revision table; ("", "") if there is none.

    A revision table has a header that names a version and one that names a date.
    """
    for cells in tables:
        heads = {cell.column: cell.text for cell in cells if cell.row == 0}
        versions = [column for column, text in heads.items() if _NAMES_VERSION.search(text)]
        dated = [
            column
            for column, text in heads.items()
            if _NAMES_DATE.search(text) and column not in versions[:1]
        ]
        if not versions or not dated:
            continue
        rows: dict[int, dict[int, str]] = {}
        for cell in cells:
            if cell.row:
                rows.setdefault(cell.row, {})[cell.column] = cell.text.strip()
        found = []
        for row in rows.values():
            spans = dates(row.get(dated[0], ""), language)
            if spans and spans[0].precision in ("day", "month") and row.get(versions[0]):
                found.append((spans[0].value.isoformat(), row[versions[0]]))
        if found:
            newest = max(found)
            return re.sub(
                r"^(?:version|rev(?:ision)?\.?|v)\s*(?=[\dA-Z])", "", newest[1], flags=re.I
            ), newest[0]
    return "", ""
