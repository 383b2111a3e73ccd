"""What a statement rests on: the text its own citations cover, and the part of it that says the same.

Every check reads the same alignment, so they agree on what was cited. Text that is not cited does not count, however
well it would fit; the document's title and the headings above the passage count as context for words and names,
because a row of a table or a clause says what it is about only there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from metier.text.analyze import content_words
from metier.text.language import detect_language
from metier.text.overlap import bigrams, longest_run
from metier.text.sentences import split_sentences
from metier.types import Citation, Evidence, Statement

NEIGHBOURS = (
    1  # sentences before and after a quote that belong to it: "It", "this period" point one sentence back
)
WIDEST = 3  # sentences of the aligned span; a statement that needs more is a summary of a section


@dataclass(frozen=True, slots=True)
class Alignment:
    """One statement beside its cited text. Shares are 0-1, of the statement's content words (or pairs of them)."""

    statement: str
    language: str
    cited: str  # quotes with their neighbouring sentences, one per line
    context: str  # titles and headings of the cited passages
    span: str  # the part of `cited` that covers the statement best
    words: float  # in the span (or the context)
    pairs: float  # neighbouring pairs of words that are neighbours in the span
    run: float  # longest run of words shared with the span, over the statement's length
    anywhere: float  # in the cited text as a whole
    quoted: float  # in the quotes alone, without neighbours


def align(statement: Statement, evidence: Sequence[Evidence]) -> Alignment:
    """The alignment of one statement; without citations every share is 0."""
    quotes = tuple(citation.quote for citation in statement.citations)
    around = tuple(_with_neighbours(citation, evidence) for citation in statement.citations)
    cited = {citation.document for citation in statement.citations}
    headings = {
        " ".join((item.passage.title, *item.passage.heading_path))
        for item in evidence
        if item.passage.document in cited and any(_covers(item, citation) for citation in statement.citations)
    }
    headings |= {citation.title for citation in statement.citations}
    return _align(statement.text, quotes, around, " ".join(sorted(headings)))


def _covers(item: Evidence, citation: Citation) -> bool:
    passage = item.passage
    return (
        passage.document == citation.document
        and passage.start <= citation.start
        and citation.end <= passage.end
    )


def _with_neighbours(citation: Citation, evidence: Sequence[Evidence]) -> str:
    item = next((item for item in evidence if _covers(item, citation)), None)
    if item is None:
        return citation.quote
    start, end = citation.start - item.passage.start, citation.end - item.passage.start
    text = item.passage.text
    if text[start:end] != citation.quote:
        return citation.quote
    spans = _sentences(text, item.passage.language)
    inside = [index for index, (low, high) in enumerate(spans) if low < end and start < high]
    if not inside:
        return citation.quote
    first, last = max(0, inside[0] - NEIGHBOURS), min(len(spans) - 1, inside[-1] + NEIGHBOURS)
    rows = [text[spans[first][0] : spans[last][1]]]
    if item.passage.kind == "table" and first > 0:  # a cell means nothing without the head of its column
        rows.insert(0, text[slice(*spans[0])])
    return "\n".join(rows)


@lru_cache(maxsize=1024)
def _sentences(text: str, language: str) -> tuple[tuple[int, int], ...]:
    return tuple(split_sentences(text, language))


@lru_cache(maxsize=1024)
def _align(text: str, quotes: tuple[str, ...], around: tuple[str, ...], context: str) -> Alignment:
    cited = "\n\n".join(around)
    language = detect_language(text) or detect_language(cited) or "en"
    words = content_words(text, language)
    if not quotes or not cited.strip():
        return Alignment(text, language, "", context, "", 0.0, 0.0, 0.0, 0.0, 0.0)
    heading_words = set(content_words(context, language))
    pieces = [cited[start:end] for start, end in _sentences(cited, language)]
    tokens = [content_words(piece, language) for piece in pieces]
    best = _best_span(words, tokens, heading_words)
    span = pieces[best[0] : best[1]]
    span_words = [token for piece in tokens[best[0] : best[1]] for token in piece]
    pairs = set(bigrams(span_words))
    asked = bigrams(words)
    return Alignment(
        statement=text,
        language=language,
        cited=cited,
        context=context,
        span="\n".join(span),
        words=_share(words, set(span_words) | heading_words),
        pairs=sum(pair in pairs for pair in asked) / len(asked) if asked else 1.0,
        run=longest_run(words, span_words) / len(words) if words else 1.0,
        anywhere=_share(words, {token for piece in tokens for token in piece} | heading_words),
        quoted=_share(words, set(content_words("\n".join(quotes), language)) | heading_words),
    )


def _best_span(words: Sequence[str], tokens: Sequence[Sequence[str]], context: set[str]) -> tuple[int, int]:
    """The window of up to WIDEST sentences that holds most of the words; of equal ones the shortest, then the first."""
    best, best_score = (0, 1), -1.0
    for width in range(1, min(WIDEST, len(tokens)) + 1):
        for first in range(len(tokens) - width + 1):
            known = {token for piece in tokens[first : first + width] for token in piece} | context
            score = _share(words, known)
            # a further sentence must bring at least one word in twenty, or it only brings noise
            if score > best_score + (0.05 if width > best[1] - best[0] else 0.0):
                best, best_score = (first, first + width), score
    return best


def _share(words: Sequence[str], known: set[str]) -> float:
    return sum(word in known for word in words) / len(words) if words else 1.0
