"""What a statement rests on: the text its own citations cover, and the part of it that says the same.

Every check reads the same alignment, so they agree on what was cited. Text that is not cited does not count, however
well it would fit; the document's title and the headings above the passage count as context for words and names,
because a row of a table or a clause says what it is about only there. What rests on rows of a table alone is held against
these rows (rows.py), where order and neighbours of words mean nothing: the share of content words stands for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from metier.text.analyze import content_words, stem
from metier.text.arithmetic import without_calculations
from metier.text.clauses import clauses
from metier.text.dates import dates
from metier.text.language import detect_language
from metier.text.overlap import bigrams, common_subsequence
from metier.text.quantities import number_word
from metier.text.restated import with_quarters
from metier.text.sentences import LIST_ITEM, split_sentences
from metier.text.statements import column_heads, holding
from metier.text.units import UNITS
from metier.types import Citation, Evidence, Finding, Statement
from metier.verify.paired import IN_ORDER
from metier.verify.rows import CitedRow, cited_rows, line_above

# sentences before and after a quote that belong to it: "It", "this period" point one sentence back
NEIGHBOURS = 1
# words of a span whose order is compared: longer ones are tables, and the cost is words x words
LONGEST = 400
WIDEST = 3  # sentences of the aligned span; a statement that needs more is a summary of a section
_FURTHER = 0.05  # a further sentence must bring at least one word in twenty, or it only brings noise


@dataclass(frozen=True, slots=True)
class Alignment:
    """One statement beside its cited text. Shares are 0-1, of the statement's content words (or pairs of them)."""

    statement: str
    language: str
    cited: str  # quotes with their neighbouring sentences, one per line
    context: str  # titles and headings of the cited passages
    span: str  # the part of `cited` that covers the statement best
    closest: str  # the one sentence to compare with: of the span, or the span itself if no sentence is nearly as good
    words: float  # content words in the span (or the context)
    tokens: float  # words of any kind in the span (or the context)
    order: float  # longest sequence of words in the same order as in the span, gaps allowed
    pairs: float  # neighbouring pairs of content words that are neighbours in the span
    anywhere: float  # content words in the cited text as a whole
    novel: int  # how many words of any kind (of a row: content words) stand neither in the span nor in the context
    rows: tuple[CitedRow, ...] = ()  # what is cited, where it is rows of a table alone
    parts: tuple[tuple[str, str], ...] = ()  # clauses, each with its sentence, where these are several


def align(statement: Statement, evidence: Sequence[Evidence]) -> Alignment:
    """The alignment of one statement; without citations every share is 0."""
    quotes = tuple(citation.quote for citation in statement.citations)
    rows = cited_rows(statement.citations, evidence)
    around = tuple(row.text for row in rows) or tuple(
        _with_neighbours(citation, evidence) for citation in statement.citations
    )
    headings = {
        item.passage.place
        for item in evidence
        if any(item.passage.holds(citation) for citation in statement.citations)
    }
    headings |= {citation.title for citation in statement.citations}
    about = line_above if rows else _lead_in
    headings |= {about(citation, evidence) for citation in statement.citations}
    text = without_calculations(statement.text, detect_language(statement.text))  # numbers.py looks at those
    if rows:
        text = with_quarters(text)
    return _align(text, quotes, around, " ".join(sorted(headings)), rows)


def _with_neighbours(citation: Citation, evidence: Sequence[Evidence]) -> str:
    passage = holding(citation, evidence)
    if passage is None:
        return citation.quote
    start, end = citation.start - passage.start, citation.end - passage.start
    text = passage.text
    if text[start:end] != citation.quote:
        return citation.quote
    spans = _sentences(text, passage.language)
    inside = [index for index, (low, high) in enumerate(spans) if low < end and start < high]
    if not inside:
        return citation.quote
    first, last = max(0, inside[0] - NEIGHBOURS), min(len(spans) - 1, inside[-1] + NEIGHBOURS)
    rows = [text[spans[first][0] : spans[last][1]]]
    if passage.kind == "table":  # a cell means nothing without the head of its column
        rows.insert(0, column_heads(passage))
    return "\n".join(rows)


