"""Questions and the passages that answer them -> which words of documents go with which words of questions.

Of each pair of a word that is asked and a word that is told: how often the second stands in what answers questions with the first, against how often it stands in what answers
other questions and in what is found instead for these. A pair is taken if Dunning's log-likelihood ratio (1993, "Accurate Methods for the Statistics of Surprise and
Coincidence") says that this is more than chance; its weight is how much likelier the word is told than in either of the two, shrunk as by _PRIOR questions.
It is a translation model of one step (Berger and Lafferty 1999) without alignment: of several words of one question none is told which it goes with.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Book = Mapping[str, Mapping[str, float]]

_PRIOR = 2.0
_SURE = 6.63  # of the ratio: 1% by chance, of one pair
_LEAST = 2  # different questions that have both words: one is a question, not a habit
_MOST = 4  # words that stand beside one
_SHORTEST, _LONGEST = 3, 40  # letters


@dataclass(frozen=True, slots=True)
class Observed:
    """One question: its words, those of the passages that answer it, who said that they do (nobody: it was not asked by people), and
    of what is found instead the share that holds a word."""

    asked: frozenset[str]
    told: frozenset[str]
    people: frozenset[str] = frozenset()
    instead: Mapping[str, float] = field(default_factory=dict)


def associations(observed: Sequence[Observed]) -> Book:
    """Word asked -> words told with it, each with a weight above 0 and below 1, likeliest first. Questions of the same words are
    one question; a pair that marks of a single person speak for is left out."""
    questions = _merged(observed)
    asked = _often(one.asked for one in questions)
    told = _often(one.told for one in questions)
    both, instead, people = _counted(questions, asked, told)
    pairs = sorted(
        pair
        for pair, count in both.items()
        if count >= _LEAST and (pair not in people or len(people[pair]) > 1)
    )
    if not pairs:
        return {}
    together, beside, alone, anyway = (
        np.array(column, dtype=float)
        for column in zip(
            *((both[pair], instead[pair], asked[pair[0]], told[pair[1]]) for pair in pairs), strict=True
        )
    )
    others = len(questions) - alone
    ratio = likelihood_ratio(together, alone, anyway - together + beside, others + alone)
    weight = lift(together, alone, np.maximum((anyway - together) / np.maximum(others, 1), beside / alone))
    found: dict[str, dict[str, float]] = {}
    for place in np.lexsort((np.arange(len(pairs)), -weight)).tolist():
        word, other = pairs[place]
        own = found.setdefault(word, {})
        if ratio[place] >= _SURE and weight[place] > 0 and len(own) < _MOST:
            own[other] = float(weight[place])
    return {word: own for word, own in sorted(found.items()) if own}


def likelihood_ratio(seen: Floats, of: Floats, seen_else: Floats, of_else: Floats) -> Floats:
    """Dunning's G^2 of `seen` times in `of` against `seen_else` times in `of_else`; 0 where that is no more often."""
    anyway = (seen + seen_else) / (of + of_else)
    found = np.zeros_like(seen)
    for count, total in ((seen, of), (seen_else, of_else)):
        for part, share in ((count, anyway), (total - count, 1 - anyway)):
            expected = np.maximum(total * share, 1e-12)
            found += 2 * np.where(part > 0, part * np.log(np.maximum(part, 1e-12) / expected), 0.0)
    return np.where(seen * of_else > seen_else * of, found, 0.0)


def lift(seen: Floats, of: Floats, anyway: Floats) -> Floats:
    """The share of `of`, shrunk to what is there anyway, minus that."""
    found: Floats = (seen + _PRIOR * anyway) / (of + _PRIOR) - anyway
    return found


def _counted(
    questions: Sequence[Observed], asked: Mapping[str, int], told: Mapping[str, int]
) -> tuple[Counter[tuple[str, str]], dict[tuple[str, str], float], dict[tuple[str, str], set[str]]]:
    """Of each pair: questions that have both, summed shares of what is found instead, and who spoke for it."""
    both: Counter[tuple[str, str]] = Counter()
    instead: defaultdict[tuple[str, str], float] = defaultdict(float)
    people: dict[tuple[str, str], set[str]] = {}
    for one in questions:
        new = (one.told - one.asked) & told.keys()
        beside = one.instead.keys() & told.keys()
        for word in one.asked & asked.keys():
            for other in new:
                both[word, other] += 1
                if one.people:
                    people.setdefault((word, other), set()).update(one.people)
            for other in beside:
                instead[word, other] += one.instead[other]
    return both, instead, people


def _merged(observed: Sequence[Observed]) -> list[Observed]:
    found: dict[frozenset[str], Observed] = {}
    for one in observed:
        if (known := found.get(one.asked)) is not None:
            beside = {word: max(share, known.instead.get(word, 0.0)) for word, share in one.instead.items()}
            one = Observed(
                one.asked, known.told | one.told, known.people | one.people, {**known.instead, **beside}
            )
        found[one.asked] = one
    return list(found.values())


def _often(words: Iterable[frozenset[str]]) -> dict[str, int]:
    """Words that are words, no figures and codes, in how many questions; those of one question are left out."""
    counts = Counter(word for one in words for word in one)
    return {
        word: n
        for word, n in counts.items()
        if n >= _LEAST and _SHORTEST <= len(word) <= _LONGEST and word.isalpha()
    }
