"""What tells a candidate from the others of its pool, as numbers that mean the same in every collection: most lie between
0 and 1 and are relative to the pool, none is a raw score. Weights for them are fitted per job (specialize/reranker.py).

`score:LEG`, `rank:LEG`: the leg's score, min-max over the pool, and 1 / log2(rank + 1); 0 where the leg did not return it.
What they do not know: what a word means, and whether a passage answers or only repeats the question.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metier.text.neighbours import likeness, shares
from metier.text.passage_terms import PassageTerms, asked_terms, coverage, covered, passage_terms, rarity
from metier.text.vocabulary import BM25_B, BM25_K1, Vocabulary
from metier.types import Evidence, Query

Floats = NDArray[np.float64]

_NEAR = 8  # terms apart at which two words of the question no longer count as standing together
_LONG = 2.0  # a passage e^2 times as long as the median counts as no longer than that
_FEW, _MANY = 3, 10  # first candidates that others are compared with


class Pool:
    """The candidates of one question in the mixer's order, best first, and what is counted on them."""

    def __init__(self, query: Query, evidence: Sequence[Evidence], vocabulary: Vocabulary) -> None:
        self.evidence = evidence
        self._query = query
        self._vocabulary = vocabulary

    @cached_property
    def mixture(self) -> Floats:
        """The mixer's score, min-max over the pool: what the fitted weights add to."""
        return relative([item.score for item in self.evidence])

    @cached_property
    def held(self) -> list[PassageTerms]:
        return [passage_terms(item.passage) for item in self.evidence]

    @cached_property
    def wanted(self) -> list[tuple[str, ...]]:
        """The question's terms per candidate, in the candidate's language."""
        return [asked_terms(self._query, item.passage.language) for item in self.evidence]

    @cached_property
    def similar(self) -> Floats:
        return likeness([item.passage for item in self.evidence])

    def leg(self, name: str) -> Floats:
        """The leg's score, min-max among the candidates that it returned."""
        out = np.zeros(len(self.evidence))
        has = np.array([name in item.scores for item in self.evidence], dtype=bool)
        if has.any():
            out[has] = relative([item.scores[name] for item in self.evidence if name in item.scores])
        return out

    def rank(self, name: str) -> Floats:
        ranks = np.array([item.ranks.get(name, 0) for item in self.evidence])
        return np.where(ranks > 0, 1 / np.log2(np.maximum(ranks, 1) + 1), 0.0)

    def each(self, value: Callable[[PassageTerms, tuple[str, ...], Vocabulary], float]) -> Floats:
        """A value per candidate, of what it holds and what is wanted."""
        pairs = zip(self.held, self.wanted, strict=True)
        return np.array([value(held, wanted, self._vocabulary) for held, wanted in pairs], dtype=float)

    def lengths(self) -> Floats:
        return np.array([len(held.terms) for held in self.held], dtype=np.float64)


def signals(pool: Pool, names: Sequence[str]) -> Floats:
    """Shape (candidates, names). A name that is not known (a leg that this job does not have) gives zeros."""
    out = np.zeros((len(pool.evidence), len(names)))
    if not pool.evidence:
        return out
    for column, name in enumerate(names):
        kind, _, leg = name.partition(":")
        if leg:
            out[:, column] = pool.leg(leg) if kind == "score" else pool.rank(leg)
        elif name in _SIGNALS:
            out[:, column] = _SIGNALS[name](pool)
    return out


def signal_names(legs: Sequence[str]) -> tuple[str, ...]:
    """Every signal there is for these legs."""
    return (*(f"score:{leg}" for leg in legs), *(f"rank:{leg}" for leg in legs), *_SIGNALS)


def relative(values: ArrayLike) -> Floats:
    """Values mapped to 0..1 by min-max; all equal map to 1."""
    array = np.array(values, dtype=np.float64)
    if not array.size or (high := array.max()) == (low := array.min()):
        return np.ones(len(array))
    scaled: Floats = (array - low) / (high - low)
    return scaled


# --- the signals ----------------------------------------------------------------------------------------------------


def _agreement(pool: Pool) -> Floats:
    """How far all legs like it at once: the square of the mean root, low where one of them does not know it."""
    legs = sorted({name for item in pool.evidence for name in item.ranks})
    if not legs:
        return np.zeros(len(pool.evidence))
    mean: Floats = np.mean([np.sqrt(pool.leg(name)) for name in legs], axis=0)
    return mean**2


