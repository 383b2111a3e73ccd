"""What every OCR engine gives back, and how words become paragraphs."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from metier.extract.raw import RawBlock, RawWord, Rect


@dataclass(frozen=True, slots=True)
class Reading:
    """One picture as read: words with boxes, paragraphs, and how sure the engine is on average (0-1)."""

    words: list[RawWord]
    blocks: list[RawBlock]
    confidence: float


def join_words(words: Sequence[RawWord]) -> str:
    """The words as text; a hyphen at a line end before a small letter joins two halves."""
    text = words[0].text
    for before, word in itertools.pairwise(words):
        new_line = word.rect[0] < before.rect[0]
        if new_line and text.endswith("-") and word.text[:1].islower():
            text = text[:-1] + word.text
        else:
            text += " " + word.text
    return text


def union(words: Sequence[RawWord]) -> Rect:
    """The box around all of them."""
    rects = [word.rect for word in words]
    return (
        min(rect[0] for rect in rects),
        min(rect[1] for rect in rects),
        max(rect[2] for rect in rects),
        max(rect[3] for rect in rects),
    )
