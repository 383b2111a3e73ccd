"""Words of the documents that are searched besides a question's own, since colleagues call the same thing otherwise.

A release's expansion.json says which (specialize/association.py fits it), by the group whose members may know: what was learnt from
passages and questions of one group is searched for its members alone, so neither a hit nor `--explain` tells others a word of theirs.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_MOST = 8  # words that one question is given besides: more is another question

Added = Mapping[
    str, Mapping[str, float]
]  # word of the question -> what is searched for it besides, and its weight


class Expansion:
    """The dictionary of one release; empty where it has none."""

    def __init__(self, part: Mapping[str, Any] | None = None) -> None:
        self._groups: Mapping[str, Added] = (part or {}).get("groups", {})

    def added(self, words: Sequence[str], groups: Iterable[str]) -> Added:
        """What is searched besides these words of a question for a member of the groups, 0-1 each where a word of the question is 1;
        no word twice, at most _MOST."""
        books = [self._groups[name] for name in sorted(groups) if name in self._groups]
        own = frozenset(words)
        best: dict[str, tuple[float, str]] = {}
        for word in dict.fromkeys(words) if books else ():
            for book in books:
                for other, weight in book.get(word, {}).items():
                    if other not in own and (weight, word) > best.get(other, (0.0, "")):
                        best[other] = (weight, word)
        found: dict[str, dict[str, float]] = {}
        for other, (weight, word) in sorted(best.items(), key=lambda item: (-item[1][0], item[0]))[:_MOST]:
            found.setdefault(word, {})[other] = weight
        return found


def weights_of(added: Added) -> dict[str, float]:
    """The added words with their weights."""
    return {other: weight for own in added.values() for other, weight in own.items()}
