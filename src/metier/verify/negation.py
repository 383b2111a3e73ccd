"""Negation: a statement denies what its cited text denies, and stands on the same side of every opposition.

Compares, word by word, what lies behind a "not" in one and not in the other, and pairs such as allowed / prohibited.
The scope of a negation is the next few words of its clause: long-distance scope and irony are missed.
"""

import re
from collections.abc import Sequence

from metier.text.analyze import content_words
from metier.text.negation import negations, polarity
from metier.types import Draft, Evidence, Finding, Query
from metier.verify.align import align

SCOPE = (
    3  # content words after a cue that it denies; before it where the clause ends with the cue ("gilt nicht")
)
_CLAUSE_END = re.compile(
    r"[,;:.!?\n]|\b(?:but|sondern|aber|although|obwohl|because|weil|while)\b", re.IGNORECASE
)


class Negation:
    """1 if statement and aligned span deny the same things, 0 if one denies what the other affirms."""

    name = "negation"

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        """One finding per statement."""
        found = []
        for statement in draft.statements:
            alignment = align(statement, evidence)
            problem = contradiction(statement.text, alignment.span, alignment.language)
            found.append(Finding(self.name, statement.id, not problem, float(not problem), problem))
        return found


def contradiction(statement: str, span: str, language: str) -> str:
    """What `statement` says the opposite way from `span`, "" if nothing."""
    if not span:
        return ""
    mine, theirs = denied(statement, language), denied(span, language)
    shared = set(content_words(statement, language)) & set(content_words(span, language))
    differing = sorted(((mine - theirs) | (theirs - mine)) & shared)
    # Words that the span has both ways ("may not smoke ... may smoke outside") settle nothing.
    differing = [word for word in differing if not _both_ways(word, span, language)]
    sides, other_sides = polarity(statement), polarity(span)
    opposed = sorted(axis for axis in sides if other_sides.get(axis, sides[axis]) != sides[axis])
    if bool(negations(statement, language)) != bool(negations(span, language)) and opposed:
        return ""  # "not prohibited" and "allowed": two differences cancel
    if differing:
        side = "denied in the statement" if set(differing) & mine else "denied in the cited text"
        return f"{side} only: {', '.join(differing)}"
    return f"opposite sides: {', '.join(opposed)}" if opposed else ""


def denied(text: str, language: str) -> set[str]:
    """Content words in the scope of a negation."""
    found: set[str] = set()
    for start, end in negations(text, language):
        rest = text[end:]
        border = _CLAUSE_END.search(rest)
        after = content_words(rest[: border.start()] if border else rest, language)[:SCOPE]
        if not after:
            after = content_words(text[:start], language)[-SCOPE:]
        found.update(after)
    return found


def _both_ways(word: str, span: str, language: str) -> bool:
    occurrences = content_words(span, language).count(word)
    return occurrences > 1 and word in denied(span, language)
