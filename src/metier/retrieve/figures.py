"""Figures whose descriptions speak of what is asked: which to show beside an answer, and the passages they stand in.

A description is somebody's words about a picture. It is searched here and nowhere else: what is handed on to be read for an answer are
passages of documents, in the documents' words. Knows no synonyms, and the threshold is set by hand: nothing was fitted.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from metier.retrieve.visible import Live
from metier.text.analyze import terms
from metier.text.passage_terms import asked_terms, coverage
from metier.text.vocabulary import Vocabulary
from metier.types import Access, DescribedFigure, FoundFigure, Passage, Query

_TELLS = 0.6  # least share of the question's terms, rare ones counting more, that title, caption and description hold
_SHOWN = 3  # figures beside one answer

Described = Mapping[str, DescribedFigure]


class FigureSearch:
    """Finds described figures; safe to share between threads."""

    def __init__(
        self,
        described: Callable[[], Described],
        live: Live,
        groups_of: Callable[[str], tuple[str, ...]],
        passages_of: Callable[[str, Access], Sequence[Passage]],
        vocabulary: Callable[[], Vocabulary],
    ) -> None:
        """`groups_of` says who may see a uri at this moment; `described` gives the same object until something is added."""
        self._described, self._live, self._groups_of = described, live, groups_of
        self._passages_of, self._vocabulary = passages_of, vocabulary
        self._lock = threading.Lock()
        self._counted: tuple[Described | None, dict[str, frozenset[str]], dict[str, list[str]]] = (
            None,
            {},
            {},
        )

    def find(self, query: Query, access: Access) -> list[FoundFigure]:
        """At most three figures of live documents that the asker may see, best first, ties by id."""
        described = self._described()
        if not described:
            return []
        held, places = self._index(described)
        asked = {language: frozenset(asked_terms(query, language)) for language in self._languages(described)}
        wanted = frozenset().union(*asked.values())
        near = {identity for term in wanted for identity in places.get(term, ())}
        live, vocabulary = self._live(), self._vocabulary()
        rated: list[tuple[float, str]] = []
        for identity in near:
            item = described[identity]
            document = item.figure.document
            if document not in live or not access.allows(self._groups_of(item.uri)):
                continue
            if not access.reads(document):
                continue
            if query.within and document != query.within:
                continue
            share = coverage(asked[item.language], held[identity], vocabulary)
            if share >= _TELLS:
                rated.append((-share, identity))
        best = [described[identity] for _, identity in sorted(rated)[:_SHOWN]]
        return [FoundFigure(item, self._passage(item, access)) for item in best]

    def _languages(self, described: Described) -> set[str]:
        return {item.language for item in described.values()}

    def _passage(self, item: DescribedFigure, access: Access) -> Passage | None:
        """The passage that the figure stands in, else the first of its page."""
        figure = item.figure
        found = self._passages_of(figure.document, access)
        here = [passage for passage in found if passage.start <= figure.start < passage.end]
        beside = [passage for passage in found if passage.page == figure.box.page]
        return next(iter((*here, *beside)), None)

    def _index(self, described: Described) -> tuple[dict[str, frozenset[str]], dict[str, list[str]]]:
        """Terms of each figure, and the figures of each term; only what was added is analysed."""
        with self._lock:
            known, held, places = self._counted
            if known is not described:
                fresh = {identity: held.get(identity) or _terms(item) for identity, item in described.items()}
                again: dict[str, list[str]] = defaultdict(list)
                for identity, found in fresh.items():
                    for term in found:
                        again[term].append(identity)
                held, places = fresh, dict(again)
                self._counted = (described, held, places)
            return held, places


def _terms(item: DescribedFigure) -> frozenset[str]:
    return frozenset(terms(" ".join((item.title, item.figure.caption, item.description)), item.language))
