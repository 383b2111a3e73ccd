"""The date a document states about itself: "effective 1 March 2025", "gültig ab 01.03.2025", "Stand: März 2025".

Prefers silence to a guess: only dates right after such a phrase count, and only near the start or the end of the
document, where documents speak about themselves.
"""

import re

from metier.text.dates import dates

# Characters at either end in which a document speaks about itself (about a page).
_SELF = 3000

# Strongest first: from when it holds, then its version or issue, then when it was written.
_PHRASES = (
    re.compile(
        r"\b(?:effective(?:\s+date)?(?:\s+(?:as\s+of|from|on))?|valid\s+(?:from|as\s+of)|in\s+(?:force|effect)\s+(?:from|since|as\s+of)"
        r"|(?:comes|enters?|entered)\s+into\s+(?:force|effect)\s+on|applies\s+from|applicable\s+from|with\s+effect\s+from"
        r"|gültig\s+(?:ab|seit)|gilt\s+ab|in\s+kraft\s+(?:ab|seit|getreten\s+am)|tritt\s+(?:am|zum)|wirksam\s+(?:ab|zum)"
        r"|mit\s+wirkung\s+(?:vom|zum|ab))\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:version\s+(?:of|date[d]?|vom)|version\s+[\d.]+[a-z]?,?(?:\s+(?:of|dated|vom|from))?|revision\s+(?:of|date[d]?|[\d.]+)"
        r"|rev\.?\s+[\d.]+|edition\s+of|issued?(?:\s+(?:on|date))?|last\s+(?:updated|revised|modified)(?:\s+on)?|as\s+of"
        r"|approved\s+on|published(?:\s+on)?|stand|fassung\s+vom|ausgabe(?:datum)?(?:\s+vom)?|zuletzt\s+(?:geändert|aktualisiert)(?:\s+am)?"
        r"|beschlossen\s+am|freigegeben\s+am|amended\s+on)\b",
        re.IGNORECASE,
    ),
    re.compile(r"(?:^|\n|\|)\s*(?:dated?(?:\s+of\s+\w+)?|datum|date\s*of\s*issue)\b", re.IGNORECASE),
)
# Between phrase and date stand at most a colon, an article, a weekday.
_BETWEEN = re.compile(
    r"[\s:|(,–-]*(?:the|am|dem|den|of|on|vom|date|datum|from|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)?[\s:|,.]*",
    re.IGNORECASE,
)


def find_version_date(text: str, language: str = "") -> str:
    """The ISO date the document states about itself, or "" if it states none."""
    for part in (text[:_SELF], text[max(_SELF, len(text) - _SELF) :]):
        known = {
            span.start: span.value.isoformat()
            for span in dates(part, language)
            if span.precision in ("day", "month") and not _ambiguous(part[span.start : span.end])
        }
        for phrase in _PHRASES:
            for match in phrase.finditer(part):
                between = _BETWEEN.match(part, match.end())
                if found := known.get(between.end() if between else match.end()):
                    return found
    return ""


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
