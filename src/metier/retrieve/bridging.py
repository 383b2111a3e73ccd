"""What to search for next: the things that stand beside what the question names.

"How loud is the pump we sell to Brookvale Breweries?" finds the contract, which names the pump; how loud that is stands
elsewhere, in a text that does not know the customer. So the question is asked again with the pump's name in the
customer's place. Followed are names in sentences that say a name of the question, if a document is called by them. It
finds texts and answers nothing: a name taken wrongly costs a few passages that nobody needs. What it does not know:
roles ("the Head of Quality"), which generate/bridge.py follows, rows of tables (generate/joining.py), and things that no
document is called by.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from metier.text.analyze import content_words, fold
from metier.text.entities import names
from metier.text.statements import pieces
from metier.types import Evidence, Need, Query

_MOST = 3  # names followed in one step: each costs a search
_SHORTEST = 3  # letters of a name: "EU" and "DN" stand everywhere
_BEFORE = 6  # words before a name that say what it is a name of: "the cleaning agent Emulgin"
_LOWER = re.compile(r"\b[a-zäöüß]{3,}\b")
_LEGAL = frozenset(("GmbH", "KGaA", "OHG", "AG", "SE", "KG", "UG"))  # no names by themselves
_NUMBER = re.compile(r"\s\d{1,4}\b")


@dataclass(frozen=True, slots=True)
class _Named:
    """A name with the number that belongs to it: "Ondara 60"."""

    text: str
    kind: str  # of text.entities


@dataclass(frozen=True, slots=True)
class _Bridge:
    """One name beside one that the question has."""

    anchor: str  # as it stands in the question
    name: str
    told: int  # words of the question that stand before the name: the more, the likelier it is what is asked about
    place: int


def bridges(query: Query, evidence: Sequence[Evidence], is_called: Callable[[str], bool]) -> tuple[Need, ...]:
    """The question with one of its names replaced, for at most _MOST names that stand beside it in the evidence, likeliest
    first. If none does, the question's names alone, so that a text is found that says what stands beside them; none for a
    question that names nothing. `is_called` tells whether a document that the asker may see is called by a name."""
    anchors = list(dict.fromkeys(one.text for one in _named(query.text, query.language)))
    if not anchors:
        return ()
    asked = frozenset(content_words(query.text, query.language))
    plain = {word for item in evidence for word in _LOWER.findall(item.passage.text)}
    followed: dict[str, Need] = {}
    for one in sorted(_beside(evidence, anchors, asked, fold(query.text)), key=_likeliest):
        if len(followed) == _MOST:
            break
        # "the Supplier" of a contract is no name where others write "supplier"
        is_word = one.name.lower() in plain
        if not is_word and one.name not in followed and is_called(one.name):
            followed[one.name] = Need(query.text.replace(one.anchor, one.name), one.name)
    return tuple(followed.values()) or tuple(Need(anchor, anchor) for anchor in anchors[:_MOST])


def _likeliest(bridge: _Bridge) -> tuple[int, int]:
    return -bridge.told, bridge.place


def _named(text: str, language: str) -> Iterator[_Named]:
    for span in names(text, language):
        number = _NUMBER.match(text, span.end) if span.kind == "name" else None
        found = text[span.start : number.end() if number else span.end]
        if len(found) >= _SHORTEST and found not in _LEGAL:
            yield _Named(found, span.kind)


def _beside(
    evidence: Sequence[Evidence], anchors: Sequence[str], asked: frozenset[str], question: str
) -> Iterator[_Bridge]:
    """The names in sentences that hold one of the anchors, without those that the question has."""
    for place, item in enumerate(evidence):
        for piece in pieces(item.passage):
            folded = fold(piece.text)
            held = [anchor for anchor in anchors if fold(anchor) in folded]
            if piece.is_row or not held:
                continue
            for found in _named(piece.text, item.passage.language):
                if _is_known(found.text, held, question):
                    continue
                before = piece.text[: piece.text.find(found.text)].split()[-_BEFORE:]
                told = len(asked & frozenset(content_words(" ".join(before), item.passage.language)))
                for name in _readings(found, item.passage.language):
                    yield _Bridge(held[0], name, told, place)


def _readings(found: _Named, language: str) -> Iterator[str]:
    """The name; in German, where every noun is written like a name, also its ends ("Typs Tempora 40": "Tempora 40")."""
    yield found.text
    words = found.text.split()
    if language == "de" and found.kind == "name":
        ends = (" ".join(words[start:]) for start in range(1, len(words)))
        yield from (end for end in ends if end[0].isupper() and len(end) >= _SHORTEST and end not in _LEGAL)


def _is_known(name: str, anchors: Sequence[str], question: str) -> bool:
    """True for what the question says already, and for a longer or shorter form of what it names."""
    folded = fold(name)
    return folded in question or any(fold(one) in folded or folded in fold(one) for one in anchors)
