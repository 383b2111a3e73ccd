"""Headings as the bookmarks tell them, and how predicted ones are counted against them."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from metier.extract.raw import RawDocument, RawPage
from metier.extract.structure.numbering import bare, fold, read_number
from metier.extract.structure.outline import Entry
from metier.extract.structure.style import lines_of

_HEAD = re.compile(
    r"(?:chapter|kapitel|part|teil|section|abschnitt|appendix|anhang|chapitre|partie|annexe|capítulo|capitolo|§)?"
    r"(?:[a-z]?\d*[a-z]?|[ivxlc]+)"
)
# Titles that are this much alike are the same title: hyphens, ligatures and formulas come out differently.
ALIKE = 0.85


@dataclass(frozen=True, slots=True)
class Heading:
    """A title on a page; `level` counts from 1."""

    page: int
    text: str
    level: int


def printed_lines(page: RawPage) -> list[str]:
    """The page's printed lines from top to bottom, columns apart, folded."""
    found: list[tuple[float, str]] = []
    for line in lines_of(page.runs):
        texts, end = [""], None
        for run in line.runs:
            if end is not None and run.rect[0] - end > 3 * max(run.size, 6.0):
                texts.append("")
            texts[-1] += fold(run.text)
            end = run.rect[2]
        found += [(line.rect[1], text) for text in texts if text]
    return [text for _, text in found]


def true_headings(raw: RawDocument, outline: Sequence[Entry]) -> list[Heading]:
    """Bookmarks whose title is printed as one to three lines of its own, on its page or the one before or after.

    Left out: index letters (titles of one letter), run-in titles (no line of their own) and what is nowhere printed.
    A title bookmarked twice counts as often as it is printed.
    """
    lines = {page.number: printed_lines(page) for page in raw.pages}
    used: Counter[tuple[int, str]] = Counter()
    true = []
    for entry in outline:
        title, whole = bare(entry.title), fold(entry.title)
        if len(title) < 2:
            continue
        again = used[entry.page, whole] > 0  # on a page near by it would be a running title
        near = (entry.page,) if again else (entry.page, entry.page + 1, entry.page - 1)
        page = next(
            (p for p in near if len(title_places(lines.get(p, ()), title, whole)) > used[p, whole]), 0
        )
        if page:
            used[page, whole] += 1
            true.append(Heading(page, entry.title, entry.level))
    return true


def title_places(lines: Sequence[str], title: str, whole: str) -> list[tuple[int, int]]:
    """First and last (excluded) of the one to three lines that are the title, for each place where it stands.

    `lines` are folded, `title` is without its number, `whole` with it.
    """
    places: list[tuple[int, int]] = []
    for start in range(len(lines)):
        text = ""
        for end, line in enumerate(lines[start : start + 3], start + 1):
            text += line
            if text in (title, whole) or (
                text.endswith(title) and len(text) - len(title) <= 12 and _number(text, title)
            ):
                places.append((start, end))
                break
            if len(text) > len(whole) + 12:
                break
    return places


def _number(text: str, title: str) -> bool:
    """True if what stands before the title is a number or a word like Chapter with one."""
    return _HEAD.fullmatch(text[: -len(title)]) is not None


# Titles that styles print without a bookmark. They are headings all the same.
_UNMARKED = frozenset(
    [
        "contents",
        "tableofcontents",
        "listoffigures",
        "listoftables",
        "listofexamples",
        "references",
        "bibliography",
        "index",
        "abstract",
        "glossary",
        "inhaltsverzeichnis",
        "inhalt",
        "abbildungsverzeichnis",
        "tabellenverzeichnis",
        "literatur",
        "literaturverzeichnis",
        "zusammenfassung",
        "tabledesmatières",
        "listedesfigures",
        "listedestableaux",
        "références",
        "bibliographie",
        "résumé",
        "indice",
        "índice",
        "sommario",
        "listadelletabelle",
        "listadellefigure",
        "目录",
        "目次",
        "参考文献",
    ]
)


def unjudged(heading: Heading, true: Sequence[Heading]) -> bool:
    """True where the bookmarks do not say whether this is a heading.

    That is: before the page of the first one (title pages), deeper by its number than they go, or a title that many
    styles print without one.
    """
    if not true:
        return True
    number = read_number(heading.text)
    deepest = max(known.level for known in true) - min(known.level for known in true) + 1
    return (
        heading.page < min(known.page for known in true)
        or (number.kind == "decimal" and number.depth > deepest)
        or bare(heading.text) in _UNMARKED
    )


def compare(
    predicted: Sequence[Heading], true: Sequence[Heading]
) -> tuple[list[tuple[Heading, Heading]], list[Heading], list[Heading]]:
    """Pairs of predicted and true headings, predictions without truth, truths without prediction; one to one."""
    by_page: dict[int, list[Heading]] = defaultdict(list)
    for heading in predicted:
        by_page[heading.page].append(heading)
    pairs, missed = [], []
    for heading in true:
        near = [other for page in (0, 1, -1) for other in by_page[heading.page + page]]
        best = max(near, key=lambda other: likeness(other.text, heading.text), default=None)
        if best is not None and likeness(best.text, heading.text) >= ALIKE:
            pairs.append((best, heading))
            by_page[best.page].remove(best)
        else:
            missed.append(heading)
    return pairs, [heading for rest in by_page.values() for heading in rest], missed


def likeness(a: str, b: str) -> float:
    """0 to 1, numbers in front left aside if one of the two lacks them."""
    first, second = {bare(a), fold(a)}, {bare(b), fold(b)}
    if first & second:
        return 1.0
    x, y = bare(a), bare(b)
    if not x or not y or 2 * min(len(x), len(y)) < ALIKE * (len(x) + len(y)):
        return 0.0
    return SequenceMatcher(None, x, y, autojunk=False).ratio()
