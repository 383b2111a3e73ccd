"""A question for a measure in the words of tables: "How heavy is the pump?" -> "What is the weight of the pump?".

Data sheets and price lists name what they measure by nouns, people ask with verbs and adjectives. English and German; a question
that is not of one of these forms has no other words.
"""

import re

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


def restated(question: str) -> str | None:
    """The question with the noun of what it asks for; None if it has no such form."""
    for asked, told in _FORMS:
        if found := asked.match(question.strip()):
            return told.format(next(one for one in found.groups() if one))
    return None
