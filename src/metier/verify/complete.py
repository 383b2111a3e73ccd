"""Completeness: which part of a question of several parts nothing in the answer speaks of.

A part is left open if no statement, nor what it cites, holds any of the words that only this part has. Words for words:
an answer that speaks of it in other words, or in another language than the question (which is not judged), looks the same.
"""

from collections.abc import Sequence

from metier.text.analyze import content_words
from metier.text.language import detect_language
from metier.types import Query, Statement


def left_open(query: Query, statements: Sequence[Statement]) -> tuple[str, ...]:
    """The parts of the question that no statement speaks of; none for a question of one part, or of a comparison."""
    if query.compares or len(query.rewrites) < 2 or not statements:
        return ()
    language = query.language or detect_language(query.text)
    if any((detect_language(item.text) or language) != language for item in statements):
        return ()
    said = " ".join(
        text
        for item in statements
        for text in (item.text, *(f"{citation.title} {citation.quote}" for citation in item.citations))
    )
    known = set(content_words(said, language))
    words = [set(content_words(part, language)) for part in query.rewrites]
    return tuple(
        part
        for number, part in enumerate(query.rewrites)
        if (own := words[number] - set().union(*words[:number], *words[number + 1 :])) and not own & known
    )
