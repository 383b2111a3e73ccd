"""How much of the error budget one look at a sealed suite may spend, and what it then says: one word.

K looks are declared up front. Each has alpha / K; a look that passes hands its level on to the next (online fallback,
Tian and Ramdas 2021). So the probability that any of the K looks passes a candidate that is no better than the margin
allows is at most alpha, whatever is tried next because of what was said before.
"""

from collections.abc import Hashable, Sequence
from typing import Literal

from metier.evaluate.compare import paired_share_difference
from metier.types import Estimate

Word = Literal["pass", "worse", "cannot tell"]


def level_of_next(alpha: float, looks: int, words: Sequence[Word]) -> float:
    """The one-sided level of the look after these; 0 if all are spent."""
    if len(words) >= looks:
        return 0.0
    level = 0.0
    for word in (*words, "cannot tell"):
        level += alpha / looks
        if word != "pass":
            last, level = level, 0.0
    return last


def judge(
    ours: Sequence[bool],
    theirs: Sequence[bool],
    groups: Sequence[Hashable],
    level: float,
    margin: float = 0.0,
) -> tuple[Word, Estimate]:
    """Pass if the candidate is better than minus the margin at this one-sided level, worse if it is below the baseline."""
    clusters = None if len(set(groups)) == len(groups) else groups
    found = paired_share_difference(ours, theirs, clusters, 1 - 2 * level)
    if found.low > -margin:
        return "pass", found
    return ("worse" if found.high < 0 else "cannot tell"), found
