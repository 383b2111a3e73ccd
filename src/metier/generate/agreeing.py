"""What agrees with the best candidate: the same figure in another place, the same text in a copy, the row of another variant.

The chances of candidates add up to one, so a figure that stands in a row and a sentence of two copies has a quarter of it four times,
and looks unsure. Where most of what is asked is said, what agrees counts together (docs/design/lists.md has what else was tried).
"""

import re
from collections.abc import Sequence

from metier.generate.candidates import Candidate
from metier.generate.ranking import Ranked
from metier.text.analyze import content_set
from metier.text.numbers import has_digit, reads_as_year
from metier.text.quantities import quantities

_MOSTLY = 0.7  # share of the question's words that the best candidate says, with its title and headings
_DIGIT = re.compile(r"\d")


def agreeing(question: str, language: str, ranked: Ranked) -> list[Candidate]:
    """The best candidate and those that agree with it; only itself if it says too little of the question."""
    if not ranked.items:
        return []
    best, asked = ranked.items[0], content_set(question, language)
    silent = asked - best.words - best.context_words
    if len(silent) > (1 - _MOSTLY) * len(asked) or any(map(has_digit, silent)):
        return [best]  # who asks for 2027 or for 40 years of service is told of no other, however many agree
    return [item for item in ranked.items if _agree(item, best, asked)]


def _agree(item: Candidate, best: Candidate, asked: frozenset[str]) -> bool:
    if item.text == best.text:
        return True
    if (heads := _heads(best)) and _heads(item) == heads:  # rows of one table share figures by chance
        return item.words & asked == best.words & asked
    return bool(_figures(item) & _figures(best))


def _figures(item: Candidate) -> frozenset[tuple[object, str]]:
    """Values with their units, of a row those of its cells; years are none."""
    texts = [value for _, value in item.cells] or [item.text]
    return frozenset(
        (one.value, one.unit)
        for text in texts
        for one in quantities(text, item.language)
        if one.kind != "reference" and not reads_as_year(text[one.start : one.end])
    )


def _heads(item: Candidate) -> Sequence[str]:
    return [head for head, _ in item.cells]
