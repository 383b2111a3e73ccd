"""Does a question ask who made something, and does a text name somebody? English and German.

"Who wrote the manual?" is not answered by "The manual describes the pump." Read strictly, as figure_asked.py does: somebody is a run of
capitalised words of which the question has none.
"""

import re

from metier.text.analyze import fold

_ASKS_MAKER = re.compile(
    r"\b(?:who|whom|which (?:person|people|author)s?)\b[^?]*\b(?:wrote|written|author(?:ed|s)?|develop(?:ed|s|er)?|created?|made|compiled|maintain(?:s|ed|er)?|founded|invented|programmed|edited)\b|"
    r"\bwho (?:is|are|was|were) the (?:\w+ )?(?:authors?|developers?|maintainers?|creators?|founders?|editors?)\b|"
    r"\b(?:wer|wem)\b[^?]*\b(?:geschrieben|verfasst|entwickelt|erstellt|programmiert|gegründet|gepflegt|herausgegeben|betreut|stammt|schrieb|entwickelte|gründete|verfasste|autor(?:en|in)?|verfasser(?:in)?|entwickler(?:in)?)\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"\b[A-ZÄÖÜ][^\W\d_]*\.?(?:[ -](?:(?:von|van|de|der|den|le|la|du)\s)?[A-ZÄÖÜ][^\W\d_]*\.?)+"
)
_WORD = re.compile(r"[^\W\d_]+")


def asks_maker(question: str) -> bool:
    """True for "Who wrote ...?", "Von wem stammt ...?"."""
    return _ASKS_MAKER.search(question) is not None


def names_somebody(text: str, question: str) -> bool:
    """True for a text with two capitalised words beside each other of which the question has none."""
    asked = {fold(word) for word in _WORD.findall(question)}
    return any(
        not asked & {fold(word) for word in _WORD.findall(match.group())} for match in _NAME.finditer(text)
    )
