"""Does a question ask for a figure, and does a text tell one? English and German.

"How much does it cost?" is not answered by "Prices are given in the spare parts list." Read strictly: only words that can be
answered by nothing else ask for a figure, and whatever may stand for one ("half", "free of charge", "none") tells one.
"""

import re
from typing import Final

from metier.text.answer_type import AnswerType, expected_answer_type
from metier.text.asked_kind import asked_kinds, told_kinds
from metier.text.quantities import number_word, quantities

_ASKS = re.compile(
    r"\bhow (?:many|much|long|old|high|large|big|heavy|far|wide|deep|fast|tall|hot|cold|loud)\b|"
    r"\bwie ?(?:viele?[nrs]?|hoch|groß|schwer|weit|breit|tief|alt|schnell|lange?|laut|warm|kalt|teuer)\b|"
    r"\bwhat (?:does|do|did|would|will)\b.*\bcost\b|\bwas (?:kostet|kosten|würde\b.*\bkosten)\b|"
    r"\b(?:what|which) (?:amount|sum|percentage|share|price)\b|\bwelche[mnrs]? (?:summe|betrag|preis|prozentsatz|anteil)\b|"
    r"\bwhat(?:'s| is| are| was| were) (?:the |our )?(?:[\w-]+ ){0,3}?(?:revenues?|turnover|profit|income|ebit(?:da)?|price|weight|voltage|"
    r"capacity|rent|deposit|salary|discount|number|total|average|percentage)(?= of\b| in\b| for\b| per\b| from\b| at\b|\s*\?|\s*$)",
    re.IGNORECASE,
)
# Where the question asks for one of these, too, a sentence without a figure may answer it.
_OTHERS: Final[frozenset[AnswerType]] = frozenset(
    {"person", "place", "yes_no", "definition", "procedure", "reason"}
)
_NAME_BEFORE = re.compile(r"(?<![.!?:;] )(?<!^)\b[A-ZÄÖÜ][\w-]* $")  # "pumps of the type Tempora 40"
_HOW_LONG = re.compile(r"\bhow (?:long|soon|quickly)\b|\bwie (?:lange?|schnell)\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+")
_STANDS_FOR_ONE = re.compile(
    r"\b(?:half|double[ds]?|twice|once|single|both|first|second|third|no|none|nothing|never|zero|free|unlimited|indefinite(?:ly)?|"
    r"(?:an?|per|each|every) (?:hour|day|week|month|quarter|year)|daily|weekly|monthly|quarterly|annual(?:ly)?|yearly|"
    r"halbe[mnrs]?|hälfte|doppel\w*|verdoppel\w*|einmal\w*|zweimal\w*|dreimal\w*|kein\w*|nichts|nie|null|frei|kostenlos\w*|kostenfrei\w*|gratis|"
    r"unbegrenzt\w*|unbefristet\w*|ein(?:e[mnrs]?)? (?:stunde|tag|woche|monat|quartal|jahr)\w*|täglich\w*|wöchentlich\w*|"
    r"monatlich\w*|jährlich\w*|\w*(?:tägig|wöchig|monatig|jährig|stündig)\w*)\b",
    re.IGNORECASE,
)


def asks_figure(question: str) -> bool:
    """True for what only a figure answers: "How many ...?", "Wie hoch ...?", "What does ... cost?", "Which extension ...?"."""
    measured = asked_kinds(question) - {"date", "clock"}
    return bool(measured or _ASKS.search(question)) and not expected_answer_type(question) & _OTHERS


def tells_figure(text: str, question: str, language: str = "") -> bool:
    """True for a text with a quantity, a number in words, or words that stand for one; a date alone is one where the question is
    how long."""
    if _STANDS_FOR_ONE.search(text) or any(number_word(word) is not None for word in _WORD.findall(text)):
        return True
    if not _DIGIT.search(text):
        return False
    if any(item.unit or not _NAME_BEFORE.search(text[: item.start]) for item in quantities(text, language)):
        return True
    return bool(_HOW_LONG.search(question)) and "date" in told_kinds(text, language)
