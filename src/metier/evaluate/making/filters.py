"""Which drafts become cases: each filter gives the reason to leave a draft out, or "".

The questions asked of a draft: does its evidence state the answer (round trip)? Does the question hold its answer, so that it
could be guessed with the book closed? Does another place answer it otherwise (uniqueness)? Is what should be unanswerable said
anywhere after all? Has it been asked already in nearly the same words?
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from metier.evaluate.making.kinds import Draft
from metier.evaluate.making.library import Library, Place, key_words
from metier.evaluate.matching import contains_answer
from metier.evaluate.needed import place_of
from metier.settings import Settings
from metier.text.analyze import content_words

_NEARLY = 0.85  # shared words of two questions that are the same question
_TELLING = 3  # words from which a question without its document's name may be understood
_GENERAL = re.compile(
    r"(?:the|der|die|das|ein|eine|a|an) \S+$", re.IGNORECASE
)  # "the product": of which document?

Filter = Callable[[Draft, Library, Settings], str]


def unique(draft: Draft, library: Library) -> Draft:
    """The draft with the shortest question that one place answers: without the document's name if that will do."""
    words = key_words(draft.plain, draft.language) if draft.plain else ()
    if len(words) < _TELLING or _GENERAL.match(draft.about) or _rivals(draft, library, False):
        return draft
    return replace(draft, question=draft.plain)


def _rivals(draft: Draft, library: Library, named: bool) -> list[Place]:
    """Places with all the question's words that do not state the answer; of other documents only if it is not `named`."""
    family = {other for key in draft.documents for other in library.kin(key)}
    return [
        place
        for place in library.together(draft.words)
        if (
            place.document in draft.documents
            if named
            else place.document not in family - set(draft.documents)
        )
        and not _states(place.text, draft)
    ]


def _states(text: str, draft: Draft) -> bool:
    return contains_answer(text, draft.answers, draft.answer_type, 0.0, draft.scale)


def no_round_trip(draft: Draft, library: Library, settings: Settings) -> str:
    """The evidence must stand in its document, and state the answer."""
    texts = {library.documents[key].uri: library.documents[key].text for key in draft.documents}
    if draft.plant:
        texts[draft.plant.uri] = draft.plant.text
    for quote in draft.evidence:
        if place_of(quote.quote, texts[quote.uri]) is None:
            return "its evidence is not in the document"
    if not draft.evidence:
        return ""
    quoted = " ".join(quote.quote for quote in draft.evidence)
    return "" if _states(quoted, draft) else "its evidence does not state the answer"


def guessable(draft: Draft, library: Library, settings: Settings) -> str:
    """The question, or the document's name in it, must not hold the answer (a comparison names both)."""
    if draft.answer_type == "comparison" or not draft.answers:
        return ""
    return "the question holds its answer" if _states(draft.question, draft) else ""


def ambiguous(draft: Draft, library: Library, settings: Settings) -> str:
    """No other place may answer the question otherwise."""
    if draft.kind not in ("answerable", "superseded", "injection"):
        return ""
    if draft.maker in ("two_hop", "comparison", "complete"):
        return "another document has the same title" if _same_title(draft, library) else ""
    named = draft.question != draft.plain and draft.kind != "superseded"
    if named and _same_title(draft, library):
        return "another document has the same title"
    return "another place says it otherwise" if _rivals(draft, library, named) else ""


def _same_title(draft: Draft, library: Library) -> bool:
    """True if another document in force is called so, or has a chapter of that name ("Letter of the management")."""
    titles = {library.documents[key].title for key in draft.documents}
    return any(
        library.named_so(title) - set(draft.documents) - library.replaced_by.keys() for title in titles
    )


def unnamed(draft: Draft, library: Library, settings: Settings) -> str:
    """A document that the question names must have a name people would know it by."""
    if not draft.documents or draft.kind not in ("answerable", "permission", "unanswerable"):
        return ""
    titles = [library.documents[key].title for key in draft.documents]
    told = [title for title in titles if title and title in draft.question]
    return "its document has no telling title" if any(len(content_words(t)) < 1 for t in told) else ""


