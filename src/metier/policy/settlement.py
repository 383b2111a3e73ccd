"""What may leave: supported statements above the release's threshold, or an abstention that helps.

Two decisions, both monotone, so that a statement once sent is never withdrawn: is the question answerable from this
evidence at all (confidence of the draft, known before its first statement), and is this one statement supported.
"""

import dataclasses
from collections.abc import Mapping, Sequence

from metier.types import Abstention, Draft, Evidence, Finding, Outcome, Query, Settled, Statement

_FOUND = 3  # titles named in an abstention
# Confidence of the draft from which an abstention names the page of its likeliest statement: of the example company's questions
# that were held back, it holds the answer of one in four from here on, and of one in ten below (seeds 1 to 3).
_NEAR = 0.2
_WHOM = "Ask the owner of the nearest document, or add a document that answers it."


class ThresholdPolicy:
    """Implements stages.Settlement."""

    def __init__(self, thresholds: Mapping[str, float], customer: bool, contact: str = "") -> None:
        """`thresholds`: least confidence of a draft by kind of generator (`extractive`, `language_model`), and
        `support`, least P(supported) of a statement; `customer` is added to each for the stricter audience."""
        more = thresholds["customer"] if customer else 0.0
        kinds = ("extractive", "language_model")
        self._confidence = {kind: min(1.0, thresholds[kind] + more) for kind in kinds}
        self._support = min(1.0, thresholds["support"] + more)
        self._contact = contact

    def keep(self, statement: Statement, support: float, findings: Sequence[Finding]) -> Statement | None:
        """The statement with its support, or None if it must not leave."""
        return dataclasses.replace(statement, support=support) if support >= self._support else None

    def answerable(self, draft: Draft) -> bool:
        """False if the draft itself doubts too much that it answers the question."""
        kind = draft.generator.partition(":")[0]
        return draft.confidence >= self._confidence[kind]

    def settle(
        self, query: Query, draft: Draft, kept: Sequence[Statement], evidence: Sequence[Evidence]
    ) -> Settled:
        """Answered with the kept statements, or abstained."""
        if kept:
            notes = list(draft.notes)
            cited = {citation.document for item in kept for citation in item.citations}
            uris = {citation.uri for item in kept for citation in item.citations}
            for item in evidence:
                if item.superseded_by in uris:  # both versions are cited: they are compared
                    continue
                if item.superseded_by and item.passage.document in cited:
                    notes.append(f"{item.passage.uri} is not the version in force; see {item.superseded_by}")
            return Settled(Outcome.ANSWERED, tuple(kept), notes=tuple(dict.fromkeys(notes)))
        return Settled(
            Outcome.ABSTAINED, abstention=self._abstention(query, draft, evidence), notes=draft.notes
        )

    def _abstention(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> Abstention:
        titles = dict.fromkeys(item.passage.title for item in evidence)
        reason = draft.reason or "The documents you may see do not say this clearly enough."
        if not evidence:
            reason = "Nothing in the documents you may see speaks of this."
        return Abstention(
            reason=reason,
            found=tuple(list(titles)[:_FOUND]),
            missing=(query.text,),
            next=" ".join(filter(None, (_nearest(draft, evidence), self._contact or _WHOM))),
        )


def _nearest(draft: Draft, evidence: Sequence[Evidence]) -> str:
    """Where to look: the page of the likeliest statement; "" where none is likely."""
    if draft.confidence < _NEAR or not draft.options:
        return ""
    likeliest = max(draft.options, key=lambda option: option.chance).passage
    places = [item.passage for item in evidence if item.passage.id == likeliest]
    return f"Nearest is page {places[0].page} of {places[0].uri}." if places else ""
