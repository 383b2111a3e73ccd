"""A release tried on questions, with nothing stored."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from metier.flow.answer import rehearse
from metier.flow.answering import Answering
from metier.flow.finding import Found, find
from metier.generate.extractive import ExtractiveGenerator
from metier.generate.ranking import Considered
from metier.generate.whole import Whole
from metier.stages import Space
from metier.store.release_parts import ADAPTER, EXPANSION
from metier.text.vocabulary import Vocabulary
from metier.types import Access, Evidence, Filter, Hit, Passage, Query, Trace, Turn


class Trial:
    """One release, asked as the people of the workspace; nothing is stored. Safe to share between threads."""

    def __init__(
        self,
        parts: Answering,
        extractive: ExtractiveGenerator,
        access: Callable[[str | None], Access],
        vocabulary: Callable[[], Vocabulary],
        spaces: Mapping[str, Space],
        read: Callable[[str, Access], Sequence[Passage]],
    ) -> None:
        self._parts = parts
        self._extractive = extractive
        self._access = access
        self._vocabulary = vocabulary
        self._spaces = spaces
        self._read = read

    def find(
        self, question: str, user: str, history: Sequence[Turn] = (), filter: Filter | None = None
    ) -> Found:
        """What is found. Raises UserError for an unknown user."""
        return find(self._parts, question, self._access(user), history, filter)

    def consider(self, found: Found) -> tuple[Considered, ...]:
        """The candidates as each look of the extractive policy sees them; none if it is answered part by part."""
        return self._extractive.consider(found.query, found.evidence)

    def whole(self, found: Found) -> Whole | None:
        """The whole answers that the extractive policy could give; None where there is none."""
        return self._extractive.whole(found.query, found.evidence)

    def access(self, user: str) -> Access:
        """What the person may see. Raises UserError for an unknown user."""
        return self._access(user)

    def spaces(self) -> Mapping[str, Space]:
        """The dense legs by name, as no release moves them."""
        return self._spaces

    def read(self, uri: str, access: Access) -> Sequence[Passage]:
        """The passages of a document, if the asker may see it."""
        return self._read(uri, access)

    @property
    def wide(self) -> int:
        """Passages of the mixture that the reranker orders."""
        return self._parts.wide

    def vocabulary(self) -> Vocabulary:
        """What the reranker counts the rarity of words by."""
        return self._vocabulary()

    def search(self, query: Query, access: Access) -> dict[str, list[Hit]]:
        """What each retriever finds, as whoever has this access."""
        return {leg.name: leg.retrieve(query, access, self._parts.wide) for leg in self._parts.retrievers}

    def mix(self, query: Query, rankings: Mapping[str, Sequence[Hit]], k: int) -> list[Evidence]:
        """The release's mixture of what the retrievers found."""
        return self._parts.mixer.mix(query, rankings, k)

    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        """The release's order of what was mixed."""
        return self._parts.reranker.rerank(query, evidence, k)

    def answer(
        self, question: str, user: str | None, history: Sequence[Turn] = (), filter: Filter | None = None
    ) -> Trace:
        """What would be answered. Raises UserError for an unknown user."""
        return rehearse(self._parts, question, self._access(user), history, filter)


def searched_by(parts: Mapping[str, Mapping[str, Any]], leg: str) -> str:
    """The same for releases by which the retriever of that name searches alike; "" where no release moves it."""
    part = parts.get(EXPANSION) if leg == "keyword" else parts.get(ADAPTER, {}).get("legs", {}).get(leg)
    return "" if part is None else hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()
