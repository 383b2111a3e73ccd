"""Names: every name, acronym, code and literal of a statement stands in its cited text, title or headings.

A name that only the question gives does not count: the source must speak of that person or product itself.
"""

import re
from collections.abc import Sequence

from metier.text.analyze import content_set, fold
from metier.text.entities import names
from metier.text.numbers import has_digit
from metier.types import Draft, Evidence, Finding, Query
from metier.verify.align import Alignment, align, share_given
from metier.verify.rows import other_labels

_CAPITALS = re.compile(
    r"[A-ZÄÖÜ][^\W\d_]+(?:\s+(?:(?:of|and|the|for|und|für|der|des)\s+)?[A-ZÄÖÜ][^\W\d_]+)+"
)
_WORD = re.compile(r"[^\W_]+")
_LITERAL = re.compile(
    r"[\"“„](\S[^\"“”„]{0,38}?\S)[.,]?[\"”“]|(\\[A-Za-z]{2,})|(?<![\w-])(--[A-Za-z][\w-]*\w)|\b([A-Za-z]\w*_\w*[A-Za-z0-9])|\b([A-Za-z]\w*(?:\+\+|#))(?!\w)"
)
_PARTICLES = frozenset(
    {"von", "van", "zu", "zum", "zur", "de", "of", "and", "und"}
)  # "der Flammpunkt von Rinsolan"


class Names:
    """Share of a statement's names that its cited text gives."""

    name = "names"

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        """One finding per statement; score 1 if it has no names."""
        found = []
        for statement in draft.statements:
            alignment = align(statement, evidence)
            told = [span.text for span in names(statement.text, alignment.language)]
            # "Descalit has a density of ...": what begins a sentence is known for a name by the question
            asked = [span.text for span in names(query.text, query.language or alignment.language)]
            stated = list(dict.fromkeys([*told, *(name for name in asked if _says(statement.text, name))]))
            text = f"{alignment.cited}\n{alignment.context}"
            known = {fold(word) for word in _WORD.findall(text)}
            joined = "".join(fold(word) for word in _WORD.findall(text))
            initials = _initials(text)
            missing = [name for name in stated if not _given(name, known, joined, initials)]
            missing += _of_other_rows(alignment, text)
            literals = [one for one in _literals(statement.text) if one not in query.text]
            written = _plain(text) if literals else ""
            missing += [one for one in literals if one not in missing and _plain(one) not in written]
            stated += [one for one in literals if one not in stated]
            found.append(share_given(self.name, statement, missing, max(len(stated), len(missing))))
        return found


def _literals(text: str) -> list[str]:
    """What is typed as it stands: in quotation marks, with a backslash, hyphens or underscores, C++."""
    found = (next(filter(None, match.groups())) for match in _LITERAL.finditer(text))
    return list(dict.fromkeys(found))


def _plain(text: str) -> str:
    return " ".join(text.replace("’", "'").casefold().split())


def _says(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _of_other_rows(alignment: Alignment, text: str) -> list[str]:
    """ "Paderborn" where the row of another town is cited."""
    if not alignment.rows:
        return []
    said, known = (content_set(one, alignment.language) for one in (alignment.statement, text))
    return other_labels(alignment.rows, said, known)


def _given(name: str, known: set[str], joined: str, initials: set[str]) -> bool:
    parts = [fold(part) for part in _WORD.findall(name) if part.lower() not in _PARTICLES]
    if all(part in known or part.removesuffix("s") in known or part + "s" in known for part in parts):
        return True
    if name in initials:
        return True
    # AX-4711/B written as AX 4711B
    return has_digit(name) and "".join(parts) in joined


def _initials(text: str) -> set[str]:
    """Acronyms that the capitalised words of `text` make: UK of "United Kingdom"."""
    found = set()
    for match in _CAPITALS.finditer(text):
        letters = "".join(word[0] for word in match.group().split() if word[0].isupper())
        found |= {
            letters[start:end] for start in range(len(letters)) for end in range(start + 2, len(letters) + 1)
        }
    return found