def _coverage(held: PassageTerms, wanted: tuple[str, ...], vocabulary: Vocabulary) -> float:
    return coverage(frozenset(wanted), held.everything(), vocabulary)


def _best_sentence(held: PassageTerms, wanted: tuple[str, ...], vocabulary: Vocabulary) -> float:
    share = covered(frozenset(wanted), vocabulary)
    return max((share(part | held.heading) for part in held.sentences), default=0.0)


def _heading(held: PassageTerms, wanted: tuple[str, ...], vocabulary: Vocabulary) -> float:
    return coverage(frozenset(wanted), held.heading, vocabulary)


def _heading_share(held: PassageTerms, wanted: tuple[str, ...], vocabulary: Vocabulary) -> float:
    """How much of the headings is in the question: a heading about nothing else."""
    return coverage(held.heading, frozenset(wanted), vocabulary)


def _frequency(pool: Pool) -> Floats:
    """BM25 within the pool, as a share of what a passage could reach at most."""
    length = pool.lengths()
    norm = BM25_K1 * (1 - BM25_B + BM25_B * length / max(1.0, float(length.mean())))
    places = iter(norm.tolist())

    def value(held: PassageTerms, wanted: tuple[str, ...], vocabulary: Vocabulary) -> float:
        own, asked = next(places), frozenset(wanted)
        counts = {term: held.terms.count(term) + (term in held.heading) for term in asked}
        gained = sum(vocabulary.idf(term) * count / (count + own) for term, count in counts.items())
        return gained / total if (total := rarity(asked, vocabulary)) else 0.0

    return pool.each(value)


def _proximity(held: PassageTerms, wanted: tuple[str, ...], vocabulary: Vocabulary) -> float:
    """Share of the question's pairs of neighbouring words that stand near one another, rare words counting more."""
    places: dict[str, list[int]] = {}
    asked = frozenset(wanted)
    for place, term in enumerate(held.terms):
        if term in asked:
            places.setdefault(term, []).append(place)
    gained = total = 0.0
    for one, other in pairwise(wanted):
        if one == other:
            continue
        weight = rarity((one, other), vocabulary)
        total += weight
        if one in places and other in places:
            gained += weight * max(0.0, 1 - (_distance(places[one], places[other]) - 1) / _NEAR)
    return gained / total if total else 0.0


def _distance(left: Sequence[int], right: Sequence[int]) -> int:
    """The least distance between a place of one ascending list and a place of another."""
    best, i, j = abs(left[0] - right[0]), 0, 0
    while i < len(left) and j < len(right):
        best = min(best, abs(left[i] - right[j]))
        if left[i] < right[j]:
            i += 1
        else:
            j += 1
    return best


def _length(pool: Pool) -> Floats:
    """Logarithm of the length against the pool's median, -1 to 1."""
    length = np.maximum(pool.lengths(), 1.0)
    out: Floats = np.clip(np.log(length / np.median(length)), -_LONG, _LONG) / _LONG
    return out


def _like_the_first(first: int) -> Callable[[Pool], Floats]:
    def value(pool: Pool) -> Floats:
        """Likeness to the pool's first candidates (itself not counted), min-max over the pool."""
        chosen = (np.arange(len(pool.evidence)) < first).astype(np.float64)
        return relative((pool.similar @ chosen) / np.maximum(chosen.sum() - chosen, 1.0))

    return value


def _neighbours(pool: Pool) -> Floats:
    """What the candidates nearest to it score, min-max over the pool."""
    return relative(shares(pool.similar) @ pool.mixture)


_SIGNALS: Mapping[str, Callable[[Pool], Floats]] = {
    "agreement": _agreement,
    "coverage": lambda pool: pool.each(_coverage),
    "best_sentence": lambda pool: pool.each(_best_sentence),
    "heading": lambda pool: pool.each(_heading),
    "heading_share": lambda pool: pool.each(_heading_share),
    "frequency": _frequency,
    "proximity": lambda pool: pool.each(_proximity),
    "length": _length,
    "like_first_3": _like_the_first(_FEW),
    "like_first_10": _like_the_first(_MANY),
    "neighbours": _neighbours,
}
