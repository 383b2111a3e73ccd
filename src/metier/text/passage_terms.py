"""A passage and a question as search terms: what features of the reranker, nearness and the echo of a question count on."""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from metier.text.analyze import terms
from metier.text.sentences import split_sentences
from metier.text.vocabulary import Vocabulary
from metier.types import Passage, Query

_KEPT = 4096  # analysed passages kept in memory, about 20 MB: the same few hundred come up again and again


@dataclass(frozen=True, slots=True)
class PassageTerms:
    """Terms of one passage: in order, by sentence, and of its title and headings."""

    terms: tuple[str, ...]  # of the text alone
    sentences: tuple[frozenset[str], ...]
    heading: frozenset[str]

    def everything(self) -> frozenset[str]:
        """Terms of the text and of its headings."""
        return self.heading.union(self.terms)


def passage_terms(passage: Passage) -> PassageTerms:
    """The passage's terms, in its own language."""
    return _terms_of(passage.text, passage.place, passage.language)


def asked_terms(query: Query, language: str) -> tuple[str, ...]:
    """Terms of the question and of what is searched besides, in order, as a passage of that language would have them."""
    return _terms(" ".join((query.text, *query.rewrites)), language)


def coverage(wanted: Set[str], found: Set[str], vocabulary: Vocabulary) -> float:
    """Share, 0-1, of the wanted terms that are found, rare terms counting more."""
    return rarity(wanted & found, vocabulary) / total if (total := rarity(wanted, vocabulary)) else 0.0


def covered(wanted: frozenset[str], vocabulary: Vocabulary) -> Callable[[Set[str]], float]:
    """`coverage` of these wanted terms by whatever is found, their rarity looked up once."""
    idf = {term: vocabulary.idf(term) for term in wanted}
    total = sum(map(idf.__getitem__, wanted))

    def share(found: Set[str]) -> float:
        return sum(map(idf.__getitem__, wanted & found)) / total if total else 0.0

    return share


def rarity(wanted: Iterable[str], vocabulary: Vocabulary) -> float:
    """Summed idf."""
    return sum(vocabulary.idf(term) for term in wanted)


@lru_cache(maxsize=_KEPT)
def _terms_of(text: str, heading: str, language: str) -> PassageTerms:
    parts = [terms(text[start:end], language) for start, end in split_sentences(text, language)]
    return PassageTerms(
        tuple(chain.from_iterable(parts)),
        tuple(frozenset(part) for part in parts),
        frozenset(terms(heading, language)),
    )


@lru_cache(maxsize=_KEPT)
def _terms(text: str, language: str) -> tuple[str, ...]:
    return tuple(terms(text, language))
