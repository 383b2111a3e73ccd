"""Answers of several statements: the steps of a list, and what is said alike of several things.

One step of five answers nobody who asks how to do it, three of eight customers are not "which customers", and a sentence that points
at the following table is no answer without it. Steps are the lines of one list, in its order; alike are sentences that share most of
their words besides names and figures, and the rows of one table that say the same words of the question. What stands in other words
elsewhere is not found, and the answer says so.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metier.generate.candidates import Candidate, is_sentence, names_table_below
from metier.generate.ranking import Ranked
from metier.text.analyze import content_set
from metier.text.entities import name_words
from metier.text.language import german_or_english
from metier.text.numbers import has_digit
from metier.text.quantities import Quantity, quantities
from metier.text.several_asked import asks_every, asks_steps
from metier.text.table_question import asks_extreme

_MOST = 12  # statements
_MOST_WORDS = 240  # of all statements together
_LEAST_PATTERN = 3  # words that two sentences must share before they can be alike
_ALIKE = 0.5  # share of the words of the shorter one, names and figures apart
_FIRST = 4  # passages whose tables are worth a further search
_FEWEST_COMPARED = 2  # things of which one has most
_MARKED = re.compile(r"(?:[•·▪◦‣–—*-]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s")  # the beginning of a list's line
_CODE = re.compile(r"[\\{}<>|=]")
_KINDS = 5  # of the best candidates are looked at for what is said alike
_SHOWN_ANYWAY = 3  # alike among the best so many: then all of them are shown, whatever is asked
_NOTES = {
    "en": {
        "open": "This is what was found; other documents may name more.",
        "cut": "{shown} of {all} are shown.",
        "compared": "Of the {all} that were found; other documents may name more.",
    },
    "de": {
        "open": "Das ist, was gefunden wurde; andere Dokumente nennen vielleicht mehr.",
        "cut": "Gezeigt werden {shown} von {all}.",
        "compared": "Von den {all} gefundenen; andere Dokumente nennen vielleicht mehr.",
    },
}


@dataclass(frozen=True, slots=True)
class Several:
    """Statements that answer together; `is_list` if each answers as well as the others, so that their chances add up."""

    items: tuple[Candidate, ...]
    notes: tuple[str, ...] = ()
    is_list: bool = False


def several(
    question: str, language: str, ranked: Ranked, found: Sequence[Candidate], options: Sequence[Candidate]
) -> Several | None:
    """What answers the question together; None if one statement does. `found`: what would be said by itself, best first;
    `options`: all candidates, in whose order a list is told."""
    if not ranked.items:
        return None
    if asks_steps(question):
        steps = _likeliest_list(ranked, options)
        return Several(tuple(steps)) if len(steps) > 1 else None
    best = ranked.items[0]
    if rows := _pointed_at(best, options):
        return Several((best, *as_far_as_told(rows)))
    kind = _kind(best, content_set(question, language), ranked, options)
    if extreme := _extreme(question, language, kind):
        return extreme
    is_list = asks_every(question)
    alike = _likeliest_kind(question, language, kind, ranked, options) if is_list else kind
    if len(alike) < 2 or not (is_list or _all_are(found, alike)):
        return None
    told = tuple(as_far_as_told(alike))
    if len(told) < len(alike):
        return Several(told, (_note("cut", language, shown=len(told), all=len(alike)),), is_list)
    is_open = is_list and not told[0].is_row
    return Several(told, (_note("open", language),) if is_open else (), is_list)


def _note(key: str, language: str, **counts: int) -> str:
    return _NOTES[german_or_english(language)][key].format(**counts)


def misses_year(question: str, language: str, best: Candidate) -> bool:
    """True if all things of a kind are asked for that hold of a year, and the best candidate does not name it, nor a document that is
    called by the kind: "Which contracts end in 2026?" is not answered by a line about contracts in the handbook of 2026."""
    asked = content_set(question, language)
    years = _digits(asked) - best.words
    return (
        bool(years)
        and asks_every(question)
        and not (years <= best.context_words and (asked - years) & best.context_words)
    )


def _all_are(found: Sequence[Candidate], alike: Sequence[Candidate]) -> bool:
    """True if what would be said by itself are sentences that are alike, and as many as are said at the most."""
    return len(found) >= _SHOWN_ANYWAY and all(item in alike and not item.is_row for item in found)


# --- the table that a sentence points at ----------------------------------------------------------------------------


def _pointed_at(item: Candidate, options: Sequence[Candidate]) -> list[Candidate]:
    """The rows of the next table below a sentence that names "the following table"; none where nothing of it was found."""
    if item.is_row or not names_table_below(item.text):
        return []
    under = item.passage.heading_path
    below = [
        other
        for other in options
        if other.is_row
        and other.passage.document == item.passage.document
        and other.piece.start >= item.piece.end
        and other.passage.heading_path[: len(under)] == under
    ]
    below.sort(key=lambda other: other.piece.start)
    return [other for other in below if other.table == below[0].table]


def table_to_find(options: Sequence[Candidate]) -> str:
    """What to search for where one of the first sentences points at a table below of which nothing was found; "" if none does."""
    for item in options:
        if item.rank < _FIRST and names_table_below(item.text) and not _pointed_at(item, options):
            return " ".join((item.passage.title, *item.passage.heading_path[-1:], item.text))
    return ""


# --- the steps of a list --------------------------------------------------------------------------------------------


def _likeliest_list(ranked: Ranked, options: Sequence[Candidate]) -> list[Candidate]:
    """The list whose lines are likelier together than any other statement by itself; none if there is none."""
    lists = list(_lists(options))
    chance = {item.key: float(likely) for item, likely in zip(ranked.items, ranked.chance, strict=True)}
    worth = [ranked.chance_of(one) for one in lists]
    others = [chance[item.key] for item in ranked.items if item.is_row or is_sentence(item)]
    if not lists or max(worth) < max(others, default=0.0):
        return []
    return lists[worth.index(max(worth))]


def _lists(options: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """Lines that follow one another in a passage, each with its line for itself: with marks before them, or all without (the marks
    of some formats are not in the text). Code is none."""
    by_passage: dict[str, list[Candidate]] = {}
    for item in options:
        if not item.is_row:
            by_passage.setdefault(item.passage.id, []).append(item)
    for items in by_passage.values():
        items.sort(key=lambda item: item.piece.start)
        for one in _together(items):
            if 1 < len(one) <= _MOST and sum(len(item.text.split()) for item in one) <= _MOST_WORDS:
                yield one


def _together(items: Sequence[Candidate]) -> list[list[Candidate]]:
    """The lines that belong together, in their order."""
    found: list[list[Candidate]] = []
    before: Candidate | None = None
    for item in items:
        if not _is_line(item):
            before = None
            continue
        if before is not None and _is_marked(before) == _is_marked(item):
            found[-1].append(item)
        else:
            found.append([item])
        before = item
    return found


def _is_marked(item: Candidate) -> bool:
    return bool(_MARKED.match(item.text))


def _is_line(item: Candidate) -> bool:
    """True for what has its line for itself, code apart."""
    if _CODE.search(item.text):
        return False
    passage, piece = item.passage, item.piece
    before = passage.text[: piece.start - passage.start].rstrip(" ")
    after = passage.text[piece.end - passage.start :].lstrip(" ")
    return before[-1:] in ("", "\n") and after[:1] in ("", "\n")


# --- what is said alike ---------------------------------------------------------------------------------------------


def _likeliest_kind(
    question: str, language: str, first: list[Candidate], ranked: Ranked, options: Sequence[Candidate]
) -> list[Candidate]:
    """Of what is said alike of several things, what is likeliest together: terms of five customers before those of two suppliers.
    `first` is what is said like the best candidate."""
    asked = content_set(question, language)
    others = [_kind(item, asked, ranked, options) for item in ranked.items[1:_KINDS]]
    apart = [kind for kind in others if not {item.key for item in kind} & {item.key for item in first}]
    return max([first, *apart], key=ranked.chance_of)


def _extreme(question: str, language: str, kind: Sequence[Candidate]) -> Several | None:
    """Sentences that say one figure each, alike of several things, by their figures, where the highest or lowest is asked for."""
    most = asks_extreme(question)
    if most is None or len(kind) < _FEWEST_COMPARED or kind[0].is_row:
        return None
    figures = [_only_figure(item) for item in kind]
    units = {figure.unit for figure in figures if figure}
    if None in figures or len(units) != 1:
        return None
    values = [figure.value for figure in figures if figure]
    order = sorted(range(len(kind)), key=lambda place: -values[place] if most else values[place])
    told = tuple(as_far_as_told([kind[place] for place in order]))
    return Several(told, (_note("compared", language, all=len(kind)),), is_list=True)


def _only_figure(item: Candidate) -> Quantity | None:
    """The one figure with a unit that a sentence says; None if it says none or several."""
    found = [one for one in quantities(item.text, item.language) if one.unit and one.kind != "reference"]
    return found[0] if len(found) == 1 else None


def _kind(
    best: Candidate, asked: frozenset[str], ranked: Ranked, options: Sequence[Candidate]
) -> list[Candidate]:
    """The candidate with those that are said alike, no text twice; none where it is not about the year or number asked for."""
    if _digits(asked) - best.words:  # what it says of 2025 is no answer for 2026, alike or not
        return []
    among = _table_of(best, options) if best.is_row else ranked.items
    same = [item for item in among if item.key == best.key or _is_alike(item, best, asked)]
    return list({item.text: item for item in reversed(same)}.values())[::-1]


def _table_of(row: Candidate, options: Sequence[Candidate]) -> list[Candidate]:
    """The rows of its table, in their order."""
    rows = [item for item in options if item.is_row and item.table == row.table]
    return sorted(rows, key=lambda item: item.piece.start)


def _is_alike(item: Candidate, best: Candidate, asked: frozenset[str]) -> bool:
    """True for what says the same of another thing, and no less of the question's words."""
    if item.is_row != best.is_row:
        return False
    if item.words & asked < (best.words & asked) - best.context_words:
        return False
    if item.is_outdated and not best.is_outdated:
        return False
    if best.is_row:
        return True
    one, two = _pattern(item), _pattern(best)
    shared = one & two
    return len(shared) >= max(_LEAST_PATTERN, _ALIKE * min(len(one), len(two)))


def _pattern(item: Candidate) -> frozenset[str]:
    """The words that are neither names nor figures."""
    return item.plain_words - name_words(item.text, item.language)


def _digits(words: frozenset[str]) -> frozenset[str]:
    return frozenset(filter(has_digit, words))


def as_far_as_told(items: Sequence[Candidate]) -> list[Candidate]:
    """The first of them, as far as the limits allow."""
    kept: list[Candidate] = []
    words = 0
    for item in items[:_MOST]:
        words += len(item.text.split())
        if words > _MOST_WORDS:
            break
        kept.append(item)
    return kept
