"""The stretches of a sentence that may be the short answer: figures, what is in quotation marks, and what follows a verb or mark.

`short.py` gives the one that the question's words speak for. How much of a sentence people of a job call the answer is theirs
to say: here are the stretches to choose from.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from metier.text.analyze import content_words
from metier.text.numbers import reads_as_year
from metier.text.quantities import quantities

_VERB = r"is|are|was|were|be|been|has|have|had|includes?|included|including|comprises?|comprised|ist|sind|war|waren|beträgt|betrug|umfasst"
_WORD = r"by|to|of|as|for|from|on|in|at|with|through|because|than|durch|von|zu|für|aus|mit|wegen|als"
_STARTS = re.compile(
    rf"(?P<mark>[,;:(]\s*)|\b(?P<verb>{_VERB})\s+|\b(?P<cause>due to|because of|related to|consists? of|based on)\s+|\b(?P<word>{_WORD})\s+",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[,;:)(](?=\s|$)|\.\s*$|\s+(?=(?:and|which|that|und|welche)\b)|$")
_QUOTED = re.compile(r"[“\"„](?P<text>[^“”\"„]{2,60})[”\"“]")
_TRIM = ' \t,;:.()“”"'
_MOST = 14  # stretches of one sentence
_NEAR = 60  # characters on each side of a figure that say what it counts


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch, what it begins after, and how well it fits."""

    text: str
    after: str  # mark, verb, cause, word, quoted, figure
    place: int  # among those of its sentence that begin alike, from 0
    to_end: bool  # it reaches to the end of the sentence
    told: float  # 0-1, share of the words before it (of a figure: beside it) that the question says
    fresh: float  # 0-1, share of its own words that the question does not say


def spans(question: str, sentence: str, language: str) -> list[Span]:
    """Each text once, figures first."""
    asked = frozenset(content_words(question, language))
    found: dict[str, Span] = {}
    count: dict[str, int] = {}
    for text, after, start, end in _stretches(question, sentence, language):
        if not text or text in found or len(found) >= _MOST:
            continue
        own = content_words(text, language)
        beside = sentence[max(0, start - _NEAR) : start] + " " + sentence[end : end + _NEAR]
        around = content_words(beside if after == "figure" else sentence[:start], language)
        place = count.get(after, 0)
        count[after] = place + 1
        is_last = not sentence[end:].strip(_TRIM)
        found[text] = Span(text, after, place, is_last, _share(around, asked), 1 - _share(own, asked))
    return list(found.values())


def _stretches(question: str, sentence: str, language: str) -> Iterator[tuple[str, str, int, int]]:
    for item in quantities(sentence, language):
        text = sentence[item.start : item.end]
        if item.kind != "reference" and not reads_as_year(text) and text not in question:
            yield text, "figure", item.start, item.end
    for match in _QUOTED.finditer(sentence):
        yield match["text"].strip(_TRIM), "quoted", match.start("text"), match.end("text")
    for match in _STARTS.finditer(sentence):
        after = match.lastgroup or "word"
        for limit in dict.fromkeys((_end(sentence, match.end()), len(sentence))):
            text = sentence[match.end() : limit].strip(_TRIM)
            if len(text.split()) <= max(1, len(sentence.split()) - 2):
                yield text, after, match.end(), limit


def _end(sentence: str, start: int) -> int:
    match = _ENDS.search(sentence, start)
    return match.start() if match else len(sentence)


def _share(words: list[str], among: frozenset[str]) -> float:
    return sum(word in among for word in words) / len(words) if words else 0.0
