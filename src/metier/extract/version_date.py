"""The date a document states about itself: "effective 1 March 2025", "gültig ab 01.03.2025", "Stand: März 2025".

Prefers silence to a guess: only dates right after such a phrase count, and only near the start or the end of the
document, where documents speak about themselves.
"""

import re

from metier.text.dates import dates

# Characters at either end in which a document speaks about itself (about a page).
_SELF = 3000

# Strongest first: from when it holds, then its version or issue, then when it was written. In small letters, in which they
# are searched (ignoring case takes twice the time), each with what all its phrases have some of ("" = nothing in common).
_PHRASES: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (
        (
            "effect",
            "valid",
            "force",
            "applies",
            "applicable",
            "gültig",
            "gilt",
            "kraft",
            "tritt",
            "wirksam",
            "wirkung",
            "agreement",
            "contract",
            "lease",
            "vertrag",
            "mietbeginn",
        ),
        re.compile(
            r"\b(?:effective(?:\s+date)?(?:\s+(?:as\s+of|from|on))?|valid\s+(?:\w+\s+){0,3}(?:from|as\s+of)|in\s+(?:force|effect)\s+(?:from|since|as\s+of)"
            r"|(?:comes|enters?|entered)\s+into\s+(?:force|effect)\s+on|applies\s+from|applicable\s+from|with\s+effect\s+from"
            r"|gültig\s+(?:\w+\s+){0,3}(?:ab|seit|vom)|gilt\s+ab|in\s+kraft\s+(?:ab|seit|getreten\s+am)|tritt\s+(?:am|zum)|wirksam\s+(?:ab|zum)"
            r"|(?:agreement|contract|lease)\b[^.\n]{0,80}\b(?:starts|begins|commences)\s+on|(?:miet)?vertrag\b[^.\n]{0,80}\bbeginnt\s+am"
            r"|vertragsbeginn|mietbeginn"
            r"|mit\s+wirkung\s+(?:vom|zum|ab))\b",
        ),
    ),
    (
        ("",),
        re.compile(
            r"\b(?:version\s+(?:of|date[d]?|vom)|version\s+[\d.]+[a-z]?,?(?:\s+(?:of|dated|vom|from))?|revision\s+(?:of|date[d]?|[\d.]+)"
            r"|rev\.?\s+[\d.]+|edition(?:\s+of)?|issued?(?:\s+(?:on|date))?|last\s+(?:updated|revised|modified)(?:\s+on)?|as\s+of"
            r"|approved\s+on|published(?:\s+on)?|stand|fassung(?:\s+vom)?|ausgabe(?:datum)?(?:\s+vom)?|zuletzt\s+(?:geändert|aktualisiert)(?:\s+am)?"
            r"|beschlossen\s+am|freigegeben\s+am|amended\s+on)\b",
        ),
    ),
    (
        ("date", "datum", "amendment", "addendum", "nachtrag"),
        re.compile(
            r"(?:^|\n|\|)\s*(?:dated?(?:\s+of\s+\w+)?|datum|date\s*of\s*issue"
            r"|(?:amendment|addendum|nachtrag)(?:\s+(?:no\.?|nr\.?)?\s*\d+)?\s+(?:of|vom))\b",
        ),
    ),
)
# Every date with a year has one of these; a third of all pages have neither.
_DATED = re.compile(r"\d{4}|\d[./]\s?\d{1,2}[./]\s?\d")
# Between phrase and date stand at most a colon, an article, a weekday.
_BETWEEN = re.compile(
    r"[\s:|(,–-]*(?:the|am|dem|den|of|on|vom|date|datum|from|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)?[\s:|,.]*",
    re.IGNORECASE,
)


# Said of another version, or of the end: "no longer in force since", "superseded by version 5 from".
_OTHER = re.compile(
    r"(?:no\s+longer|not|until|superseded|replaced|withdrawn|expire[sd]?|repealed|replaces|supersedes|außer|nicht(?:\s+mehr)?"
    r"|ersetzt|abgelöst|zurückgezogen|aufgehoben|bis|endet|ends)\b[^.\n]{0,40}$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d(?![\d.,-]*\d)")
_TO = re.compile(r"\s*(?:bis|to|until|till|through|-|–)\s*(?:zum\s+)?", re.IGNORECASE)
_REACH = 60  # characters in which a date, or the end of a period, follows its phrase


def find_version_date(text: str, language: str = "") -> str:
    """The ISO date the document states about itself, or "" if it states none.

    A version known by its year alone ("edition 2021") counts from the first of January.
    """
    for part in (text[:_SELF], text[max(_SELF, len(text) - _SELF) :]):
        if not _DATED.search(part):
            continue
        small = small_letters(part)
        for strength, (some, phrase) in enumerate(_PHRASES):
            for match in phrase.finditer(small) if any(word in small for word in some) else ():
                if _OTHER.search(part, max(0, match.start() - 60), match.start()):
                    continue
                between = _BETWEEN.match(part, match.end())
                at = between.end() if between else match.end()
                if found := _date_at(part[at : at + _REACH], language, strength == 1):
                    return found
    return ""


def small_letters(text: str) -> str:
    """The text with every character in its place, in the letters that those of `re.IGNORECASE` are one with."""
    return text.replace("\u0130", "i").lower().replace("\u0131", "i").replace("\u017f", "s")


def _date_at(text: str, language: str, year_counts: bool) -> str:
    """The date with which the text begins; of "1 January to 31 December 2026" the first."""
    spans = dates(text, language, yearless=True)
    if spans and spans[0].start == 0:
        first = spans[0]
        if first.precision in ("day", "month") and not _ambiguous(text[: first.end]):
            return first.value.isoformat()
        if first.precision == "yearless" and len(spans) > 1 and spans[1].precision == "day":
            joint = _TO.match(text, first.end)
            if joint and joint.end() == spans[1].start and first.value.month <= spans[1].value.month:
                return first.value.replace(year=spans[1].value.year).isoformat()
    year = _YEAR.match(text) if year_counts else None
    return f"{year[0]}-01-01" if year else ""


def _ambiguous(written: str) -> bool:
    """03/04/2025 is two dates; better none than the wrong one."""
    numbers = re.findall(r"\d+", written)
    return (
        "/" in written
        and len(numbers) == 3
        and int(numbers[0]) <= 12
        and int(numbers[1]) <= 12
        and numbers[0] != numbers[1]
    )
