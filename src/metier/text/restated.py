"""A question in the words of tables: "How heavy is the pump?" -> "What is the weight of the pump?", "from April to June" -> "in Q2".

Data sheets and price lists name what they measure by nouns and quarters by numbers, people ask with verbs, adjectives and
months. English and German; a question that is not of one of these forms has no other words.
"""

import re
from functools import partial

_FORMS = tuple(
    (re.compile(rf"^(?:{asked})[\s?.!]*$", re.IGNORECASE), told)
    for asked, told in (
        (
            r"(?:how much (?:does|do|did) (?P<x>[^?]+?) weigh|how heavy (?:is|are) (?P<y>[^?]+?))",
            "What is the weight of {}?",
        ),
        (
            r"(?:(?:what|how much) (?:does|do) (?P<x>[^?]+?) cost|how (?:expensive|dear) (?:is|are) (?P<y>[^?]+?))",
            "What is the price of {}?",
        ),
        (r"how (?:loud|noisy|quiet) (?:is|are) (?P<x>[^?]+?)", "What is the sound pressure level of {}?"),
        (
            r"(?:wie schwer (?:ist|sind) (?P<x>[^?]+?)|wie ?viel wieg(?:t|en) (?P<y>[^?]+?))",
            "Welches Gewicht hat {}?",
        ),
        (
            r"(?:(?:was|wie ?viel) koste[nt] (?P<x>[^?]+?)|wie teuer (?:ist|sind) (?P<y>[^?]+?))",
            "Welchen Preis hat {}?",
        ),
        (r"wie (?:laut|leise) (?:ist|sind) (?P<x>[^?]+?)", "Welchen Schalldruckpegel hat {}?"),
    )
)


_MONTHS = ("jan", "feb", "m[aä]r", "apr", "ma[iy]", "jun", "jul", "aug", "sep", "o[ck]t", "nov", "de[cz]")
_QUARTERS = tuple((_MONTHS[first], _MONTHS[first + 2]) for first in range(0, 12, 3))
_ORDINALS = (
    r"first|1st|1\.|erste[ns]?",
    r"second|2nd|2\.|zweite[ns]?",
    r"third|3rd|3\.|dritte[ns]?",
    r"fourth|4th|4\.|vierte[ns]?",
)
_YEAR = r"(?:\s+(?:of\s+|in\s+|des\s+jahres\s+)?(?P<year>(?:19|20)\d\d))?"
_PERIODS = tuple(
    re.compile(
        rf"\b(?:(?:from|between|in|during|of|for|von|zwischen|im|des|für)\s+)?(?:the\s+|das\s+)?(?:"
        rf"{first}[a-zä]*\.?\s*(?:to|through|until|till|and|bis|und|[-–])\s*{last}[a-z]*\.?|"
        rf"(?:{ordinal})\s+(?:quarter|quartal)s?|three months ended (?:{last}[a-z]*\.? 3[01],?)){_YEAR}(?!\w)",
        re.IGNORECASE,
    )
    for (first, last), ordinal in zip(_QUARTERS, _ORDINALS, strict=True)
)
_START = re.compile(
    rf"\b(?:in\s+)?(?:the\s+first\s+three\s+months|den\s+ersten\s+drei\s+monaten){_YEAR}(?!\w)", re.IGNORECASE
)
_NUMBERED = re.compile(r"\bin (Q[1-4])(?: ((?:19|20)\d\d))?\b")


def restated(question: str) -> str | None:
    """The question with the noun of what it asks for and with quarters by their numbers; None if it has no such form."""
    told = question.strip()
    for asked, form in _FORMS:
        if found := asked.match(told):
            told = form.format(next(one for one in found.groups() if one))
            break
    told = with_quarters(told)
    return told if told != question.strip() else None


def with_quarters(text: str) -> str:
    """The text with quarters by their numbers: "from April to June 2025" is "in Q2 2025"."""
    for number, period in (*enumerate(_PERIODS, start=1), (1, _START)):
        text = period.sub(partial(_numbered, number), text)
    return text


def _numbered(quarter: int, found: re.Match[str]) -> str:
    return f"in Q{quarter} {found['year'] or ''}".rstrip()


def is_of_period(told: str, text: str) -> bool:
    """False for a text that does not name the quarter, or not the year, that a restated question asks for."""
    wanted = _NUMBERED.search(told)
    return wanted is None or all(re.search(rf"\b{one}\b", text) for one in wanted.groups() if one)
