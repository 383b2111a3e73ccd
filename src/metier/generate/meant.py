"""What the question can mean: candidates that speak of another thing, year, number or kind of value are no answer, however well they fit.

Before ranking, what is about something else by its name, its number or its year is left out; after ranking, what lacks the figure
or the acronym that is asked for gives way. The rules are strict about what the words say and silent about everything else
(docs/design/extractive.md has what each was seen to do).
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from metier.generate.candidates import Candidate
from metier.generate.scoring import lacks_acronym, tells_kind
from metier.text.analyze import content_words, fold
from metier.text.asked_kind import asked_acronyms, asked_kinds
from metier.text.entities import names
from metier.text.extent import is_of_the_whole, is_scope
from metier.text.figure_asked import asks_figure, tells_figure
from metier.text.made_by import asks_maker, names_somebody
from metier.text.numbered import of_another_number
from metier.text.quarters import names_only_quarters, whole_years
from metier.text.ranges import asked_amounts, range_of
from metier.text.vocabulary import Vocabulary
from metier.text.when_asked import asks_when_it_was, says_date

# Chances from which a candidate may lead in place of others: of those that cannot be meant, and of those that tell another kind of
# value (of three seeds' questions that mended four and spoiled none; at .05 five and one).
UNLIKELY, _RATHER_LIKELY = 0.05, 0.1
_RARE_NAME = 3.0  # idf of a name that at most one passage in twenty says; an employer's own stands everywhere and is left out
_SHORTEST_NAME = 3  # letters: "IT" and "UK" are said in many other ways
_CAPITAL = re.compile(r"(?<![.!?:] )(?<!^)\b[A-ZÄÖÜ][\w-]+")
_WORD = re.compile(r"[^\W\d_]+")
_SMALL = re.compile(r"\b[a-z]{3,}\b")


def could_be_meant(
    question: str, language: str, options: Sequence[Candidate], vocabulary: Vocabulary
) -> Sequence[Candidate]:
    """The options without those that are about something else than what the question names, numbers or dates; where that leaves
    none, as they were."""
    options = about_what_is_named(question, language, options, vocabulary)
    options = [item for item in options if not of_another_number(question, item.text)] or options
    options = [item for item in options if not is_scope(item.text, question)] or options
    options = _of_the_part(question, language, options, vocabulary)
    options = _in_their_ranges(question, language, options)
    return of_whole_years(question, options) or options


def still_meant(
    question: str,
    options: Sequence[Candidate],
    order: NDArray[np.intp],
    chance: NDArray[np.float64],
    certain: float,
) -> tuple[NDArray[np.intp], float]:
    """The order without candidates that cannot be the answer, and how certain what is left is.

    Who asks for a year is not told of its quarters, who asks for EBIT of no other ratio, and who asks for a figure no sentence
    without one, where anything that was read says it or tells one: where hardly any chance is left to that, what was likely meant
    something else, and the answer is no more certain than the best that remains. Who asks when something was is told of a day, who asks
    who wrote it of somebody. Who asks for watts is not told of a flow rate as long as something likely tells watts.
    """
    if not of_whole_years(question, options):
        certain = min(certain, UNLIKELY)
    if acronyms := asked_acronyms(question):
        said = [index for index in order if not lacks_acronym(acronyms, options[index])]
        if said or options[order[0]].is_row or asks_figure(question):
            order, certain = _left(said, order, chance, certain)
    if asks_figure(question):
        language = [item.language for item in options]
        told = [index for index in order if tells_figure(options[index].text, question, language[index])]
        order, certain = _left(told, order, chance, certain)
    if asks_when_it_was(question):
        told = [index for index in order if _is_dated(options[index])]
        order, certain = _left(told, order, chance, certain)
    if asks_maker(question):
        told = [index for index in order if names_somebody(options[index].text, question)]
        order, certain = _left(told, order, chance, certain)
    if asked_kinds(question):
        told = [index for index in order if tells_kind(question, options[index]) is not False]
        likely = [index for index in told if chance[index] >= _RATHER_LIKELY]
        if any(tells_kind(question, options[index]) for index in likely):
            order = np.array(told, dtype=np.intp)
    return order, certain


def _is_dated(item: Candidate) -> bool:
    """True if it, what stands beside it or its place says a day, month or year."""
    near = (item.passage.title, *item.passage.heading_path, item.before, item.text, item.after)
    return any(says_date(text, item.language) for text in near)


def _left(
    remaining: Sequence[int], order: NDArray[np.intp], chance: NDArray[np.float64], certain: float
) -> tuple[NDArray[np.intp], float]:
    """What remains and how certain it is; all as it was, but not likely, if nothing does."""
    if not remaining:
        return order, min(certain, UNLIKELY)
    best = float(chance[remaining[0]])
    return np.array(remaining, dtype=np.intp), certain if best >= UNLIKELY else min(certain, best)


def about_what_is_named(
    question: str, language: str, options: Sequence[Candidate], vocabulary: Vocabulary
) -> Sequence[Candidate]:
    """The options without those of documents of which nothing that was found says a rare name of the question, where other documents
    do: the safety data sheet of another product. What speaks of a thing that stands beside the name, and that a document is called
    by, stays: the manual of the pump that the customer buys (not beside a place: "in Derby"). All of them if the question names nothing
    rare, or no document says it.
    """
    named = _called(question, language) | _english_names(_nouns(question), options)
    called = frozenset(word for word in named if _is_rare(word, vocabulary))
    if not called:
        return options
    said: dict[str, frozenset[str]] = {}
    for item in options:
        here = f"{_folded(item.passage.text)} {_where(item)}"
        found = frozenset(word for word in called if word in here)
        said[item.passage.document] = said.get(item.passage.document, frozenset()) | found
    if not any(words == called for words in said.values()):
        return options
    titles = " ".join({_folded(item.passage.title) for item in options})
    beside = frozenset[str]().union(
        *(
            _called(item.text, item.language)
            for item in options
            if all(word in _folded(item.text) for word in called)
        )
    )
    linked = [word for word in beside - called if word in titles and _is_rare(word, vocabulary)]
    if any(re.search(rf"\bin {re.escape(word)}\b", _folded(question)) for word in called):
        linked = []  # beside a place stand other places
    return [
        item
        for item in options
        if said[item.passage.document] == called
        or any(word in f"{_folded(item.text)} {_where(item)}" for word in linked)
    ]


def _of_the_part(
    question: str, language: str, options: Sequence[Candidate], vocabulary: Vocabulary
) -> Sequence[Candidate]:
    """The options without figures of the whole group, where the question asks for a figure and names one place or thing that they do
    not name."""
    if not asks_figure(question):
        return options
    called = [word for word in _called(question, language) if _is_rare(word, vocabulary)]
    if not called:
        return options

    def names_none(item: Candidate) -> bool:
        here = f"{_folded(item.text)} {_where(item)}"
        return is_of_the_whole(item.text, question) and not any(word in here for word in called)

    return [item for item in options if not names_none(item)] or options


def _in_their_ranges(question: str, language: str, options: Sequence[Candidate]) -> Sequence[Candidate]:
    """The options without rows of a range that no amount of the question falls into, where another row of their table has one that does."""
    amounts = asked_amounts(question, language)
    if not amounts:
        return options
    told = [_holds(item, amounts) for item in options]
    tables = {item.table for item, holds in zip(options, told, strict=True) if holds}
    return [
        item
        for item, holds in zip(options, told, strict=True)
        if holds is not False or item.table not in tables
    ]


def _holds(item: Candidate, amounts: Sequence[Decimal]) -> bool | None:
    """True if a range of the row holds an amount, False if it has ranges and none does, None if it has none."""
    ranges = [one for _, value in item.cells if (one := range_of(value, item.language))]
    return any(amount in one for one in ranges for amount in amounts) if ranges else None


def of_whole_years(question: str, options: Sequence[Candidate]) -> list[Candidate]:
    """The options without those that speak of a quarter of a year which the question asks about as a whole."""
    years = whole_years(question)
    return [item for item in options if not any(names_only_quarters(year, item.text) for year in years)]


def _nouns(question: str) -> frozenset[str]:
    """The words of the question that have a capital and do not begin a sentence, folded; in German these are all nouns."""
    return frozenset(map(fold, _CAPITAL.findall(question)))


def _english_names(nouns: frozenset[str], options: Sequence[Candidate]) -> frozenset[str]:
    """Those that English sentences among the options call by a capital and never write small: German ones do not tell names from
    nouns."""
    if not nouns:
        return nouns
    english = [
        item.text
        for item in options
        if item.language == "en" and any(word in _folded(item.text) for word in nouns)
    ]
    called = nouns & frozenset[str]().union(*(_called(text, "en") for text in english))
    small = {word for word in called for text in english if word in text and word in _SMALL.findall(text)}
    return called - small


@lru_cache(maxsize=1 << 14)
def _called(text: str, language: str) -> frozenset[str]:
    """The words of the names in a text, folded and not as stems: these are another in each language."""
    return frozenset(fold(word) for span in names(text, language) for word in _WORD.findall(span.text))


@lru_cache(maxsize=1 << 13)
def _folded(text: str) -> str:
    return fold(text)


def _is_rare(word: str, vocabulary: Vocabulary) -> bool:
    stems = {stem for language in ("en", "de") for stem in content_words(word, language)}
    return len(word) >= _SHORTEST_NAME and bool(stems) and min(map(vocabulary.idf, stems)) >= _RARE_NAME


def _where(item: Candidate) -> str:
    """The title and headings above it, folded."""
    return _folded(item.passage.place)
