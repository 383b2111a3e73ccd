"""Statements of what is said: their words, the places that they cite, and the short answer inside."""

import dataclasses
from collections.abc import Sequence

from metier.generate.candidates import Candidate
from metier.generate.quoting import MOST_STATEMENTS, Said
from metier.generate.short import short_values
from metier.generate.standing import path_words, standing
from metier.generate.tabular import from_row
from metier.text.analyze import content_set
from metier.text.language import detect_language
from metier.text.statements import holding, pieces
from metier.types import Evidence, Finding, Query, Statement

_MEANT = 0.4  # share of a sentence's words in what it cites, from which that is what was meant
_BULLETS = "•·▪◦‣ "  # what a list begins its lines with; a number is part of what is said


def statements_of(question: str, said: Sequence[Said], options: Sequence[Candidate]) -> tuple[Statement, ...]:
    """Statements of these words, without bullets before them; a quote cites also a copy of its sentence in another document, unless the question names
    this one, the one of better standing first; where a document in force says it, no version that is not."""
    asked = content_set(question, "")
    found: list[Statement] = []
    cited = 0
    for number, (items, text) in enumerate(said, start=1):
        places = [*items]
        if len(items) == 1:
            (item,) = items
            named = asked & _name(item)
            copies = [o for o in options if o.text == item.text and o.key[0] != item.key[0]]
            copies.sort(key=lambda copy: (copy.is_outdated, standing(copy.passage)))
            places += [copy for copy in copies if named <= _name(copy)][:1]
            places = [place for place in places if not place.is_outdated] or places
            places.sort(key=lambda place: standing(place.passage))
        citations = tuple(place.cite(f"c{cited + index}") for index, place in enumerate(places, start=1))
        cited += len(places)
        found.append(Statement(f"s{number}", text.lstrip(_BULLETS) or text, citations))
    return tuple(found)


def _name(item: Candidate) -> frozenset[str]:
    """The words that the candidate's document is called by."""
    return content_set(item.passage.title, "") | path_words(item.passage)


def shortened(query: Query, first: Statement, said: Candidate, evidence: Sequence[Evidence]) -> Statement:
    """The statement with the short answer inside it, where there is one."""
    if not said.is_row:
        values = short_values(query.text, query.language, first.text, said.language or query.language)
        return dataclasses.replace(first, values=values)
    row = from_row(query.text, query.language, evidence, said.passage.document, said.piece.start)
    return dataclasses.replace(first, values=row.values, scale=row.scale) if row else first


def written_short(query: Query, written: Statement, evidence: Sequence[Evidence]) -> Statement:
    """A statement that a model wrote, with the short answer inside it: of a cited row the figure that it repeats, with its scale."""
    for citation in written.citations[:1]:
        row = from_row(query.text, query.language, evidence, citation.document, citation.start)
        if row and any(value in written.text for value in row.values):
            return dataclasses.replace(written, values=row.values, scale=row.scale)
    values = short_values(query.text, query.language, written.text, query.language)
    return dataclasses.replace(written, values=values)


def led_by(first: Statement, others: Sequence[Statement]) -> tuple[Statement, ...]:
    """The statement, and below it, numbered on, the best of the others that quotes something else."""
    number, places = len(first.citations), {(item.document, item.start) for item in first.citations}
    fresh = [one for one in others if not {(item.document, item.start) for item in one.citations} <= places]
    found = [first]
    for other in fresh[: MOST_STATEMENTS - 2]:
        cited = tuple(
            dataclasses.replace(citation, id=f"c{number + place}")
            for place, citation in enumerate(other.citations, start=1)
        )
        number += len(cited)
        found.append(dataclasses.replace(other, id=f"s{len(found) + 1}", citations=cited))
    return tuple(found)


def in_words_of_source(written: Statement, evidence: Sequence[Evidence]) -> Statement:
    """The statement as the sentences or rows it cites say it, where those are in another language."""
    language = detect_language(written.text)
    passages = [holding(citation, evidence) for citation in written.citations]
    if not language or any(
        passage is None or not passage.language or passage.language == language for passage in passages
    ):
        return written
    return _as_cited(written, evidence) or written


def restated(
    query: Query, written: Statement, evidence: Sequence[Evidence], findings: Sequence[Finding]
) -> Statement | None:
    """What is left of a sentence that no check could confirm: the sentences or rows it cites, in their own words; None where too few of
    its words stand there for these to be what was meant, or where a passage that it cites gave orders to machines."""
    held = next((finding.score for finding in findings if finding.check == "support"), 0.0)
    cited = [item for item in evidence if any(item.passage.holds(citation) for citation in written.citations)]
    if held < _MEANT or any(item.suspicious for item in cited):
        return None
    quoted = _as_cited(written, cited)
    return quoted and written_short(query, quoted, evidence)


def _as_cited(written: Statement, evidence: Sequence[Evidence]) -> Statement | None:
    """The statement in the words of whole sentences and rows that its citations touch; None without any."""
    quoted: dict[str, None] = {}
    for citation in written.citations:
        if (passage := holding(citation, evidence)) is not None:
            quoted |= dict.fromkeys(
                piece.text
                for piece in pieces(passage)
                if piece.start < citation.end and citation.start < piece.end
            )
    return dataclasses.replace(written, text=" ".join(quoted)) if quoted else None
