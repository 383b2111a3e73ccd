"""Several rankings -> one: a convex combination of min-max normalised scores.

Beat reciprocal-rank fusion by +0.032 nDCG@10 on SciFact and +0.165 on NPL (shared design notes; Bruch et al. 2023,
"An Analysis of Fusion Functions for Hybrid Retrieval"). A passage that a retriever did not return counts as its worst.
Weights come from a release (specialize/mixture.py fits them); release 0's move with how far the documents echo the question
(text/echo.py). Reciprocal ranks are there for comparison and for a cold start without any weights (docs/design/retrieval.md).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from metier.retrieve.copies import Copies
from metier.text.analyze import content_set
from metier.text.echo import ECHO, echoed
from metier.text.neighbours import smoothed, vouching
from metier.text.numbers import has_digit
from metier.text.vocabulary import Vocabulary
from metier.types import Evidence, Hit, Passage, Query

Scale = Callable[[Sequence[Hit]], list[float]]  # one retriever's hits -> what each adds to the mixture, 0-1
Weights = Mapping[str, float]

_BY_WORDS = "keyword"  # the retriever whose first hit tells the echo
BEGUN = "begun"  # among Evidence.scores: the share of all passages that a retriever knows which does not know all yet


@dataclass(frozen=True, slots=True)
class Begun:
    """A retriever that knows a part of the corpus so far: these documents, which hold this share of all passages."""

    retriever: str
    documents: Set[str]
    share: float


@dataclass(frozen=True, slots=True)
class Following:
    """Weights that follow the echo: `first` up to a share of `low`, `last` from `high` on, in between in proportion."""

    low: float
    high: float
    first: Weights
    last: Weights

    def echo(self, share: float) -> float:
        """Where between first (0) and last (1) a question is, the best hit by words holding this share of it."""
        return min(1.0, max(0.0, (share - self.low) / (self.high - self.low)))

    def at(self, echo: float) -> dict[str, float]:
        """The weights there; a retriever that one end does not name counts 1 at that end."""
        names = sorted({*self.first, *self.last})
        first, last = ([end.get(name, 1.0) for name in names] for end in (self.first, self.last))
        return {name: (1 - echo) * a + echo * b for name, a, b in zip(names, first, last, strict=True)}


class ConvexMixer:
    """Implements stages.Mixer with one weight per retriever, from the release's mixture.json."""

    def __init__(
        self,
        weights: Weights,
        per_document: int,
        *,
        classes: Mapping[str, Weights] | None = None,
        scale: Scale | None = None,
        neighbours: float = 0.0,
        collapse: bool = True,
        following: Following | None = None,
        vocabulary: Callable[[], Vocabulary] = Vocabulary,
        begun: Callable[[], Begun | None] = lambda: None,
    ) -> None:
        """`per_document` caps how many passages of one document are kept, so that one source cannot fill the top;
        `classes` holds other weights for some classes of question (`query_class`); `neighbours` (0-1) is how much
        candidates vouch for one another (text/neighbours.py); `collapse` lets near copies of one text count as that
        text; `following` takes the place of all weights, by the rarity of words in `vocabulary`; the retriever that is
        `begun` counts as far as it knows the corpus, and says nothing against documents that it does not know. A
        retriever without a weight counts 1; what only retrievers of weight 0 found comes last."""
        self._weights = dict(weights)
        self._classes = {name: dict(own) for name, own in (classes or {}).items()}
        self._per_document = per_document
        self._scale = scale or normalised
        self._neighbours = neighbours
        self._collapse = collapse
        self._following = following
        self._vocabulary = vocabulary
        self._begun = begun

    def mix(self, query: Query, rankings: Mapping[str, Sequence[Hit]], k: int) -> list[Evidence]:
        """At most k evidence, best first, ties by passage id; every retriever's score and rank are kept, the echo if
        weights follow it, and how much a begun retriever knows."""
        weights, told = self._weigh(query, rankings)
        active = {name: weights.get(name, 1.0) for name, hits in rankings.items() if hits}
        if not any(active.values()):
            # those that are trusted have nothing (not deepened yet): the others speak
            active = dict.fromkeys(active, 1.0)
        if (begun := self._begun()) is not None and begun.retriever in active:
            told = {**told, BEGUN: begun.share}
        else:
            begun = None
        known, unknown = _shares(active, begun)
        passages: dict[str, Passage] = {}
        score: dict[str, float] = {}
        found: dict[str, dict[str, tuple[float, int]]] = {}  # by retriever: score and rank of its passages
        for name in active:
            hits, own = rankings[name], found.setdefault(name, {})
            for rank, (hit, normal) in enumerate(zip(hits, self._scale(hits), strict=True), start=1):
                identity = hit.passage.id
                passages[identity] = hit.passage
                is_known = begun is None or hit.passage.document in begun.documents
                share = known[name] if is_known else unknown[name]
                score[identity] = score.get(identity, 0.0) + share * normal
                own[identity] = hit.score, rank
        if self._neighbours:
            ids = sorted(passages)
            vouch = vouching([passages[identity] for identity in ids])
            moved = smoothed(np.array([score[identity] for identity in ids]), vouch, self._neighbours)
            score = dict(zip(ids, moved.tolist(), strict=True))

        def evidence(identity: str) -> Evidence:
            by = {name: own[identity] for name, own in found.items() if identity in own}
            scores = {**told, **{name: value for name, (value, _) in by.items()}}
            ranks = {name: rank for name, (_, rank) in by.items()}
            return Evidence(passages[identity], score[identity], scores, ranks)

        ordered = sorted(passages, key=lambda identity: (-score[identity], identity))
        mixed = map(evidence, ordered)  # made as far as they are wanted
        return cap_per_document(mixed, self._per_document, collapse=self._collapse, enough=k)

    def _weigh(self, query: Query, rankings: Mapping[str, Sequence[Hit]]) -> tuple[Weights, Weights]:
        """The weights for this question, and the echo by its name if they follow it."""
        if self._following is None:
            own = self._classes.get(query_class(query)) if self._classes else None
            return self._weights if own is None else own, {}
        share = echoed(query, rankings.get(_BY_WORDS, ()), self._vocabulary())
        echo = self._following.echo(share)
        return self._following.at(echo), {ECHO: echo}


