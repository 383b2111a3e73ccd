"""A retriever that answers a question asked before from memory: for trying many releases on the same questions."""

from typing import Any

from metier.stages import Retriever
from metier.types import Access, Hit, Query


class Remembering:
    """Implements stages.Retriever. Knows nothing of new documents: use it while nothing is ingested."""

    def __init__(self, leg: Retriever, known: dict[Any, Any], settings: str = "") -> None:
        """`known` may be shared between retrievers and threads; access is part of what is remembered, and so are the `settings` by
        which legs of one name search otherwise."""
        self._settings = settings
        self._leg = leg
        self._known = known

    @property
    def name(self) -> str:
        return self._leg.name

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        """As the retriever inside."""
        key = (self.name, self._settings, query, access, k)
        if key not in self._known:
            self._known[key] = tuple(self._leg.retrieve(query, access, k))
        return list(self._known[key])
