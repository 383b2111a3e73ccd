"""The same question as people and scanners spoil it: typing errors, OCR noise, a preamble, other words, another language.

Each is a case of its own beside the plain one, in its group, with the same answer; what a system loses between the two is
what the noise costs. Names, figures and what stands in quotation marks stay as they are.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256

from metier.evaluate.making.frames import in_other_language, paraphrased
from metier.evaluate.scores import NOISE
from metier.types import Case

_QUOTED = re.compile(r'"[^"]*"|„[^“]*“')
_WORD = re.compile(r"(?<![\w\"„-])[a-zäöüß]{5,}(?![\w\"“-])")  # small letters: no names
_LOOKALIKE = (("rn", "m"), ("m", "rn"), ("l", "1"), ("o", "0"), ("e", "c"), ("i", "l"), ("u", "ii"))
_PREAMBLES = {
    "en": (
        "Hi, quick question before my meeting at ten:", "Sorry to bother you, I have looked everywhere.",
        "Hello! I am new here and need this for a form.",
    ),
    "de": (
        "Hallo, kurze Frage vor meinem Termin um zehn:", "Entschuldigung, ich habe schon überall gesucht.",
        "Guten Tag! Ich bin neu hier und brauche das für ein Formular.",
    ),
}  # fmt: skip
_GERMAN = re.compile(r"\b(?:der|die|das|ist|wie|was|laut|wann|welche\w*|für)\b", re.IGNORECASE)


def perturbed(case: Case) -> list[Case]:
    """The case's variants: those of NOISES that change its question."""
    out = []
    for name, change in NOISES.items():
        question = change(case.question)
        if question != case.question:
            out.append(
                replace(case, id=f"{case.id}~{name}", question=question, tags=(*case.tags, f"{NOISE}{name}"))
            )
    return out


def typos(question: str) -> str:
    """One long word with two neighbouring letters changed over."""

    def spoil(word: str) -> str:
        at = 1 + _dice(question) % (len(word) - 3)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return _in_a_word(question, spoil)


def ocr(question: str) -> str:
    """One word with letters as a scanner mistakes them."""

    def spoil(word: str) -> str:
        for old, new in _LOOKALIKE:
            if old in word[1:]:
                return word[0] + word[1:].replace(old, new, 1)
        return word

    return _in_a_word(question, spoil)


def preamble(question: str) -> str:
    """What people write before they ask."""
    known = _PREAMBLES["de" if _GERMAN.search(question) else "en"]
    return f"{known[_dice(question) % len(known)]} {question}"


NOISES: Mapping[str, Callable[[str], str]] = {
    "typo": typos,
    "ocr": ocr,
    "preamble": preamble,
    "paraphrase": paraphrased,
    "other_language": in_other_language,
}


def _in_a_word(question: str, spoil: Callable[[str], str]) -> str:
    quoted = [match.span() for match in _QUOTED.finditer(question)]
    words = [
        match
        for match in _WORD.finditer(question)
        if not any(start <= match.start() < end for start, end in quoted)
    ]
    if not words:
        return question
    chosen = words[_dice(question) % len(words)]
    return question[: chosen.start()] + spoil(chosen.group()) + question[chosen.end() :]


def _dice(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:4], "big")
