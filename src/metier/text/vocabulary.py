"""How rare a term is in the corpus: what tells the word that matters in a question from the one that does not."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# Of BM25 (Robertson and Zaragoza 2009): how fast a term's further occurrences count less, how much a long text counts less.
# Lance's own, so that all engines rank alike.
BM25_K1, BM25_B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Passage counts of terms; `passages` is how many passages were counted."""

    passages: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    def idf(self, term: str) -> float:
        """Inverse passage frequency, > 0, largest for unseen terms (Robertson and Sparck Jones 1976, as in BM25)."""
        seen = self.counts.get(term, 0)
        return math.log(1 + (self.passages - seen + 0.5) / (seen + 0.5))

    def __contains__(self, term: object) -> bool:
        return term in self.counts


def count_terms(passages: Iterable[str]) -> Vocabulary:
    """The vocabulary of passages given as space-separated terms."""
    lines = [set(line.split()) for line in passages]
    return Vocabulary(len(lines), Counter(term for line in lines for term in line))
