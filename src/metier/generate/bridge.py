"""The second step of "who, by name, approves this?": from the role a sentence names to the row that names the person.

A question that asks for a person or a contact, answered by a sentence that names only a role or an office, is completed
by the row (or sentence) that holds that role and what was asked for. What is not among the evidence is asked for: the
draft's `needs` are searched and the generator runs once more.
"""

import re
from collections.abc import Sequence

from metier.generate.candidates import Candidate
from metier.text.analyze import fold
from metier.text.entities import names

_ASKS_CONTACT = re.compile(
    r"\b(?:extension|phone|telephone|e-?mail|mail address|durchwahl|telefon\w*|rufnummer|mailadresse)\b",
    re.IGNORECASE,
)
_ASKS_PERSON = re.compile(
    r"\b(?:by name|(?:the|whose|which) name|name of|which person|\(name\)|wie hei(?:ß|ss)t|mit namen|namentlich|"
    r"name (?:des|der)|who (?:is|runs|leads|heads) the)\b",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"@|\b\d{3,}\b")
_LABEL = re.compile(r"(?:^|;)\s*(?P<label>[^:;]+):\s*(?P<value>[^;]+)")


def asks_for(question: str) -> str:
    """ "contact", "person", or "" if the question asks for neither."""
    if _ASKS_CONTACT.search(question):
        return "contact"
    return "person" if _ASKS_PERSON.search(question) else ""


def bridge(
    question: str, language: str, top: Candidate, options: Sequence[Candidate]
) -> tuple[Candidate | None, tuple[str, ...]]:
    """(the candidate that completes `top`, or None; what to search for if none is there)."""
    kind = asks_for(question)
    if not kind or _completes(kind, top, ()):
        return None, ()
    roles = _roles(top, language)
    for role in roles:
        holding = [item for item in options if item.key != top.key and fold(role) in fold(item.text)]
        for item in sorted(holding, key=lambda item: not item.piece.is_row):
            if _completes(kind, item, (role,)):
                return item, ()
    return None, roles


def _roles(top: Candidate, language: str) -> tuple[str, ...]:
    """Names in the values of a row, or anywhere in a sentence; in German also what stands after the article is a name."""
    text = _values(top)
    found = [span.text for span in names(text, language) if span.kind in ("name", "organisation")]
    return tuple(dict.fromkeys(name for name in found if len(name.split()) > 1 or len(found) == 1))


def _values(item: Candidate) -> str:
    """The text of a row without its column names."""
    if not item.piece.is_row:
        return item.text
    pairs = list(_LABEL.finditer(item.text))
    return ". ".join(pair["value"].strip() for pair in pairs) if pairs else item.text


def _completes(kind: str, item: Candidate, roles: tuple[str, ...]) -> bool:
    """True if the candidate holds what was asked for besides the role itself."""
    text = _values(item)
    for role in roles:
        text = re.sub(re.escape(role), " ", text, flags=re.IGNORECASE)
    if kind == "contact":
        return _CONTACT.search(text) is not None
    if not item.piece.is_row:
        return False
    others = [span.text for span in names(text, item.passage.language) if span.kind == "name"]
    return any(len(name.split()) == 2 for name in others) and bool(roles)
