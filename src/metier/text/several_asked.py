"""Does a question ask for several things: the steps of doing something, or everything of a kind? English and German.

Only what the words say for sure: "How do I set up the app?" and "Was ist bei einem Brand zu tun?" ask for steps, "Which customers get a
discount?" for all of them. "Which customer" asks for one, "how long" and "wie hoch" for a value.
"""

import re
from typing import Final

_STEPS: Final = re.compile(
    r"^\W*(?:and |so )?how (?:do|can|should|must|may|would|could|does|is|are) (?:i|we|you|one|people|employees|somebody|someone|staff|"
    r"(?:an?|the|my|our) )|^\W*how to\b|\bwhat (?:are the |)steps\b|"
    r"\bwhat (?:do|must|should|shall|has|have) (?:i|we|you|one|people|employees) (?:have to |need to |be )?(?:do|done)\b|"
    r"\bwhat (?:is|has|must|needs?) (?:to be|to|be) (?:done|do)\b|"
    r"^\W*wie (?!viele?\b|oft\b|lange?\b|hoch\b|groß\b|weit\b|schwer\b|teuer\b|alt\b|schnell\b|laut\b|warm\b|heiß)[\w-]+ (?:ich|wir|man|sie)\b|"
    r"\bwas (?:ist|wäre|sind)\b[^?]*\bzu (?:tun|machen|beachten|veranlassen)\b|"
    r"\bwas (?:muss|soll|sollte|müssen|sollen|mache|tue) (?:ich|wir|man)\b[^?]*(?:\b(?:tun|machen|beachten)\b|(?:mache|tue) ich\b)|"
    r"\bwelche schritte\b|\bwie (?:geht man|gehe ich|gehen wir)\b",
    re.IGNORECASE,
)
_NO_NOUN = (
    r"(?!(?:is|was|are|were|do|does|did|has|have|had|can|could|will|would|should|may|must|this|happens|means|costs|applies|counts|makes|address|process|access|status|basis|"
    r"business|class|bonus|gas|loss|canvas|plus|mass)\b)"
)
_VERB = (
    r"(?:are|were|do|does|did|have|had|can|could|may|must|should|will|would|apply|applied|exist|need|get|of)"
)
_EVERY: Final = re.compile(
    rf"^\W*(?:which|what) (?:of (?:our|the) )?(?:{_NO_NOUN}[a-z-]+s (?!is\b|was\b|has\b)[a-z]|(?:{_NO_NOUN}[\w-]+ ){{1,2}}?{_NO_NOUN}[a-z-]+s {_VERB}\b)|"
    r"^\W*what are (?:the|our|my|all) (?:[\w-]+ ){0,2}?[a-z-]+s\b|^\W*(?:was|wie hoch|wie lang|wer) sind (?:die|unsere|meine|alle)\b|"
    r"^\W*(?:list|name|show me|give me) (?:all|every)\b|^\W*(?:list|name) the\b|^\W*who (?:all|else)\b|"
    r"^\W*welche(?= [\w-]+ (?:sind|haben|werden|wurden|gibt es|gelten|stehen|bekommen|erhalten|müssen|dürfen|können|enden|laufen)\b)|"
    r"^\W*(?:nenne|liste|zeige?)\b[^?]*\balle\b|^\W*wer alles\b",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(r"\brespective(?:ly)?\b|\bjeweils\b|\bjeweilige", re.IGNORECASE)


def asks_steps(question: str) -> bool:
    """True for a question of how something is done, or what is to be done."""
    return bool(_STEPS.search(question))


def asks_every(question: str) -> bool:
    """True for a question that asks for all things of a kind; "the respective values of" some are asked for by name."""
    return bool(_EVERY.search(question)) and not _NAMED.search(question)
