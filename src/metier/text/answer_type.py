"""What kind of answer a question asks for; English and German.

Rules over question words, which do not collide between the two. A question that matches none asks for a "span"; several kinds may fit ("when and where").
"""

import re
from typing import Final, Literal

AnswerType = Literal[
    "number", "money", "percent", "duration", "date", "person", "place", "list", "yes_no", "definition", "procedure",
    "reason", "comparison", "span",
]  # fmt: skip

_UNITS_OF_TIME = (
    r"(?:business |working |calendar )?(?:days?|weeks?|months?|years?|hours?|minutes?|[\wäöü]*tagen?|[\wäöü]*tage|"
    r"wochen?|[\wäöü]*monaten?|monate|jahren?|jahre|stunden?|minuten?)"
)
_MONEY = (
    r"(?:cost|costs|price|prices|priced|fee|fees|charge|salary|budget|pay|paid|revenue|revenues|sales|profit|income|"
    r"earn|earnings|expense|expenses|amount of money|euros?|dollars?|worth|reimburse\w*|allowance|per diem|"
    r"kostet|kosten|\w*kosten|preis|preise|\w*preis|\w*gebühr|\w*gebühren|gehalt|budget|\w*umsatz|umsätze|gewinn|"
    r"\w*betrag|beträge|\w*pauschale|erstattet|zahlt|zahlen|bezahlt|euro|verdient|teuer|\w*geld|vergütung|\w*summe)"
)
_WRITTEN: Final[tuple[tuple[str, tuple[AnswerType, ...]], ...]] = (
    (rf"\b(?:how many|wie ?viele?[nr]?)\s+{_UNITS_OF_TIME}\b", ("duration", "number")),
    (r"\b(?:how many|wie ?viele[nr]?|anzahl|number of|how often|wie oft|wie häufig)\b", ("number",)),
    (r"\b(?:how long|wie lange?|wie lang)\b", ("duration",)),
    (
        (
            r"\b(?:what|which|welche[rsn]?|was|wie hoch|how (?:long|much))\b.{0,40}"
            r"(?:notice period|period|deadline|duration|lead time|retention|warranty|\w*frist|\w*dauer|\w*laufzeit|"
            r"\w*zeitraum|probezeit|probation)\b"
        ),
        ("duration",),
    ),
    (
        (
            r"\b(?:what|which|how much|wie ?viel|wie hoch|welche[rsn]?)\b.{0,40}"
            r"(?:percent|percentage|per cent|prozent|prozentsatz|\w*rate|\w*quote|\w*anteil|margin|marge|share|%|"
            r"\w*steuer|\w*steuersatz|\w*zinssatz|discount|\w*rabatt)"
        ),
        ("percent", "number"),
    ),
    (rf"\b(?:how much|wie ?viel|wie hoch|what|was|welche[rsn]?)\b.*\b{_MONEY}\b", ("money", "number")),
    (r"\b(?:how much|wie ?viel)\b", ("number", "money")),
    (
        (
            r"\b(?:wie hoch|wie groß|wie schwer|wie weit|wie breit|wie tief|wie alt|wie schnell|how (?:high|large|big|"
            r"heavy|far|wide|deep|old|fast|tall|hot|cold))\b"
        ),
        ("number",),
    ),
    (
        (
            r"\b(?:maximum|minimum|max\.|min\.|limit|threshold|total|average|capacity|weight|temperature|höchst\w*|"
            r"mindest\w*|grenzwert|obergrenze|summe|durchschnitt\w*|kapazität|gewicht|temperatur)\b"
        ),
        ("number",),
    ),
    (
        (
            r"\b(?:when|what (?:date|day|year|month|time)|which (?:year|month|day|date|quarter)|since when|by when|"
            r"until when|wann|ab wann|bis wann|seit wann|welche[mnrs]? (?:datum|tag|jahr|monat|quartal)|effective date|"
            r"an welchem|in welchem (?:jahr|monat|quartal)|bis zu welchem (?:datum|tag)|datum|stichtag)\b"
        ),
        ("date",),
    ),
    (r"\b(?:who|whom|whose|wer|wem|wen|wessen|von wem|an wen|bei wem|mit wem)\b", ("person",)),
    (
        (
            r"\b(?:where|wo|wohin|woher|which (?:city|country|location|site|office|place|plant)|what (?:city|country|"
            r"location|address)|welche[mnrs]? (?:stadt|land|ort|standort|adresse|werk|gebäude))\b"
        ),
        ("place",),
    ),
    (
        (
            r"\b(?:list|name (?:all|the|three|two|four|five)|which (?:\w+ )?(?:\w+s) (?:are|were|do|have|must|can|need|"
            r"should|apply|count|belong)|what (?:are|were) the|what (?:documents|items|steps|types|kinds|categories|"
            r"requirements|conditions|benefits)|nenne[n]?|zähle|liste|aufzählung|welche (?:\w+en|\w+er|\w+e|\w+s) "
            r"(?:sind|gelten|gibt|müssen|werden|haben|gehören|braucht|brauche)|was gehört|which of the)\b"
        ),
        ("list",),
    ),
    (
        (
            r"^\W*(?:is|are|was (?:the|it|there|he|she|this|that|an?|any)|were|do|does|did|can|could|may|must|should|shall|will|would|has|have|had|am|"
            r"ist|sind|war|waren|darf|dürfen|kann|können|muss|müssen|soll|sollte|hat|haben|habe|gibt es|wird|werden|"
            r"bin|gilt|gelten|braucht|brauche|bekommt|bekomme|erhält|erhalte|zählt|stimmt|besteht|bietet|übernimmt|"
            r"liefert|akzeptiert|erlaubt)\b(?!\s*,)|\b(?:whether|ob)\b"
        ),
        ("yes_no",),
    ),
    (
        (
            r"\b(?:what (?:is|are|does) (?:an? |the )?(?:meaning|definition)|define|definition of|what (?:is|are) "
            r"meant by|what does .{1,60} (?:mean|stand for)|was bedeutet|was heißt|was versteht man|definition|"
            r"wofür steht|definiere)\b|^\W*(?:what is an? |was ist (?:ein|eine|der begriff)\b)"
        ),
        ("definition",),
    ),
    (
        (
            r"\b(?:how (?:do|does|can|should|to|must|is|are|did|would)\b(?! (?:many|much|long|often))|what (?:are the )?"
            r"steps|procedure|process for|wie (?:kann|muss|soll|beantrage|mache|melde|funktioniert|geht|gehe|läuft|wird|"
            r"werden|reiche|erfolgt|ist .{1,40} (?:vorzugehen|zu)|bekomme|erstelle|lege|richte|stelle|buche|ändere|"
            r"setze)|vorgehen|ablauf|schritte|was muss ich tun|what (?:should|must|do) (?:i|we) do)\b"
        ),
        ("procedure",),
    ),
    (
        (
            r"\b(?:why|what (?:is|was|were) the (?:reason|cause)s?|how come|reason for|warum|weshalb|wieso|weswegen|"
            r"aus welchem grund|grund für|wozu)\b"
        ),
        ("reason",),
    ),
    (
        (
            r"\b(?:compare[ds]?|comparison|difference|differ|versus|vs\.?|unterschied\w*|vergleich\w*|im vergleich|"
            r"gegenüber|(?:more|less|higher|lower|greater|larger|smaller|better|cheaper|older|longer) than|"
            r"(?:mehr|weniger|höher|niedriger|größer|kleiner|besser|billiger|länger) als|which (?:is|one is|of (?:the )?two)|"
            r"change[ds]? (?:from|between)|increase[ds]? (?:from|between)|verändert)\b"
        ),
        ("comparison",),
    ),
)
_RULES: Final = tuple((re.compile(pattern, re.IGNORECASE), kinds) for pattern, kinds in _WRITTEN)


def expected_answer_type(question: str) -> frozenset[AnswerType]:
    """The kinds of answer `question` may ask for, never empty ({"span"} if no rule fits)."""
    found: set[AnswerType] = set()
    for pattern, kinds in _RULES:
        if pattern.search(question):
            found.update(kinds)
    if "yes_no" in found:  # "Is the price higher than ...?" asks whether, not how much
        found -= {"money", "percent", "number", "list", "definition"}
    if "procedure" in found and found & {"duration", "money"}:
        found.discard("procedure")
    return frozenset(found) if found else frozenset({"span"})
