"""Negation: a statement denies what its cited text denies, and stands on the same side of every opposition.

Compares, word by word, what lies behind a "not" in one and not in the other, and pairs such as allowed / prohibited. What
is excepted in one may be denied in the other ("paid unless late", "late: not paid"); an "unless" for an "if" turns the sense.
The scope of a negation is the next few words of its clause: long-distance scope and irony are missed.
"""

import re
from collections.abc import Sequence

from metier.text.analyze import content_words
from metier.text.negation import exceptions, negations, polarity
from metier.types import Draft, Evidence, Finding, Query
from metier.verify.align import align

_ENDS = re.compile(r"\s*[,;:.!?](?=\s|$)")  # "gilt nicht, und ...": the cue ends its clause
_ASIDE = re.compile(
    r"\s*,\s*(?:however|though|of course|indeed|jedoch|allerdings|freilich)\s*,", re.IGNORECASE
)
_DENIES = re.compile(
    r"\b(?:regardless|irrespective|prevent|avoid|suppress|omit|lack|unaffected|unable|impossible|unnecessary|meaningless|useless|fails? to|"
    r"failed to|instead of|rather than|refus|unterdrück|verhinder|vermeid|entfällt|entfallen|unabhängig|ungeachtet|unnötig|unmöglich|"
    r"statt|anstatt|anstelle|fehlt|fehlen)\w*",
    re.IGNORECASE,
)
_NEAR = 2  # of these next to the negation one is spoken of where the same thing is meant
_PREFIX = re.compile(r"^(?:un|im)", re.IGNORECASE)  # "impossible" denies that it is possible
# content words after a cue that it denies; before it where the clause ends with the cue ("gilt nicht")
SCOPE = 3
_IF = re.compile(r"\b(?:if|when|provided|as long as|wenn|falls|sofern|solange)\b", re.IGNORECASE)
_COMPOUND = re.compile(r"(?:-[^\W_]+)+")
_CLAUSE_END = re.compile(
    r"[,;:.!?](?=\s|$)|\n(?=\s*(?:\n|[•*–-]))|\b(?:but|sondern|aber|although|obwohl|because|weil|while)\b",
    re.IGNORECASE,
)


class Negation:
    """1 if statement and aligned span deny the same things, 0 if one denies what the other affirms."""

    name = "negation"

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        """One finding per statement."""
        found = []
        for statement in draft.statements:
            alignment = align(statement, evidence)
            pairs = alignment.parts or ((statement.text, alignment.closest),)
            problems = (contradiction(said, given, alignment.language) for said, given in pairs)
            problem = next(filter(None, problems), "")
            found.append(Finding(self.name, statement.id, not problem, float(not problem), problem))
        return found


def contradiction(statement: str, span: str, language: str) -> str:
    """What `statement` says the opposite way from `span`, "" if nothing."""
    if not span:
        return ""
    mine, theirs = denied(statement, language), denied(span, language)
    here = _unmatched(mine, near_denials(span, language), statement, span, language)
    there = _unmatched(theirs, near_denials(statement, language), span, statement, language)
    sides, other_sides = polarity(statement), polarity(span)
    opposed = sorted(axis for axis in sides if other_sides.get(axis, sides[axis]) != sides[axis])
    if bool(mine) != bool(theirs) and opposed:
        return ""  # "not prohibited" and "allowed": two differences cancel
    if bool(excepted(statement, language)) != bool(excepted(span, language)):
        if mine or theirs or opposed:  # "all but seals are covered", "seals are not covered": the same
            return ""
        if turned := _turned(statement, span, language) or _turned(span, statement, language):
            return f"excepted on one side only: {', '.join(turned)}"
    if here:
        return f"denied in the statement only: {', '.join(here)}"
    if there:
        return f"denied in the cited text only: {', '.join(there)}"
    return f"opposite sides: {', '.join(opposed)}" if opposed else ""


def denied(text: str, language: str) -> list[list[str]]:
    """For each negation of `text` the content words in its scope, the nearest first."""
    return [
        _joined(text, end, language)
        or _denied_behind(text, end, language)
        or _before(text, start, language)[: -SCOPE - 1 : -1]
        for start, end in negations(text, language)
    ]


def near_denials(text: str, language: str) -> list[frozenset[str]]:
    """What a denial elsewhere may be matched by: as `denied`, with the subject of what is hardly said ("a script cannot be found"), and
    for words that deny without being negations ("prevents", "regardless of", "impossible")."""
    found = []
    for start, end in negations(text, language):
        if joined := _joined(text, end, language):
            found.append(frozenset(joined))
            continue
        behind = _denied_behind(text, end, language)
        before = _before(text, start, language)[-SCOPE:] if len(behind) < 2 else []
        found.append(frozenset(behind + before))
    for match in _DENIES.finditer(text):
        around = _behind(text, match.end(), language) + _before(text, match.start(), language)[-SCOPE:]
        found.append(frozenset(around + content_words(_PREFIX.sub("", match.group()), language)))
    return found


def excepted(text: str, language: str) -> list[tuple[frozenset[str], bool]]:
    """For each exception of `text` the content words in its scope, and whether they are a condition ("unless ...")."""
    return [
        (frozenset(_behind(text, end, language)), is_condition) for _, end, is_condition in exceptions(text)
    ]


def _denied_behind(text: str, start: int, language: str) -> list[str]:
    if aside := _ASIDE.match(text, start):
        start = aside.end()
    return [] if _ENDS.match(text, start) else _behind(text, start, language)


def _before(text: str, end: int, language: str) -> list[str]:
    """The content words of the clause up to there."""
    borders = list(_CLAUSE_END.finditer(text, 0, end))
    return content_words(text[borders[-1].end() if borders else 0 : end], language)


def _joined(text: str, start: int, language: str) -> list[str]:
    """What a hyphen ties to the cue: "non-fixed addresses" denies that they are fixed, not that they are addresses."""
    joined = _COMPOUND.match(text, start)
    return content_words(joined.group(), language) if joined else []


def _behind(text: str, start: int, language: str) -> list[str]:
    """The next content words of the clause."""
    rest = text[start:].lstrip(" ,:")  # "es sei denn, die Halle ..."
    border = _CLAUSE_END.search(rest)
    return content_words(rest[: border.start()] if border else rest, language)[:SCOPE]


def _turned(text: str, other: str, language: str) -> list[str]:
    """Words that `text` excepts and `other` makes the condition ("unless it rains", "if it rains"), or includes."""
    conditions = {word for match in _IF.finditer(other) for word in _behind(other, match.end(), language)}
    spoken = set(content_words(other, language))
    return sorted(
        word
        for words, is_condition in excepted(text, language)
        for word in words & (conditions if is_condition else spoken)
    )


def _unmatched(
    denials: Sequence[Sequence[str]], others: Sequence[frozenset[str]], text: str, other: str, language: str
) -> list[str]:
    """Words that `text` denies and `other` speaks of without denying anything near them.

    A word that `other` has oftener or more seldom than `text` settles nothing: "may not smoke ... may smoke outside". Where it has
    neither of the two words next to the negation, something else is denied: "if no name is specified, export.txt is used"."""
    words, other_words = content_words(text, language), content_words(other, language)
    return sorted(
        word
        for denial in denials
        if not any(against.intersection(denial) for against in others)
        and any(word in other_words for word in denial[:_NEAR])
        for word in denial
        if 0 < other_words.count(word) == words.count(word)
    )
