"""The documents a suite is made from, with what is asked of them: which words stand together where, and who may see what."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from metier.evaluate.making.facts import Fact, facts
from metier.rerank.versions import family, superseded
from metier.text.analyze import content_words
from metier.text.entities import names
from metier.types import Document, Entry

# Words of the questions' own frame; they need not stand in any document.
_FRAME_EN = (
    "according to what is given for does give as how long much many high when on by from until what date time within after "
    "amount percentage up which has the higher lower names something"
)
_FRAME_DE = (
    "laut was steht in bei unter nennt als wie lang lange hoch viele wann ab bis seit um welcher welchen zeit betrag prozent "
    "höhere niedrigere wofür wert etwas dort auch"
)
_FRAME = frozenset([*content_words(_FRAME_EN, "en"), *content_words(_FRAME_DE, "de")])


_PERSON = re.compile(r"[A-ZÄÖÜ][a-zäöüß]+(?:-[A-ZÄÖÜ][a-zäöüß]+)? [A-ZÄÖÜ][a-zäöüß]+(?:-[A-ZÄÖÜ][a-zäöüß]+)?")
_PERSON_HEADS = re.compile(r"(?:name|employee|person|mitarbeiter(?:in)?|vor- und nachname)$", re.IGNORECASE)


def key_words(text: str, language: str) -> frozenset[str]:
    """The stems that a question turns on."""
    return frozenset(word for word in content_words(text, language) if word not in _FRAME)


@dataclass(frozen=True, slots=True)
class Place:
    """One block of a document and its words, with the document's title."""

    document: str
    words: frozenset[str]
    text: str


@dataclass(slots=True)
class Library:
    """Documents, their facts, and their words. `current` are those in force, which answers are taken from."""

    documents: Mapping[str, Document]
    entries: Mapping[str, Entry]
    replaced_by: Mapping[str, str]  # document -> uri of the version in force
    facts: Mapping[str, Sequence[Fact]]
    groups: Mapping[str, frozenset[str]]
    places: Sequence[Place] = ()
    whole: Mapping[str, frozenset[str]] = field(default_factory=dict)  # all words of a document
    by_word: Mapping[str, Sequence[int]] = field(default_factory=dict)
    people: Sequence[str] = ()  # names in columns of names, sorted
    families: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # document -> it and its other versions
    heads: Mapping[tuple[str, str], frozenset[str]] = field(
        default_factory=dict
    )  # (document, table) -> column labels
    rows: Mapping[frozenset[str], Sequence[Fact]] = field(
        default_factory=dict
    )  # column labels -> facts in force
    labels: Mapping[str, Sequence[Fact]] = field(
        default_factory=dict
    )  # label of a row, folded -> facts in force
    titles: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # title or heading, folded -> documents
    named: Sequence[tuple[str, str]] = ()  # (document, name) of those that sentences in force are about

    def current(self) -> list[str]:
        """Documents in force, by uri."""
        return [
            key
            for key in sorted(self.documents, key=lambda key: self.documents[key].uri)
            if key not in self.replaced_by
        ]

    def kin(self, document: str) -> frozenset[str]:
        """The document and its other versions."""
        return self.families.get(document, frozenset({document}))

    def together(self, words: Iterable[str]) -> list[Place]:
        """Blocks in which all these words stand."""
        wanted = frozenset(words)
        lists = [self.by_word.get(word, ()) for word in wanted]
        if not lists or not all(lists):
            return []
        return [self.places[index] for index in min(lists, key=len) if wanted <= self.places[index].words]

    def named_so(self, title: str) -> frozenset[str]:
        """Documents with this title, or with a heading of these words."""
        return self.titles.get(title.casefold(), frozenset())

    def columns(self, document: str, table: str) -> frozenset[str]:
        """Labels of the columns of one table that facts were made of."""
        return self.heads.get((document, table), frozenset())

    def in_one_document(self, words: Iterable[str], but: frozenset[str] = frozenset()) -> bool:
        """True if some document, `but` these, holds all these words, wherever they stand in it."""
        wanted = frozenset(words)
        return any(wanted <= there for key, there in self.whole.items() if key not in but)


def library(
    entries: Mapping[str, Entry], read: Callable[[str], Document | None], groups_of: Callable[[str], Sequence[str]],
    today: date,
) -> Library:  # fmt: skip
    """The library of these live documents; those whose text is not there are left out."""
    documents = {key: found for key in entries if (found := read(key)) is not None and found.text.strip()}
    known = {key: entries[key] for key in documents}
    places: list[Place] = []
    whole: dict[str, frozenset[str]] = {}
    for key, document in documents.items():
        title = frozenset(content_words(document.title, document.language))
        every = set(title)
        for block in document.blocks:
            text = document.text[block.start : block.end]
            words = title | frozenset(
                content_words(" ".join([*block.heading_path[-1:], text]), document.language)
            )
            every |= words
            places.append(Place(key, words, text))
        whole[key] = frozenset(every | set(content_words(document.uri, document.language)))
    by_word: dict[str, list[int]] = defaultdict(list)
    for index, place in enumerate(places):
        for word in place.words:
            by_word[word].append(index)
    made = Library(
        documents,
        known,
        {key: uri for key, uri in superseded(known.values(), today).items() if key in documents},
        {key: facts(document) for key, document in documents.items()},
        {key: frozenset(groups_of(document.uri)) for key, document in documents.items()},
        places,
        whole,
        dict(by_word),
        sorted({name for document in documents.values() for name in people_of(document)}),
    )
    _look_up(made)
    return made


def _look_up(made: Library) -> None:
    """Fills what makers look up by label, column and name, so that no maker walks through all facts for each document."""
    alike: dict[str, set[str]] = defaultdict(set)
    for key, entry in made.entries.items():
        if name := family(entry):
            alike[name].add(key)
    made.families = {key: frozenset(keys) for keys in alike.values() for key in keys}
    titles: dict[str, set[str]] = defaultdict(set)
    for key, document in made.documents.items():
        for title in (document.title, *(part for block in document.blocks for part in block.heading_path)):
            titles[title.casefold()].add(key)
    made.titles = {title: frozenset(keys) for title, keys in titles.items()}
    heads: dict[tuple[str, str], set[str]] = defaultdict(set)
    for key, found in made.facts.items():
        for fact in found:
            if fact.column:
                heads[key, fact.table].add(fact.column)
    made.heads = {place: frozenset(columns) for place, columns in heads.items()}
    rows: dict[frozenset[str], list[Fact]] = defaultdict(list)
    labels: dict[str, list[Fact]] = defaultdict(list)
    named: set[tuple[str, str]] = set()
    for key in made.current():
        for fact in made.facts[key]:
            if fact.form == "cell":
                rows[made.heads[key, fact.table]].append(fact)
                labels[fact.about.casefold()].append(fact)
            elif fact.form == "sentence":
                spans = names(fact.about, fact.language)
                named |= {
                    (key, span.text)
                    for span in spans
                    if span.kind in ("name", "organisation") and " " in span.text
                }
    made.rows, made.labels, made.named = dict(rows), dict(labels), sorted(named)


def people_of(document: Document) -> set[str]:
    """Names of people in columns that are headed as such."""
    found = set()
    for block in document.blocks:
        heads = {cell.column: cell.text.strip() for cell in block.cells if cell.row == 0}
        for cell in block.cells:
            name = " ".join(cell.text.split())
            if cell.row and _PERSON_HEADS.match(heads.get(cell.column, "")) and _PERSON.fullmatch(name):
                found.add(name)
    return found
