"""How far a sentence reaches: what it says of its own document's scope, and what it says of the whole company. English and German.

"This policy applies to all employees who travel" answers who it applies to and nothing else, and what the group earned is not what one
of its sites did.
"""

import re
from typing import Final

_SCOPE: Final = re.compile(
    r"^(?:this|these|the (?:present|following)) [\w -]{3,40}? (?:appl(?:y|ies) to|(?:is|are) (?:valid|binding) for|covers?|governs?|regulates?)\b|"
    r"^diese[rs]? [\w-]+ (?:gilt|gelten|regelt|regeln)\b",
    re.IGNORECASE,
)
_ASKS_SCOPE: Final = re.compile(
    r"\b(?:appl(?:y|ies|ied|icable)|valid|bound|binding|cover(?:s|ed)?|govern\w*|regulat\w*|scope|concern\w*|purpose|"
    r"gilt|gelten|gültig\w*|geltungsbereich|regelt|regeln|betrifft|zweck|worum)\b|^\W*(?:what|was) (?:is|ist) (?:this|the|diese\w*|die|das)\b",
    re.IGNORECASE,
)
_WHOLE: Final = re.compile(
    r"\bgroup(?:'s)?\b|\bgroup[- ]wide\b|\bcompany[- ]wide\b|\bworldwide\b|\bkonzern\w*|\bunternehmensweit\b|\bweltweit\b",
    re.IGNORECASE,
)


def is_scope(text: str, question: str) -> bool:
    """True for a sentence that says what its document applies to, where the question does not ask for that."""
    return bool(_SCOPE.search(text)) and not _ASKS_SCOPE.search(question)


def is_of_the_whole(text: str, question: str) -> bool:
    """True for a text about the whole group, where the question does not speak of the group."""
    return bool(_WHOLE.search(text)) and not _WHOLE.search(question)
