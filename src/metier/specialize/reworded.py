"""Questions to passages that nobody has asked: some words of a sentence, most of them said in other words of the same corpus.

The passage keeps its sentence, so that it does answer; what stands for a word is the nearest other word by its static vector
("pressure" -> "suction"). It knows words of the corpus only, and no grammar: what people would say who never read it stays unknown.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from metier.retrieve.known_item import KnownItem
from metier.stages import Embedder
from metier.text.analyze import content_words, stem
from metier.text.sentences import split_sentences
from metier.types import Passage

_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_RUN = (
    18  # content words in a row that a question is made of, at most: as much as a person knows of one thing
)
_LEAST_WORDS, _KEPT, _LEAST_KEPT = (
    6,
    1 / 3,
    3,
)  # of them a third is asked with; with half BM25 found .97 of NPL: nothing to tell
_SAID_OTHERWISE = 0.6  # share of the words kept that are exchanged where there is another one
_KNOWN, _SEEN = 20_000, 3  # words that may stand for others: the most frequent, each seen so often
_NEAREST, _LEAST_NEAR = (
    12,
    0.45,
)  # cosine; below, neighbours of the static model are of the same subject and no more
_SAME_BEGINNING = 4  # letters: "measure", "measurement" are one word to a reader


def reworded_questions(passages: Sequence[Passage], embedder: Embedder, count: int) -> list[KnownItem]:
    """At most `count` questions, one of a passage; none of tables. The same passages give the same questions."""
    otherwise = _otherwise(passages, embedder)
    found: list[KnownItem] = []
    for item in sorted(passages, key=lambda one: hashlib.sha256(one.id.encode()).digest()):
        if len(found) == count:
            break
        if item.kind != "table" and (question := _question(item, otherwise)):
            found.append(KnownItem(question, item, False))
    return found


def _question(passage: Passage, otherwise: Callable[[str, str], str]) -> str:
    """The question, or "" if no sentence has enough words."""
    texts = [passage.text[start:end] for start, end in split_sentences(passage.text, passage.language)]
    fitting = [text for text in texts if len(_LETTERS.findall(text)) >= _LEAST_WORDS]
    rng = np.random.default_rng(list(hashlib.sha256(passage.id.encode()).digest()))
    if not fitting:
        return ""
    chosen = fitting[int(rng.integers(len(fitting)))]
    words = [word for word in _WORD.findall(chosen) if content_words(word, passage.language)]
    if len(words) > _RUN:
        start = int(rng.integers(len(words) - _RUN + 1))
        words = words[start : start + _RUN]
    if len(words) <= _LEAST_KEPT:
        return ""
    kept = sorted(rng.permutation(len(words))[: max(_LEAST_KEPT, int(len(words) * _KEPT))].tolist())
    asked = [words[place] for place in kept]
    return " ".join(
        (otherwise(word, passage.language) if rng.random() < _SAID_OTHERWISE else "") or word
        for word in asked
    )


def _otherwise(passages: Sequence[Passage], embedder: Embedder) -> Callable[[str, str], str]:
    """What gives the nearest other word of these passages, "" if none is near."""
    counts = Counter(word.lower() for item in passages for word in _LETTERS.findall(item.text))
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    words = [word for word in ordered if counts[word] >= _SEEN][:_KNOWN]
    place = {word: number for number, word in enumerate(words)}
    vectors = embedder.embed_passages(words)

    def nearest(word: str, language: str) -> str:
        low = word.lower()
        if low not in place:
            return ""
        near = vectors @ vectors[place[low]]
        for number in np.argsort(-near, kind="stable")[:_NEAREST].tolist():
            other: str = words[number]
            if near[number] < _LEAST_NEAR:
                break
            is_form = other[:_SAME_BEGINNING] == low[:_SAME_BEGINNING] or stem(other, language) == stem(
                low, language
            )
            if not is_form:
                return other
        return ""

    return nearest
