"""A question that asks several things in one sentence -> its parts, each a question that can be asked by itself.

"What does the Ondara 25 weigh and how long is its warranty?" asks two things; "who signs and dates the form?" asks one. A part
begins after "and" with a word that opens a question, and holds enough words of its own; what its pronoun stands for is put in
from the part before where that names something. It knows words, not grammar: a pronoun that stands for what the first part asks
for ("who is it, and how do I reach her?") makes no part of its own.
"""

import re

from metier.text.analyze import content_words

_OPENS = (
    r"(?:(?:by|until|till|since|from|at|in|on|to|for|with|of|after|within|under) )?"
    r"(?:what|how|who|whom|whose|when|where|which|why)|"
    r"(?:(?:bis|ab|seit|in|an|auf|zu|für|mit|von|nach|bei|binnen|unter|um|zum|zur) )?"
    r"(?:was|wie|wer|wem|wen|wessen|wann|wo|wohin|woher|welche[rsnm]?|warum|wieso|weshalb|wofür|womit|wodurch|worauf)"
)
# Verbs open a question if somebody or something follows: "and is the pump covered?", not "and is paid for".
_VERB = (
    r"(?:is|are|was|were|does|do|did|can|may|must|should|has|have|will)(?= (?:it|they|he|she|I|we|you|there|the|this|that|an?)\b)|"
    r"(?:ist|sind|war|gibt|hat|haben|kann|darf|muss|soll|müssen|dürfen|können)(?= (?:es|er|sie|ich|wir|man|der|die|das|den|ein)\b)"
)
_QUESTION = re.compile(rf"^(?:{_OPENS}|{_VERB})\b", re.IGNORECASE)
_JOINT = re.compile(
    rf",?\s+(?:and|und|sowie|as well as)(?: also| auch)?\s+(?=(?:{_OPENS}|{_VERB})\b)", re.IGNORECASE
)
_PERSON = re.compile(r"\b(?:he|she|him|her|his|ihn|ihm|er)\b", re.IGNORECASE)
_THING = re.compile(r"\b(?:it|they|them|es|sie)\b", re.IGNORECASE)
# "it" that stands for nothing
_NOTHING = re.compile(
    r"\b(?:gibt|dauert|geht|heißt|regnet) es\b|\bes (?:gibt|geben|dauert|dauern|geht|heißt|erlaubt|möglich|verboten)\b|"
    r"\b(?:does|did|will|would|can|may) it take\b|\bit (?:takes|took)\b|\bis it (?:possible|allowed|permitted|forbidden|necessary)\b",
    re.IGNORECASE,
)
_WHOSE = re.compile(r"\b(?:its|their)\b", re.IGNORECASE)
_ARTICLE = r"(?:the|an?|der|die|das|den|dem|des)"
_NAME = re.compile(
    rf"(?<=\s)(?:{_ARTICLE}\s+)?[A-ZÄÖÜ][\w&.-]*(?:\s+(?:[A-ZÄÖÜ][\w&.-]*|\d[\w.-]*))+"  # several words: "the Ondara 25"
    rf"|(?<=\s)(?:{_ARTICLE}\s+)?[A-ZÄÖÜ]\w*[A-Z\d][\w-]*"  # one that is written as no other word is: "DK-1065"
)
# "in Derby and in Liberec": the word that is said twice tells two things from one of two names
_EACH = re.compile(
    r"\b(?P<small>in|at|for|from|to|by|of|with|on|bei|für|von|aus|nach|mit|am|im|an|zu)(?P<one>(?: (?:the|der|die|das|den|dem))? [A-ZÄÖÜ\d][^,;:?]{0,40}?)"
    r",? (?:and|und|sowie|as well as) (?P=small)(?P<two>(?: (?:the|der|die|das|den|dem))? [A-ZÄÖÜ\d][^,;:?]{0,40}?)(?=\s*\?)"
)
_ENOUGH = 2  # content words of a part that says what it is about


def parts_of(question: str, language: str) -> tuple[str, ...]:
    """The parts, at least two, or none for a question that asks one thing."""
    if (each := _EACH.search(question)) and _QUESTION.match(question):
        return tuple(
            f"{question[: each.start()]}{each['small']}{side}{question[each.end() :]}"
            for side in (each["one"], each["two"])
        )
    pieces = _JOINT.split(question)
    if len(pieces) < 2 or not _QUESTION.match(pieces[0]):
        return ()
    parts: list[str] = []
    for piece in pieces:
        whole = _completed(piece, parts[-1], language) if parts else piece.rstrip(" ,;?.") + "?"
        if whole is None or len(content_words(whole, language)) < _ENOUGH:
            return ()
        parts.append(whole[:1].upper() + whole[1:])
    return tuple(parts)


def _completed(piece: str, before: str, language: str) -> str | None:
    """The piece as a question of its own; None if it hangs on the one before in a way that is not understood."""
    text = piece.rstrip(" ,;.")
    text = text if text.endswith("?") or "? " in text else f"{text}?"
    if _PERSON.search(text):
        return None
    if _NOTHING.search(text) or not (_THING.search(text) or _WHOSE.search(text)):
        return text
    names = [found.group() for found in _NAME.finditer(before)]
    if not names:
        return None
    whose = f"{names[-1]}'s" if language == "en" else names[-1]
    return _WHOSE.sub(whose, _THING.sub(names[-1], text, count=1), count=1)
