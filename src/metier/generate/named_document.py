"""Who asks where a document is ("Where do I find the travel policy?") is shown the document, not a sentence that shares its words.

A document is meant if its title holds every word that the question names it by. Told is its title with what it says first of those
of its sentences that were found, so that a click opens it. Documents that are called otherwise than in the question are not seen.
"""

import re
from collections.abc import Sequence

from metier.generate.candidates import Candidate, citation_of
from metier.text.analyze import content_words
from metier.types import Statement

SURE = 0.9  # that a document is meant whose title holds all the words
_MOST = 3  # documents shown
_LONGEST = 40  # words of the sentence shown with a title
_ASKS = re.compile(
    r"^(?:please )?(?:(?:where|how) (?:can|do|could|would|should) (?:I|we|you|one) (?:find|get|see|read|download|look up)|"
    r"(?:can|could) you (?:show|send|give|open|find) (?:me|us)?|(?:show|send|give|find|open|get)(?: me| us)?|I (?:need|am looking for|'m looking for)|"
    r"(?:a |the )?link to|(?:bitte )?(?:wo (?:finde|bekomme|sehe|lese) (?:ich|man|wir)|wo finden (?:wir|sie)|(?:zeig|gib|schick|öffne|such)e?(?: mir| uns)?|"
    r"(?:zeigen|geben|schicken|öffnen) sie(?: mir| uns)?|ich (?:suche|brauche)|(?:ein |der )?link zu[mr]?))\s+(?P<what>[^?]+?)\s*(?:bitte|please)?\s*[?.!]*$",
    re.IGNORECASE,
)
_IS_WHERE = re.compile(
    r"^(?:where(?:'s| is| are)|wo (?:ist|sind|steht|liegt))\s+(?P<what>[^?]+?)\s*\?*$", re.IGNORECASE
)
# What nobody asks the place of but a document; "where is the assembly point?" asks for a place.
_DOCUMENT = re.compile(
    r"\b(?:polic(?:y|ies)|handbooks?|manuals?|guides?|guidelines?|contracts?|agreements?|reports?|minutes|price lists?|data ?sheets?|forms?|documents?|"
    r"procedures?|codes? of \w+|regulations?|statements?|offers?|directives?|\w*(?:richtlinien?|handb(?:uch|ücher)|anleitung(?:en)?|leitf(?:aden|äden)|vertr(?:ag|äge)|"
    r"berichte?s?|protokolle?|preislisten?|datenbl(?:att|ätter)|formulare?|dokumente?|ordnung(?:en)?|merkbl(?:att|ätter)|angebote?|vereinbarung(?:en)?))\b",
    re.IGNORECASE,
)
_SAYS_NOTHING = frozenset(content_words("the current latest newest valid document file version copy pdf", "en")) | frozenset(
    content_words("die aktuelle neueste gültige Dokument Datei Fassung Version Kopie", "de")
)  # fmt: skip


def named_documents(question: str, language: str, options: Sequence[Candidate]) -> tuple[Statement, ...]:
    """A statement for each document that is asked for, in the order of the options; none if none is."""
    wanted = _name(question, language)
    if not wanted:
        return ()
    first: dict[str, Candidate] = {}
    for item in options:
        title = set(content_words(item.passage.title, item.passage.language))
        if wanted <= title and not item.piece.is_row and len(item.text.split()) <= _LONGEST:
            known = first.get(item.passage.document)
            if known is None or item.piece.start < known.piece.start:
                first[item.passage.document] = item
    current = [item for item in first.values() if not item.evidence.scores.get("superseded")]
    return tuple(
        Statement(f"s{number}", _said(item), (citation_of(item, f"c{number}"),))
        for number, item in enumerate((current or list(first.values()))[:_MOST], start=1)
    )


def _name(question: str, language: str) -> frozenset[str]:
    """The words that the document asked for is called by; none if the question asks for no document."""
    found = _ASKS.match(question)
    if found is None and (found := _IS_WHERE.match(question)) and not _DOCUMENT.search(found["what"]):
        return frozenset()
    return frozenset(content_words(found["what"], language)) - _SAYS_NOTHING if found else frozenset()


def _said(item: Candidate) -> str:
    """The title and the sentence, which may begin with the title."""
    title = item.passage.title
    return item.text if item.text.startswith(title) else f"{title}: {item.text}"
