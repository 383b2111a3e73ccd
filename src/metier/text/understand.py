"""A question as it was typed -> a Query: its language, its parts, and a follow-up completed from the conversation.

Deterministic; knows no synonyms and asks no model.
"""

import re

from metier.text.analyze import content_words
from metier.text.language import detect_language
from metier.types import Query, Turn

# Words that point back into the conversation; a short question with one of them is incomplete by itself.
_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|that|this|those|these|there|he|she|his|her|same|"
    r"er|sie|es|ihn|ihr|ihre|ihrem|deren|dessen|das|dies|diese[rsnm]?|dort|davon|dafür|damit|derselbe|dieselbe)\b",
    re.IGNORECASE,
)
_STARTS_ON = re.compile(
    r"^(?:and|und|or|oder|what about|how about|was ist mit|wie sieht es mit)\b", re.IGNORECASE
)
_FEW_WORDS = 4  # content words; a question with more than these rarely leans on what came before
_QUESTION_END = re.compile(r"(?<=\?)\s+(?=\S)")


def understand(question: str, history: tuple[Turn, ...] = ()) -> Query:
    """The query to search with. `rewrites` holds the parts of a question that asks several things, or the completed
    follow-up; empty if the text stands for itself."""
    text = " ".join(question.split())
    language = detect_language(text)
    if history and _is_follow_up(text, language):
        return Query(text, language, (f"{history[-1].question} {text}",), history)
    parts = tuple(part for part in _QUESTION_END.split(text) if len(content_words(part, language)) >= 2)
    return Query(text, language, parts if len(parts) > 1 else _sides(text), history)


_SIDE = r"[^,;:?]{2,60}?"
_CHOICE = re.compile(rf"^(?P<stem>.{{8,}}?)[,:]\s+(?P<one>{_SIDE})\s+(?:or|oder)\s+(?P<two>{_SIDE})\s*\?$")
_BETWEEN = re.compile(
    rf"^(?P<stem>.{{8,}}?)\s+(?:between|zwischen)\s+(?P<one>{_SIDE})\s+(?:and|und)\s+(?P<two>{_SIDE})\s*\?$",
    re.IGNORECASE,
)


def _sides(text: str) -> tuple[str, ...]:
    """One question per side of a comparison ("Which is cheaper, A or B?"), so that each side finds its evidence."""
    if found := _CHOICE.match(text) or _BETWEEN.match(text):
        return tuple(f"{found['stem']}, {found[side]}?" for side in ("one", "two"))
    return _last_choice(text)


_OR = re.compile(r"\s+(?:or|oder)\s+(?=[^?]{2,60}\?$)")


def _last_choice(text: str) -> tuple[str, ...]:
    """The sides of "Was EBIT better in 2024 or in 2025?": as many words before the "or" as after it."""
    places = list(_OR.finditer(text))
    if not places:
        return ()
    before, two = text[: places[-1].start()].split(), text[places[-1].end() : -1].split()
    if len(two) > _SIDE_WORDS or len(before) < len(two) + 3:
        return ()
    stem, one = " ".join(before[: -len(two)]).rstrip(",:"), " ".join(before[-len(two) :])
    return (f"{stem}, {one}?", f"{stem}, {' '.join(two)}?")


_SIDE_WORDS = 4  # longer sides are clauses, not things that are compared


def _is_follow_up(text: str, language: str) -> bool:
    few = len(content_words(text, language)) <= _FEW_WORDS
    return few and (_POINTS_BACK.search(text) is not None or _STARTS_ON.search(text) is not None)
