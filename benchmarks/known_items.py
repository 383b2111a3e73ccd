"""Questions whose right page is known by construction: a sentence of the page, half of its words left out, shuffled.

Deterministic: the same pages give the same questions. They are keyword-like, never an exact string of the page, and ask
about what the ground truth says, not about what any reader extracted.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

WORDS = range(8, 21)  # a sentence's length; shorter ones are captions, longer ones joined lines
KEEP = 0.5  # share of words kept
LEAST_KEPT = 4

_MARKUP = re.compile(r"<[^>]+>|!\[[^\]]*\]\([^)]*\)|[*_`#]+|\[([^\]]*)\]\([^)]*\)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[^\W_]+(?:[-'’.,][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class KnownItem:
    """One question and the page (by name without ending) it was made from."""

    question: str
    page: str


def known_items(pages: Mapping[str, str], count: int) -> list[KnownItem]:
    """At most `count` questions over pages given as Markdown by name: one per page first, then a second one each.

    Pages without a whole sentence (tables, figures) give none; fewer than `count` come back if sentences run out.
    """
    ordered = {name: _sentences(pages[name]) for name in sorted(pages)}
    out: list[KnownItem] = []
    for turn in range(max(map(len, ordered.values()), default=0)):
        for name, sentences in ordered.items():
            if turn < len(sentences) and len(out) < count:
                out.append(KnownItem(_question(sentences[turn], f"{name}/{turn}"), name))
    return out


def _sentences(markdown: str) -> list[str]:
    """Whole sentences of fitting length, the one nearest to the middle of the page first."""
    lines = [line for line in markdown.split("\n") if not line.lstrip().startswith(("|", "#", ">", "<"))]
    prose = _MARKUP.sub(lambda match: match.group(1) or " ", "\n".join(lines))
    sentences, at = [], 0
    for paragraph in re.split(r"\n\s*\n", prose):
        for sentence in _SENTENCE_END.split(" ".join(paragraph.split())):
            at += len(sentence)
            if len(_WORD.findall(sentence)) in WORDS and sentence[:1].isupper() and sentence[-1:] in ".!?":
                sentences.append((at - len(sentence) / 2, sentence))
    return [sentence for _, sentence in sorted(sentences, key=lambda item: abs(item[0] - at / 2))]


def _question(sentence: str, seed: str) -> str:
    words = _WORD.findall(sentence)
    rng = np.random.default_rng(list(hashlib.sha256(seed.encode()).digest()))
    kept = max(LEAST_KEPT, round(len(words) * KEEP))
    return " ".join(words[i] for i in rng.permutation(len(words))[:kept])
