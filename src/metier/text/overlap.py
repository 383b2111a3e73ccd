"""How much two pieces of text share, in words: what the verifier and the generators measure with.

Counts are of content words (stemmed, without stop words) unless the caller passes other tokens. Overlap is blind to
negation, order and swapped numbers; those have checks of their own.
"""

import itertools
from collections import Counter
from collections.abc import Sequence


def token_f1(candidate: Sequence[str], reference: Sequence[str]) -> float:
    """Harmonic mean of precision and recall of tokens with their counts (SQuAD's F1, 0-1). Two empty sides agree."""
    if not candidate or not reference:
        return float(not candidate and not reference)
    shared = (Counter(candidate) & Counter(reference)).total()
    return 2 * shared / (len(candidate) + len(reference))


def containment(part: Sequence[str], whole: Sequence[str]) -> float:
    """Share of the tokens of `part` (with counts) that occur in `whole` (as a set), 0-1; an empty part is contained."""
    if not part:
        return 1.0
    known = set(whole)
    return sum(token in known for token in part) / len(part)


def bigrams(tokens: Sequence[str]) -> list[tuple[str, str]]:
    """Neighbouring pairs, in order."""
    return list(itertools.pairwise(tokens))


def common_subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest sequence of tokens that both hold in the same order, gaps allowed (as in ROUGE-L)."""
    previous = [0] * (len(other) + 1)
    for token in one:
        current = [0]
        last = 0
        for index, against in enumerate(other):
            above = previous[index + 1]
            last = previous[index] + 1 if token == against else max(above, last)
            current.append(last)
        previous = current
    return previous[-1]