def _lead_in(citation: Citation, evidence: Sequence[Evidence]) -> str:
    """What stands above the list of which an item is cited: "The server checks:"; "" where none is, or none does."""
    passage = holding(citation, evidence)
    if passage is None or passage.kind == "table":
        return ""
    text, at = passage.text, citation.start - passage.start
    before = [span for span in _sentences(text, passage.language) if span[0] <= at]
    while before and LIST_ITEM.match(text, *before[-1]):
        before.pop()
        if before and text[slice(*before[-1])].endswith(":"):
            return text[slice(*before[-1])]
    return ""


@lru_cache(maxsize=1024)
def _sentences(text: str, language: str) -> tuple[tuple[int, int], ...]:
    return tuple(split_sentences(text, language))


@lru_cache(maxsize=1024)
def _align(
    text: str, quotes: tuple[str, ...], around: tuple[str, ...], context: str, rows: tuple[CitedRow, ...]
) -> Alignment:
    cited = "\n\n".join(around)
    language = detect_language(text) or detect_language(cited) or "en"
    words = _words(text, language, content=True)
    tokens = _words(text, language, content=False)
    if not quotes or not cited.strip():
        return Alignment(text, language, "", context, "", "", 0.0, 0.0, 0.0, 0.0, 0.0, len(tokens))
    # a year that a day names is told: "in 2018" of a column "December 31, 2018"
    heading = set(_words(context, language, content=False)) | _years_of_days(cited, language)
    if rows:
        return _beside_rows(text, language, cited, context, words, heading, rows)
    pieces = [cited[start:end] for start, end in _sentences(cited, language)]
    piece_words = [_words(piece, language, content=True) for piece in pieces]
    first, last = _best_span(words or tokens, piece_words, heading)
    chosen = list(range(first, last))
    plain = [_words(piece, language, content=False) for piece in pieces]
    said, places = _by_sentence(clauses(text, language), piece_words, plain, heading, language)
    if places and _holds_more(words, sorted(set(places)), chosen, piece_words, heading):
        chosen = sorted(set(places))
    span = "\n".join(pieces[place] for place in chosen)
    span_words = [word for place in chosen for word in piece_words[place]]
    span_tokens = [token for place in chosen for token in plain[place]]
    known = set(span_tokens) | heading
    pairs, asked = set(bigrams(span_words)), bigrams(words)
    in_order = common_subsequence(tokens, span_tokens[:LONGEST])
    if places:
        each = (
            common_subsequence(_words(clause, language, content=False), plain[place][:LONGEST])
            for clause, place in zip(said, places, strict=True)
        )
        in_order = max(in_order, sum(each))
    return Alignment(
        statement=text,
        language=language,
        cited=cited,
        context=context,
        span=span,
        closest=_closest(
            words or tokens, [pieces[n] for n in chosen], [piece_words[n] for n in chosen], heading
        ),
        words=_share(words, set(span_words) | heading),
        tokens=_share(tokens, known),
        order=min(1.0, in_order / len(tokens)) if tokens else 1.0,
        pairs=sum(pair in pairs for pair in asked) / len(asked) if asked else 1.0,
        anywhere=_share(words, {word for piece in piece_words for word in piece} | heading),
        novel=sum(token not in known for token in tokens),
        parts=tuple((clause, pieces[place]) for clause, place in zip(said, places, strict=True)),
    )


def _by_sentence(
    said: Sequence[str],
    pieces: Sequence[Sequence[str]],
    plain: Sequence[Sequence[str]],
    context: set[str],
    language: str,
) -> tuple[list[str], list[int]]:
    """The clauses, and for each the sentence that holds most of its words, of equal ones that with most of them in order (`plain`:
    all words of each sentence), then that of the clause before; neighbours that rest on one sentence are one. Nothing where that is all of them."""
    found: list[str] = []
    places: list[int] = []
    for clause in said if len(said) > 1 else ():
        words, tokens = (_words(clause, language, content=content) for content in (True, False))
        fits = [
            (_share(words, set(piece) | context), common_subsequence(tokens, told[:LONGEST]))
            for piece, told in zip(pieces, plain, strict=True)
        ]
        place = fits.index(max(fits))
        if places and fits[places[-1]] == fits[place]:
            found[-1] = f"{found[-1]} {clause}"
        else:
            found.append(clause)
            places.append(place)
    return (found, places) if len(found) > 1 else ([], [])


