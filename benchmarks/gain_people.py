"""What simulated people say about answers in `specialize_gain`, and what a cache of what they verified would answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from benchmarks.gain_collections import Item
from metier.text.analyze import content_words
from metier.types import Answer, Trace

_ALIKE = 0.8  # share of words of nearly the same question, as in specialize/splits.py


@dataclass(frozen=True, slots=True)
class Event:
    """One question asked before specializing, and how it was answered."""

    item: Item
    trace: Trace


def said(event: Event, edited: float, noise: float, seed: int) -> Mapping[str, Any]:
    """What one person says. The same dice for all arms, so that arms differ in corrections alone."""
    dice = np.random.default_rng([seed, *sha256(event.item.id.encode()).digest()])
    is_edit, is_wrong = dice.random() < edited, dice.random() < noise
    answer: Answer = event.trace.answer
    if is_edit:
        return event.item.correction(answer)
    up = event.item.is_right(answer) != is_wrong
    return {"kind": "thumb", "value": 1 if up else -1}


def cached(corrected: Sequence[Event], tests: Sequence[Item], before: Sequence[float]) -> list[float]:
    """Errors where the verified answer to nearly the same question is given again: it is right only for its own document."""
    known = [(words_of(event.item.question), event.item) for event in corrected]
    out = []
    for item, was in zip(tests, before, strict=True):
        words = words_of(item.question)
        alike, found = max(
            ((likeness(words, other), one) for other, one in known), key=_first, default=(0.0, None)
        )
        near = found is not None and alike >= _ALIKE
        out.append(float(found is None or found.document != item.document) if near else was)
    return out


def _first(pair: tuple[float, Any]) -> float:
    return pair[0]


def words_of(question: str) -> set[str]:
    """Its content words."""
    return set(content_words(question, "en"))


def likeness(one: set[str], other: set[str]) -> float:
    """The share of all words that both have."""
    return len(one & other) / max(1, len(one | other))