def answerable_after_all(draft: Draft, library: Library, settings: Settings) -> str:
    """What is to be unanswerable must not have all its words in any one document, nor all but one in one place."""
    if draft.kind != "unanswerable":
        return ""
    if len(draft.words) < 2:
        return "too few words to tell whether something answers it"
    if draft.maker == "removed":
        return "a document may answer it after all" if _left_behind(draft, library) else ""
    if library.in_one_document(draft.words) or _on_the_topic(draft, library):
        return "a document may answer it after all"
    return ""


def _on_the_topic(draft: Draft, library: Library) -> bool:
    """True if a document that speaks of what was put in also speaks of what is asked, or may do so in other words: one of
    the same folder, one in another language, or one with half of the words. Of a table's row: if a document in another language
    speaks of what this one is called after ("Hydrapol 20" and its German manual)."""
    source = library.documents[draft.documents[0]]
    if not draft.put:
        named = key_words(draft.about, draft.language)
        return bool(named) and any(
            named <= library.whole[key]
            for key, other in library.documents.items()
            if other.language != source.language
        )
    topic = draft.words - key_words(draft.put, draft.language)
    folder = _folder(source.uri)
    for key, other in library.documents.items():
        if draft.put.casefold() not in other.text.casefold():
            continue
        if _folder(other.uri) == folder or other.language != source.language:
            return True
        if 2 * len(topic & library.whole[key]) >= len(topic):
            return True
    return False


def _left_behind(draft: Draft, library: Library) -> bool:
    """True if what a removed document says may be read in another one: all words of the question, half of them beside the answer, or
    the answer alone in another language in the same folder."""
    (source,) = draft.documents
    gone, half = library.kin(source), max(1, len(draft.words) // 2)
    if library.in_one_document(draft.words, but=gone):
        return True
    own = library.documents[source]
    for place in library.places:
        other = library.documents[place.document]
        if place.document in gone:
            continue
        is_near = other.language != own.language and _folder(other.uri) == _folder(own.uri)
        if (is_near or len(place.words & draft.words) >= half) and _states(place.text, draft):
            return True
    return False


def _folder(uri: str) -> str:
    return uri.rpartition("/")[0]


def told_elsewhere(draft: Draft, library: Library, settings: Settings) -> str:
    """A secret must not be read in what its asker may see, and must be more than a word anybody says."""
    if draft.kind != "permission":
        return ""
    groups = next(frozenset(user.groups) for user in settings.users if user.id == draft.user)
    half = max(1, len(draft.words) // 2)
    for place in library.places:
        if (
            not library.groups[place.document].isdisjoint(groups)
            and len(place.words & draft.words) >= half
            and _states(place.text, draft)
        ):
            return "a document open to the asker says it, too"
    return ""


def no_conflict(draft: Draft, library: Library, settings: Settings) -> str:
    """Two documents contradict each other only for a question that names neither."""
    if draft.maker != "conflict" or draft.question == draft.plain:
        return ""
    return "asks for one document's word, which another does not contradict"


FILTERS: Mapping[str, Filter] = {
    "round trip": no_round_trip,
    "closed book": guessable,
    "uniqueness": ambiguous,
    "title": unnamed,
    "truly unanswerable": answerable_after_all,
    "truly secret": told_elsewhere,
    "truly contradicted": no_conflict,
}


def reason_against(draft: Draft, library: Library, settings: Settings) -> str:
    """The first reason to leave the draft out, or ""."""
    return next((why for check in FILTERS.values() if (why := check(draft, library, settings))), "")


def is_repeated(draft: Draft, accepted: Sequence[frozenset[str]]) -> bool:
    """True if nearly the same words were asked already."""
    own = frozenset(content_words(draft.question, draft.language))
    return any(len(own & other) >= _NEARLY * len(own | other) for other in accepted)
