"""Does a question ask who made something, and does a text name somebody? English and German.

"Who wrote the manual?" is not answered by "The manual describes the pump." Somebody is a run of capitalised words of which the question
has none, a part of a company or what people are there, or who something was done by.
"""

import re

from metier.text.analyze import fold

_DONE = "written|authored|developed|created|made|compiled|maintained|founded|invented|programmed|edited"
_ASKS_MAKER = re.compile(
    r"\b(?:who|which (?:person|people|authors?))\s+(?:(?:has|have|had|originally|first|once)\s+)*"
    rf"(?:wrote|made|maintains?|edits?|develops?|{_DONE})\b|"
    rf"\b(?:by whom|who)\s+(?:is|are|was|were|has|have)\b[^?]*\b(?:{_DONE})(?: by)?\s*\??\s*$|"
    r"\bwho (?:is|are|was|were) the (?:\w+ )?(?:authors?|developers?|maintainers?|creators?|founders?|editors?|inventors?)\b|"
    r"\bwer (?:hat|haben)\b[^?]*\b(?:geschrieben|verfasst|entwickelt|erstellt|programmiert|gegründet|gepflegt|herausgegeben)\s*\??\s*$|"
    r"\bwer (?:schrieb|verfasste|entwickelte|erstellte|programmierte|gründete|pflegt|betreut)\b|"
    r"\bwer (?:ist|sind|war|waren) (?:der|die) (?:\w+ )?(?:autor|verfasser|entwickler|gründer|herausgeber|erfinder)(?:en|in|innen)?\b|"
    r"\bvon wem\b[^?]*\b(?:stammt|stammen|geschrieben|verfasst|entwickelt|erstellt|programmiert|gegründet|gepflegt|betreut|herausgegeben)\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"\b[A-ZÄÖÜ][^\W\d_]*\.?(?:[ -](?:(?:von|van|de|der|den|le|la|du)\s)?[A-ZÄÖÜ][^\W\d_]*\.?)+"
)
_SOMEBODY = re.compile(
    r"\bby\b|\b(?:vom|(?:von|durch) (?:de[mnr]|einem|einer|uns\w*))\b|"
    r"\b(?:department|team|office|committee|manager|officer|head|board|division|staff|employee|supervisor|management|owner|coordinator|engineer)s?\b|"
    r"(?:abteilung|team|leitung|leiter(?:in)?|beauftragte[rn]?|verantwortliche[rn]?|ausschuss|stelle|verwaltung|vorstand|management|geschäftsführ\w+)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")


def asks_maker(question: str) -> bool:
    """True for "Who wrote ...?", "Von wem stammt ...?"."""
    return _ASKS_MAKER.search(question) is not None


def names_somebody(text: str, question: str) -> bool:
    """True for a text with two capitalised words beside each other of which the question has none, or one of _SOMEBODY."""
    asked = {fold(word) for word in _WORD.findall(question)}
    return _SOMEBODY.search(text) is not None or any(
        not asked & {fold(word) for word in _WORD.findall(match.group())} for match in _NAME.finditer(text)
    )
