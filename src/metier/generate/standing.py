"""Which of several copies of a text is cited: a document of its own before an attachment, and a file that is called what it is
("annual-report-2025.pdf") before one that is not ("offer-final.docx")."""

import re
from collections.abc import Sequence

from metier.settings import INSIDE
from metier.text.analyze import content_set
from metier.types import Evidence, Passage

_NO_WORD = re.compile(r"[\W_]+")


def standing(passage: Passage) -> tuple[bool, float]:
    """The lowest is cited first."""
    title = content_set(passage.title, "")
    return INSIDE in passage.uri, -len(title & path_words(passage)) / max(1, len(title))


def path_words(passage: Passage) -> frozenset[str]:
    """The words of the path of its file."""
    return content_set(_NO_WORD.sub(" ", passage.uri), "")


def best_known_first(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence, with passages of one text in the order of their standing at the places that they had."""
    by_text: dict[str, list[Evidence]] = {}
    for item in evidence:
        by_text.setdefault(item.passage.text, []).append(item)
    copies = {
        text: iter(sorted(items, key=lambda item: standing(item.passage)) if len(items) > 1 else items)
        for text, items in by_text.items()
    }
    return [next(copies[item.passage.text]) for item in evidence]
