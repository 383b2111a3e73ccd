"""Voice: a statement states what the source says, and neither speaks of its speaker nor asks.

"I think", "you may like", "Do you know ...?" are what a chatting model adds to a source; no page supports them. A
statement that repeats such words from its cited text (a letter, a list of questions) is in order.
"""

import re
from collections.abc import Sequence
from typing import Final

from metier.text.stopwords import words
from metier.types import Draft, Evidence, Finding, Query
from metier.verify.align import align

_PERSONS: Final = {
    word: person
    for person, forms in {
        "i": "i me my mine myself i'm i've",
        "we": "we our us",
        "you": "you your yours",
        "ich": "ich mir mich mein meine meinen",
        "du": "du dir dich",
    }.items()
    for word in words(forms)
}
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


class Voice:
    """Two findings per statement: "voice" (0 if it speaks of me or you) and "voice_question" (0 if it asks)."""

    name = "voice"

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        """A question is not ok: it is no statement. Persons lower the score alone; answers to "may I" need "you"."""
        found = []
        for statement in draft.statements:
            cited = align(statement, evidence).cited
            persons = sorted(_persons(statement.text) - _persons(cited))
            asks = "?" in statement.text and "?" not in cited
            detail = f"not in the cited text: {', '.join(persons)}" if persons else ""
            found.append(Finding("voice", statement.id, True, float(not persons), detail))
            found.append(
                Finding("voice_question", statement.id, not asks, float(not asks), "it asks" if asks else "")
            )
        return found


def _persons(text: str) -> set[str]:
    return {
        _PERSONS[word]
        for match in _WORD.finditer(text)
        if (word := match.group().lower().replace("’", "'")) in _PERSONS and match.group() != "US"
    }