def _shares(active: Weights, begun: Begun | None) -> tuple[Weights, Weights]:
    """What each retriever adds to a passage of a document that all of them know, and to one of a document that the begun one
    does not know: shares that sum to 1. A candidate without a vector is weighed by what the others say, as if the begun
    retriever were not there; it is no worse for it, and no better where hardly any document has vectors."""
    rest = {name: weight for name, weight in active.items() if begun is None or name != begun.retriever}
    if rest and not any(rest.values()):
        rest = dict.fromkeys(rest, 1.0)
    if begun is not None:
        active = {name: weight * (1.0 if name in rest else begun.share) for name, weight in active.items()}
    total, others = sum(active.values()), sum(rest.values())
    known = {name: weight / total for name, weight in active.items()}
    return known, {name: rest.get(name, 0.0) / others if others else 0.0 for name in active}


def mixer_of(
    release: Mapping[str, Any],
    vocabulary: Callable[[], Vocabulary],
    collapse: bool = True,
    begun: Callable[[], Begun | None] = lambda: None,
) -> ConvexMixer:
    """The mixer that a release's mixture.json describes; `vocabulary` says how rare words are in the corpus, `begun` which
    retriever knows but a part of it."""
    return ConvexMixer(
        release["weights"],
        release["per_document"],
        classes=release.get("classes"),
        neighbours=release.get("neighbours", 0.0),
        collapse=collapse,
        following=following_of(release),
        vocabulary=vocabulary,
        begun=begun,
    )


def following_of(release: Mapping[str, Any]) -> Following | None:
    """How the weights of a release's mixture.json follow the echo; None where they follow nothing."""
    return Following(**release["follows"]) if "follows" in release else None


# --- what one retriever adds ----------------------------------------------------------------------------------------


def normalised(hits: Sequence[Hit]) -> list[float]:
    """Scores mapped to 0..1 by min-max; one hit, or all equal, map to 1."""
    if not hits:
        return []
    high, low = max(hit.score for hit in hits), min(hit.score for hit in hits)
    if high == low:
        return [1.0] * len(hits)
    return [(hit.score - low) / (high - low) for hit in hits]


_RANK_OFFSET = 60  # Cormack et al. 2009; 20..100 changes little in every published comparison


def reciprocal(hits: Sequence[Hit]) -> list[float]:
    """Reciprocal ranks, the first 1: with these the mixer is reciprocal-rank fusion. Knows ranks, not distances."""
    return [(_RANK_OFFSET + 1) / (_RANK_OFFSET + rank) for rank in range(1, len(hits) + 1)]


# --- kinds of question ----------------------------------------------------------------------------------------------

CLASSES = ("code", "short", "plain")
_SHORT = 4  # words that carry meaning, up to which a question is a few keywords


def query_class(query: Query) -> str:
    """ "code" if the question holds a digit (part numbers, clauses, years), "short" for a few keywords, else "plain"."""
    if has_digit(query.text):
        return "code"
    return "short" if len(content_set(query.text, query.language)) <= _SHORT else "plain"


# --- one source, or one text, cannot fill the top -------------------------------------------------------------------

# of a text that stands in several documents: a second one is cited beside the first, more would crowd
_COPIES = 2


def cap_per_document(
    evidence: Iterable[Evidence], most: int, *, collapse: bool = True, enough: int | None = None
) -> list[Evidence]:
    """The evidence in order, without what exceeds `most` passages of one document or _COPIES of one text, until there
    are `enough`. With `collapse` near copies are one text (retrieve/copies.py), else only equal ones."""
    number: dict[str, int] = {}
    copies = Copies(near=collapse)
    kept: list[Evidence] = []
    for item in evidence:
        if enough is not None and len(kept) >= enough:
            break
        document = item.passage.document
        if number.get(document, 0) >= most or copies.add(item.passage.text) >= _COPIES:
            continue
        number[document] = number.get(document, 0) + 1
        kept.append(item)
    return kept
