"""A release tried on questions, with nothing stored."""

from collections.abc import Callable, Mapping, Sequence

from metier.flow.answer import rehearse
from metier.flow.answering import Answering
from metier.flow.finding import Found, find
from metier.generate.extractive import ExtractiveGenerator
from metier.generate.ranking import Considered
from metier.generate.whole import Whole
from metier.text.vocabulary import Vocabulary
from metier.types import Access, Evidence, Filter, Hit, Query, Trace, Turn


class Trial:
    """One release, asked as the people of the workspace; nothing is stored. Safe to share between threads."""

    def __init__(
        self,
        parts: Answering,
        extractive: ExtractiveGenerator,
        access: Callable[[str | None], Access],
        vocabulary: Callable[[], Vocabulary],
    ) -> None:
        self._parts = parts
        self._extractive = extractive
        self._access = access
        self._vocabulary = vocabulary

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
