"""How much of a question's wording stands in its evidence: content words, crudely stemmed."""

import re
from collections.abc import Sequence

_STOP = frozenset(  # a block of text reads better than 150 quoted words
    """a an the of to in on at by for from with and or but is are was were be been do does did i me my we our you your
    he she it they them that this which what who whom when where how may can could must have has had will would should
    if as than then any some one get got there their about into after before per not no up out over more most long much
    many der die das den dem des ein eine einen einem einer und oder aber ist sind war wird werden ich mir mich mein
    meine meinen wir uns unser du sie er es man wie was wer wann wo welche welcher welches wem wen bei mit von vom zu
    zum zur in im an am auf für aus nach bis um als wenn dass darf kann muss habe hat haben nicht kein keine mehr über
    unter pro so dann noch nur viel viele lange""".split()  # noqa: SIM905
)
_ENDINGS = (
    "ungen",
    "ingly",
    "ings",
    "ing",
    "tion",
    "ung",
    "ern",
    "en",
    "er",
    "es",
    "ed",
    "em",
    "s",
    "e",
    "n",
    "y",
)


def content_words(text: str) -> set[str]:
    """The stems of the words that carry meaning."""
    return {_stem(word) for word in re.findall(r"[^\W_]+", text.lower()) if word not in _STOP}


def overlap(question: str, quotes: Sequence[str]) -> float:
    """The share of the question's content words that also stand in one of the quotes, 0-1."""
    asked = content_words(question)
    said = set().union(*map(content_words, quotes))
    return len(asked & said) / len(asked) if asked else 0.0


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:  # shorter stems collide
            return word[: -len(ending)]
    return word
