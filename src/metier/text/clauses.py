"""The clauses of a sentence that each say something of their own: "It costs 5 EUR, and children pay nothing."

Marks and conjunctions that hardly ever stand inside a thought; no grammar. A piece of few words ("By default,") stays with its
neighbour. English and German.
"""

import re
from functools import lru_cache

from metier.text.analyze import content_words

_BORDER = re.compile(
    r"(?<=[;:])\s+|(?<=,)\s+(?=(?:and|but|so|which|because|since|while|whereas|although|though|whose|whereby|afterwards|otherwise|"
    r"und|aber|weil|da|denn|sondern|wobei|während|obwohl|sodass|sonst|danach)\b)|\s+[–—]\s+",
    re.IGNORECASE,
)
_LEAST = 3  # content words of a clause


@lru_cache(maxsize=1024)
def clauses(sentence: str, language: str) -> tuple[str, ...]:
    """The clauses in order, the whole sentence where it has but one."""
    found: list[str] = []
    short = ""
    for piece in _BORDER.split(sentence):
        piece = f"{short} {piece}".strip()
        short = ""
        if len(content_words(piece, language)) >= _LEAST:
            found.append(piece)
        elif found:
            found[-1] = f"{found[-1]} {piece}"
        else:
            short = piece
    return tuple(found) or (sentence,)
