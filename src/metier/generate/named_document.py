"""Who asks for a whole document is not answered with a sentence that shares its words.

"Where do I find the travel policy?" is shown the document: its title with what it says first of those of its sentences that were
found, so that a click opens it. "Summarise the travel policy" gets the first sentence under each of its headings, in its order, of
what was found. A document is meant if its title holds every word that the question names it by; what is called otherwise is not seen.
"""

import re
from collections.abc import Sequence

from metier.generate.candidates import Candidate, is_sentence
from metier.text.analyze import content_set
from metier.types import Statement

SURE = 0.9  # that a document is meant whose title holds all the words
_MOST = 3  # documents shown
_POINTS = 6  # sentences of a summary
_FEWEST_POINTS = 2  # with fewer it is none
_LONGEST = 40  # words of the sentence shown with a title
_ASKS = re.compile(
    r"^(?:please )?(?:(?:where|how) (?:can|do|could|would|should) (?:I|we|you|one) (?:find|get|see|read|download|look up)|"
    r"(?:can|could) you (?:show|send|give|open|find) (?:me|us)?|(?:show|send|give|find|open|get)(?: me| us)?|I (?:need|am looking for|'m looking for)|"
    r"(?:a |the )?link to|(?:bitte )?(?:wo (?:finde|bekomme|sehe|lese) (?:ich|man|wir)|wo finden (?:wir|sie)|(?:zeig|gib|schick|öffne|such)e?(?: mir| uns)?|"
    r"(?:zeigen|geben|schicken|öffnen) sie(?: mir| uns)?|ich (?:suche|brauche)|(?:ein |der )?link zu[mr]?))\s+(?P<what>[^?]+?)\s*(?:bitte|please)?\s*[?.!]*$",
    re.IGNORECASE,
)
_SUMS_UP = re.compile(
    r"^(?:(?:please |can you |could you )?(?:summari[sz]e|sum up|outline)|(?:please )?(?:give|write|show)(?: me| us)? (?:a |an |the )?(?:short |brief )?(?:summary|overview) of|"
    r"(?:a |the )?(?:short |brief )?(?:summary|overview|main points|key points) of|what (?:are|is) the (?:main|key|most important) (?:points?|contents?) (?:of|in)|"
    r"(?:bitte )?(?:fasse?|fassen sie)(?: mir)?|(?:eine )?(?:kurze )?(?:zusammenfassung|übersicht|überblick) (?:über|von|der|des|zu[mr]?)|"
    r"(?:gib|geben sie)(?: mir| uns)? (?:eine |einen )?(?:kurze[nr]? )?(?:zusammenfassung|übersicht|überblick) (?:über|von|der|des|zu[mr]?)|worum geht es in|was steht in)"
    r"\s+(?P<what>[^?]+?)\s*(?:zusammen)?\s*(?:bitte|please)?\s*[?.!]*$|^what (?:is|are) (?P<about>[^?]+?) about\s*\?*$",
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
_SAYS_NOTHING = content_set(
    "the current latest newest valid document file version copy pdf", "en"
) | content_set("die aktuelle neueste gültige Dokument Datei Fassung Version Kopie", "de")


def named_documents(question: str, language: str, options: Sequence[Candidate]) -> tuple[Statement, ...]:
    """A statement for each document that is asked for, in the order of the options; none if none is."""
    found = _ASKS.match(question)
    if found is None and (found := _IS_WHERE.match(question)) and not _DOCUMENT.search(found["what"]):
        return ()
    documents = _called(found["what"] if found else "", language, options)
    firsts = [min(own, key=lambda item: item.piece.start) for own in documents[:_MOST]]
    return _quoted([(item, _said(item)) for item in firsts])


def summary(question: str, language: str, options: Sequence[Candidate]) -> tuple[Statement, ...]:
    """A sentence from under each heading of the document that is to be summed up; none if that is not asked, or too little of it
    was found."""
    found = _SUMS_UP.match(question)
    documents = _called((found["what"] or found["about"]) if found else "", language, options)
    # of several the one that has least in its title besides what it is called by
    own = min(documents, key=lambda own: len(own[0].passage.title.split()), default=[])
    under: dict[tuple[str, ...], Candidate] = {}
    for item in sorted(own, key=lambda item: item.piece.start):
        if is_sentence(item):  # headings and running lines do not
            under.setdefault(item.passage.heading_path, item)
    points = list(under.values())[:_POINTS]
    return _quoted([(item, item.text) for item in points]) if len(points) >= _FEWEST_POINTS else ()


def _called(what: str, language: str, options: Sequence[Candidate]) -> list[list[Candidate]]:
    """The sentences of each document whose title holds all the words, those in force if there are any."""
    wanted = content_set(what, language) - _SAYS_NOTHING
    documents: dict[str, list[Candidate]] = {}
    for item in options if wanted else ():
        is_text = not item.is_row and len(item.text.split()) <= _LONGEST
        if is_text and wanted <= content_set(item.passage.title, item.language):
            documents.setdefault(item.passage.document, []).append(item)
    current = [own for own in documents.values() if not own[0].is_outdated]
    return current or list(documents.values())


def _quoted(said: Sequence[tuple[Candidate, str]]) -> tuple[Statement, ...]:
    return tuple(
        Statement(f"s{number}", text, (item.cite(f"c{number}"),))
        for number, (item, text) in enumerate(said, start=1)
    )


def _said(item: Candidate) -> str:
    """The title and the sentence, which may begin with the title."""
    title = item.passage.title
    return item.text if item.text.startswith(title) else f"{title}: {item.text}"
