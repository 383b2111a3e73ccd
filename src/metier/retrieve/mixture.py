"""Several rankings -> one: a convex combination of min-max normalised scores.

Beat reciprocal-rank fusion by +0.032 nDCG@10 on SciFact and +0.165 on NPL (shared design notes; Bruch et al. 2023,
"An Analysis of Fusion Functions for Hybrid Retrieval"). A passage that a retriever did not return counts as its worst.
"""

from collections.abc import Mapping, Sequence

from metier.types import Evidence, Hit, Passage, Query


class ConvexMixer:
    """Implements stages.Mixer with one weight per retriever, from the release's mixture.json."""

    def __init__(self, weights: Mapping[str, float], per_document: int) -> None:
        """`per_document` caps how many passages of one document are kept, so that one source cannot fill the top."""
        self._weights = dict(weights)
        self._per_document = per_document

    def mix(self, query: Query, rankings: Mapping[str, Sequence[Hit]], k: int) -> list[Evidence]:
        """At most k evidence, best first, ties by passage id; every retriever's score and rank are kept."""
        active = {name: self._weights.get(name, 1.0) for name, hits in rankings.items() if hits}
        total = sum(active.values()) or 1.0
        passages: dict[str, Passage] = {}
        score: dict[str, float] = {}
        scores: dict[str, dict[str, float]] = {}
        ranks: dict[str, dict[str, int]] = {}
        for name, hits in rankings.items():
            for rank, (hit, normal) in enumerate(zip(hits, normalised(hits), strict=True), start=1):
                identity = hit.passage.id
                passages[identity] = hit.passage
                score[identity] = score.get(identity, 0.0) + active[name] / total * normal
                scores.setdefault(identity, {})[name] = hit.score
                ranks.setdefault(identity, {})[name] = rank
        ordered = sorted(passages, key=lambda identity: (-score[identity], identity))
        mixed = [Evidence(passages[item], score[item], scores[item], ranks[item]) for item in ordered]
        return cap_per_document(mixed, self._per_document)[:k]


def normalised(hits: Sequence[Hit]) -> list[float]:
    """Scores mapped to 0..1 by min-max; one hit, or all equal, map to 1."""
    if not hits:
        return []
    high, low = max(hit.score for hit in hits), min(hit.score for hit in hits)
    if high == low:
        return [1.0] * len(hits)
    return [(hit.score - low) / (high - low) for hit in hits]


_COPIES = (
    2  # of a text that stands in several documents: a second one is cited beside the first, more would crowd
)


def cap_per_document(evidence: Sequence[Evidence], most: int) -> list[Evidence]:
    """The evidence in order, without what exceeds `most` passages of one document or _COPIES of one text."""
    number: dict[str, int] = {}
    seen: dict[str, int] = {}
    kept: list[Evidence] = []
    for item in evidence:
        document, text = item.passage.document, " ".join(item.passage.text.split())
        if number.get(document, 0) >= most or seen.get(text, 0) >= _COPIES:
            continue
        number[document] = number.get(document, 0) + 1
        seen[text] = seen.get(text, 0) + 1
        kept.append(item)
    return kept
