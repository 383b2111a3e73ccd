"""How far the documents echo a question: the share of it that the first hit of the search by words holds, rare words counting more.

Who asks about documents that he has in mind uses their words; who has a need describes it in his own. On the example company the
first hit by words holds a third of the question (median), on the judged collections two thirds. It is known of every question
before anything is mixed, without a label, and says how far words are to be believed (docs/design/retrieval.md). It is of the hits that
the asker may see and of nothing else but how rare words are in the corpus. It does not know whether the hit answers.
"""

from collections.abc import Sequence

from metier.text.passage_terms import asked_terms, coverage, passage_terms
from metier.text.vocabulary import Vocabulary
from metier.types import Evidence, Hit, Query

ECHO = "echo"  # in Evidence.scores: 0-1, the same for all candidates of a question; what the mixer found and the reranker follows


def echoed(query: Query, by_words: Sequence[Hit], vocabulary: Vocabulary) -> float:
    """The share, 0-1, of the question that the first of these hits holds; 0 where there is none."""
    if not by_words:
        return 0.0
    first = by_words[0].passage
    wanted = frozenset(asked_terms(query, first.language))
    return coverage(wanted, passage_terms(first).everything(), vocabulary)


def echo_of(evidence: Sequence[Evidence]) -> float:
    """The echo that the mixer found for the question of this evidence; 0 where its weights follow nothing."""
    return evidence[0].scores.get(ECHO, 0.0) if evidence else 0.0
