"""The examples of a release's prompt, for one asker: read from the documents that are live now and that the asker may see."""

from collections.abc import Callable, Mapping
from itertools import islice

from metier.generate.shots import NOT_FOUND, SHOWN, JobExample, JobPrompt, Place, Shot
from metier.stages import DocumentStore
from metier.text.suspicion import suspicions
from metier.types import Access, Entry


class Shots:
    """Safe to share between threads: a document never changes under its id."""

    def __init__(
        self,
        prompt: JobPrompt,
        live: Callable[[], Mapping[str, Entry]],
        groups_of: Callable[[str], tuple[str, ...]],
        documents: DocumentStore,
    ) -> None:
        """`groups_of`: uri -> who may see it, by the rules as they are now."""
        self._prompt = prompt
        self._live = live
        self._groups_of = groups_of
        self._documents = documents
        self._texts: dict[Place, str] = {}

    def shown_to(self, access: Access) -> tuple[Shot, ...]:
        """The first few that the asker may read whole; one of which any place is closed to them is not there at all."""
        found = (self._shot(one, access) for one in self._prompt.examples if one.may_be_read(access))
        shown = tuple(islice((shot for shot in found if shot is not None), SHOWN))
        # a small model does what it saw last, so a silent example never stands alone
        return shown if shown and shown[-1].answer != NOT_FOUND else ()

    def _shot(self, example: JobExample, access: Access) -> Shot | None:
        live = self._live()
        passages = []
        for place in example.places:
            entry = live.get(place.document)
            if entry is None or not access.allows(self._groups_of(entry.uri)):
                return None
            text, title = self._text(place), entry.title or entry.uri
            if not text.strip() or suspicions(text) or suspicions(title):
                return None
            passages.append((title, text))
        return Shot(example.question, example.answer, tuple(passages))

    def _text(self, place: Place) -> str:
        if place not in self._texts:
            document = self._documents.document(place.document)
            self._texts[place] = "" if document is None else document.text[place.start : place.end]
        return self._texts[place]
