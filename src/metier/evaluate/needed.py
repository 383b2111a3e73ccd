"""What a right answer needs, looked for in the workspace: is the gold evidence received, read, cut into passages, open to
the asker? By its words, since a case holds quotes.

A quote counts as read if 8 in 10 of its words, and all its figures, stand close together in what was read. A case without
evidence is looked for by asking for question and answer together.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from metier.evaluate.grade import contains
from metier.evaluate.matching import fold
from metier.flow.answering import Answering
from metier.flow.finding import find
from metier.settings import Settings
from metier.text.analyze import content_words
from metier.types import Access, Case, Entry, EvidenceQuote, Passage, State

READ = 0.8  # of a quote's words; a cell that another engine reads into the row costs one or two words in ten
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_NOT_YET = (State.RECEIVED, State.IN_FLIGHT, State.PARSED, State.INDEXED)

Standing = Literal["absent", "closed", "unread", "lost", "uncut", "there"]


class Corpus(Protocol):
    """What attribution needs of an open workspace; `metier.system.System` has it."""

    @property
    def settings(self) -> Settings: ...

    def journey(self) -> Answering: ...

    def passages(self, user: str | None, document_id: str) -> list[Passage]: ...


@dataclass(frozen=True, slots=True)
class Needed:
    """One piece of evidence and how far it came: absent (no such document), closed (to the asker), unread (received, but not
    read), lost (its document was read, without it), uncut (read, but in no passage), or there, in these passages."""

    uri: str
    quote: str
    standing: Standing
    passages: tuple[Passage, ...] = ()
    why: str = ""


def needed(case: Case, corpus: Corpus, access: Access) -> list[Needed]:
    """All pieces that the case's answer rests on; for a case without evidence what states the answer, or one that is absent."""
    if not case.evidence:
        return [_by_search(case, corpus.journey(), access)]
    return [_piece(quote, corpus, access) for quote in case.evidence]


def _piece(quote: EvidenceQuote, corpus: Corpus, access: Access) -> Needed:
    parts = corpus.journey()
    entries = parts.ledger.entries(uri=quote.uri)
    live = next((item for item in entries if item.id in parts.ledger.live()), None)
    if live is None:
        return _not_live(quote, entries)
    if not access.allows(parts.groups_of(quote.uri)):
        return Needed(quote.uri, quote.quote, "closed", why=f"{access.principal} may not see {quote.uri}")
    document = parts.documents.document(live.id)
    if document is None or (place := place_of(quote.quote, document.text)) is None:
        return Needed(quote.uri, quote.quote, "lost", why=f"{quote.uri} was read without these words")
    start, end = place
    inside = [
        item
        for item in corpus.passages(access.principal, live.id)
        if 2 * (min(end, item.end) - max(start, item.start)) >= end - start
        and place_of(quote.quote[:400], item.text, 0.5)
    ]
    if not inside:
        why = f"{quote.uri}: the words were read, but stand in no passage"
        return Needed(quote.uri, quote.quote, "uncut", why=why)
    return Needed(quote.uri, quote.quote, "there", tuple(inside))


def _not_live(quote: EvidenceQuote, entries: Sequence[Entry]) -> Needed:
    for entry in entries:
        if entry.state is State.QUARANTINED:
            why = f"{quote.uri} could not be read: {entry.reason}: {entry.detail}"
            return Needed(quote.uri, quote.quote, "unread", why=why)
        if entry.state in _NOT_YET:
            return Needed(quote.uri, quote.quote, "unread", why=f"{quote.uri} is {entry.state}, not yet live")
    return Needed(quote.uri, quote.quote, "absent", why=f"there is no {quote.uri} in the workspace")


def _by_search(case: Case, parts: Answering, access: Access) -> Needed:
    """The passages that state the answer and share a word with the question, found by question and answer together."""
    answer = case.answers[0] if case.answers else ""
    found = find(parts, f"{case.question} {answer}", access)
    passages = {hit.passage.id: hit.passage for hits in found.rankings.values() for hit in hits}
    asked = set(content_words(case.question, ""))
    stating = tuple(
        item
        for item in passages.values()
        if contains(item.text, case) and asked & set(content_words(item.text, ""))
    )
    if stating:
        return Needed(stating[0].uri, answer, "there", stating)
    return Needed("", answer, "absent", why="no passage states the answer")


def place_of(quote: str, text: str, least: float = READ) -> tuple[int, int] | None:
    """Where the words of the quote stand closest together in the text, or None if too few of them do, or a figure lacks."""
    words = [fold(word) for word in _WORD.findall(quote)]
    if not words:
        return None
    wanted = Counter(words)
    spans = [match.span() for match in _WORD.finditer(text)]
    known: dict[str, str] = {}
    said = [known.setdefault(raw, fold(raw)) for raw in (text[start:end] for start, end in spans)]
    wide = len(words) + len(words) // 2 + 2
    best = _closest(said, wanted, wide)
    if best is None or best[0] < least * len(words):
        return None
    _, first, last = best
    there = Counter(said[first : last + 1])
    if any(there[word] < count for word, count in wanted.items() if word[0].isdigit()):
        return None
    return spans[first][0], spans[last][1]


def _closest(said: Sequence[str], wanted: Mapping[str, int], wide: int) -> tuple[int, int, int] | None:
    """(shared words, first, last word) of the window of at most `wide` words that shares most, the first and shortest of them."""
    inside: Counter[str] = Counter()
    shared, start = 0, 0
    best: tuple[int, int, int] | None = None
    for end, word in enumerate(said):
        inside[word] += 1
        shared += inside[word] <= wanted.get(word, 0)
        # A word that is not wanted, or is there more often than wanted, is no loss at the left end.
        while end - start >= wide or inside[said[start]] > wanted.get(said[start], 0):
            shared -= inside[said[start]] <= wanted.get(said[start], 0)
            inside[said[start]] -= 1
            start += 1
            if start > end:
                break
        if start <= end and (best is None or (shared, start - end) > (best[0], best[1] - best[2])):
            best = (shared, start, end)
    return best