def _holds_more(
    words: Sequence[str],
    places: Sequence[int],
    span: Sequence[int],
    pieces: Sequence[Sequence[str]],
    context: set[str],
) -> bool:
    """True if the sentences at `places` hold more of the words than those of the span."""
    held, other = (
        _share(words, {word for place in some for word in pieces[place]} | context) for some in (places, span)
    )
    return held > other + _FURTHER


def _beside_rows(
    text: str,
    language: str,
    cited: str,
    context: str,
    words: Sequence[str],
    heading: set[str],
    rows: tuple[CitedRow, ...],
) -> Alignment:
    known = set(_words(cited, language, content=True)) | heading
    share = _share(words, known)
    return Alignment(
        text, language, cited, context, cited, cited, share, share, share, share, share,
        sum(word not in known for word in words), rows,
    )  # fmt: skip


def _years_of_days(text: str, language: str) -> set[str]:
    return {f"{span.value:%Y}" for span in dates(text, language) if span.precision == "day"}


@lru_cache(maxsize=1 << 12)  # the sentences of a page are asked for by every statement about it
def _words(text: str, language: str, content: bool) -> tuple[str, ...]:
    """Stems, with dates as ISO, number words as digits and units in one spelling: a respelling is no difference. "respectively"
    orders what stands beside it and says nothing itself."""
    text = IN_ORDER.sub(" ", text)
    for span in reversed(dates(text, language)):
        if span.precision == "day":
            text = f"{text[: span.start]} {span.value:%Y%m%d} {text[span.end :]}"
    same = _spellings(language)
    found = content_words(text.translate(_SIGNS), language, stop_words=not content)
    return tuple(same.get(word, word) for word in found)


_SIGNS = str.maketrans({"€": " EUR ", "$": " USD ", "£": " GBP ", "%": " percent "})


@lru_cache(maxsize=8)
def _spellings(language: str) -> dict[str, str]:
    """Stem -> one word for all spellings, for small numbers and for units of money, percent and time."""
    spelled = "two three four five six seven eight nine ten eleven twelve twenty zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig"
    numbers = {stem(word, language): str(number_word(word)) for word in spelled.split()}
    # three letters and more: "h", "d", "s" are initials and clause letters as often as units
    units = {
        stem(spelling.lower(), language): unit
        for spelling, (unit, kind) in UNITS.items()
        if kind in ("money", "percent", "duration") and spelling.isalpha() and len(spelling) > 2
    }
    return numbers | units


def _best_span(words: Sequence[str], tokens: Sequence[Sequence[str]], context: set[str]) -> tuple[int, int]:
    """The window of up to WIDEST sentences that holds most of the words; of equal ones the shortest, then the first."""
    best, best_score = (0, 1), -1.0
    for width in range(1, min(WIDEST, len(tokens)) + 1):
        for first in range(len(tokens) - width + 1):
            known = {token for piece in tokens[first : first + width] for token in piece} | context
            score = _share(words, known)
            if score > best_score + (_FURTHER if width > best[1] - best[0] else 0.0):
                best, best_score = (first, first + width), score
    return best


def _closest(
    words: Sequence[str], pieces: Sequence[str], tokens: Sequence[Sequence[str]], context: set[str]
) -> str:
    shares = [_share(words, set(piece) | context) for piece in tokens]
    whole = _share(words, {token for piece in tokens for token in piece} | context)
    best = max(range(len(pieces)), key=shares.__getitem__)
    # 0.2: one word of five may be the very word that was turned round ("at most" for "at least")
    return pieces[best] if shares[best] >= whole - 0.2 else "\n".join(pieces)


def _share(words: Sequence[str], known: set[str]) -> float:
    return sum(word in known for word in words) / len(words) if words else 1.0


def share_given(
    check: str, statement: Statement, missing: Sequence[str], stated: int | None = None
) -> Finding:
    """The finding of a check that asks how much of what is stated the cited text gives, by what is missing there; where it is not
    told how much is `stated`, one thing missing is as bad as all."""
    count = len(missing) if stated is None else stated
    score = 1 - len(missing) / count if count else 1.0
    detail = "not in the cited text: " + ", ".join(missing) if missing else ""
    return Finding(check, statement.id, not missing, score, detail)
