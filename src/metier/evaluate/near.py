"""Is a text nearly one of these questions? By salted prints of their words, so that the questions need not be there.

Prints hide the order and the case of words from a reader, not the words from who guesses them and knows the salt.
Wordings with other words are not noticed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from metier.text.analyze import content_words

SAME = 0.7  # shared words of two texts: one typing error in six words leaves 5 of 7
INSIDE = 0.9  # of a question's words found within a longer text, if it has at least:
FEWEST_WORDS = 4


def prints(text: str, salt: str) -> list[str]:
    """Sixteen digits for each content word of the text (stemmed), sorted."""
    words = set(content_words(text, ""))
    return sorted(hashlib.blake2b(f"{salt} {word}".encode(), digest_size=8).hexdigest() for word in words)


@dataclass(frozen=True, slots=True)
class Guard:
    """The prints of questions that must not be trained on; without any, nothing resembles them."""

    salt: str = ""
    questions: Sequence[frozenset[str]] = field(default_factory=tuple)

    def resembles(self, text: str) -> bool:
        """True if the text is nearly one of the questions, or holds nearly all of its words."""
        own = set(prints(text, self.salt)) if self.questions else set()
        return any(_alike(own, question) for question in self.questions)


def _alike(own: set[str], question: frozenset[str]) -> bool:
    shared = len(own & question)
    if not shared:
        return False
    inside = len(question) >= FEWEST_WORDS and shared >= INSIDE * len(question)
    return inside or shared >= SAME * len(own | question)
