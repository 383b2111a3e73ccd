"""Passages vouch for one another: a candidate whose nearest candidates score high rises (score regularisation).

Documents that answer one question resemble one another (van Rijsbergen's cluster hypothesis; Diaz 2005, "Regularizing Ad
Hoc Retrieval Scores"). Where a question has many relevant passages this gains much, where it has one it only costs, so
its strength is fitted per job and 0 until then. Nearness is the cosine of TF-IDF vectors whose rarity is counted among
the candidates: what all of them share is the question itself and tells nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import count

import numpy as np
from numpy.typing import NDArray

from metier.text.passage_terms import PassageTerms, passage_terms
from metier.types import Passage

Floats = NDArray[np.float64]

NEAREST = 5  # candidates that vouch for one; 3, 5 and 8 were within .006 of one another, 10 and 20 below 5 by .007 and more


def vouching(passages: Sequence[Passage], nearest: int = NEAREST) -> Floats:
    """Shape (n, n): how much of each candidate's second opinion comes from each other one; rows sum to 1, or to 0 where
    no other candidate shares a word."""
    return shares(likeness(passages), nearest)


def shares(similar: Floats, nearest: int = NEAREST) -> Floats:
    """`vouching` of candidates whose likeness is known already."""
    n = len(similar)
    if n < 2:
        return np.zeros((n, n))
    # The nearest few by similarity, ties by place, so that a rerun gives the same.
    order = np.argsort(-similar, axis=1, kind="stable")[:, : min(nearest, n - 1)]
    kept = np.zeros_like(similar)
    rows = np.arange(n)[:, None]
    kept[rows, order] = similar[rows, order]
    total = kept.sum(axis=1, keepdims=True)
    share: Floats = np.divide(kept, total, out=np.zeros_like(kept), where=total > 0)
    return share


def smoothed(scores: Floats, vouch: Floats, strength: float) -> Floats:
    """Scores, shape (n,) or (n, columns), each moved by `strength` (0-1) towards what its neighbours score."""
    moved: Floats = (1 - strength) * scores + strength * (vouch @ scores)
    return moved


def likeness(passages: Sequence[Passage]) -> Floats:
    """Shape (n, n): cosine of the candidates' TF-IDF vectors, rarity counted among them; 0 on the diagonal."""
    bags = [_bag(passage_terms(passage)) for passage in passages]
    if not bags:
        return np.zeros((0, 0))
    number: dict[str, int] = defaultdict(count().__next__)  # of a term, in the order of the candidates
    columns = np.array([number[term] for names, _ in bags for term in names], dtype=np.int64)
    weights = np.concatenate([weight for _, weight in bags])
    rows = np.repeat(np.arange(len(bags)), [len(names) for names, _ in bags])
    seen = np.bincount(columns, minlength=len(number))
    weights = weights * np.log(1 + (len(bags) - seen + 0.5) / (seen + 0.5))[columns]
    length = np.sqrt(np.bincount(rows, weights=weights**2, minlength=len(bags)))
    # A term of one candidate alone adds to that one's length only: without it the matrix is a third as wide.
    shared = seen[columns] > 1
    place = np.cumsum(seen > 1) - 1
    matrix = np.zeros((len(bags), int((seen > 1).sum())), dtype=np.float32)
    matrix[rows[shared], place[columns[shared]]] = weights[shared] / length[rows[shared]]
    similar: Floats = (matrix @ matrix.T).astype(np.float64)
    np.fill_diagonal(similar, 0.0)
    return similar


@lru_cache(
    maxsize=4096
)  # as many passages as have their terms kept: the same passages come up again and again
def _bag(held: PassageTerms) -> tuple[tuple[str, ...], Floats]:
    """The passage's terms, its headings' with them, and how often each occurs, as a logarithm."""
    counts = Counter(held.terms)
    counts.update(sorted(held.heading))
    return tuple(counts), np.log1p(np.array(list(counts.values()), dtype=np.float64))
