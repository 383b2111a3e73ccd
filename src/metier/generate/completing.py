"""What belongs to a sentence that is said: the exception in the next one, and the other half of a line of labels.

"Suitable: foam. Unsuitable: water jet." is one line of two sentences; who is told the first half alone is told half a truth.
It knows words that take something out of what was said, in the same paragraph, and nothing of other conditions.
"""

import dataclasses
import re
from collections.abc import Sequence

from metier.generate.candidates import Candidate
from metier.text.statements import Piece

_EXCEPTS = re.compile(
    r"(?:except(?:ed|ions?)?|excluded|unless|unsuitable|not (?:suitable|included|covered|allowed)|(?:this|that|it) does not apply|"
    r"ausgenommen|ausnahmen?|ausgeschlossen|ungeeignet|nicht (?:geeignet|enthalten|erlaubt)|(?:dies|das) gilt nicht|es sei denn)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?:^|[:.] )[^\W\d_][\w-]*(?: [\w-]+){0,2}: ")  # "Suitable: ", "Geeignete Löschmittel: "
_LONGEST = 60  # words of both together


def completed(item: Candidate, options: Sequence[Candidate]) -> Candidate:
    """The candidate with the next sentence, where that is its exception or goes on with its line of labels; else itself."""
    if item.is_row or not item.after:
        return item
    following = next((other for other in options if _follows(other, item)), None)
    if following is None or len(f"{item.text} {following.text}".split()) > _LONGEST:
        return item
    goes_on = _LABEL.search(item.text) and _LABEL.match(following.text)
    if not goes_on and not _EXCEPTS.match(following.text):
        return item
    both = Piece(f"{item.text} {following.text}", item.piece.start, following.piece.end)
    return dataclasses.replace(item, piece=both, after=following.after)


def _follows(other: Candidate, item: Candidate) -> bool:
    """True for the next sentence of the same line."""
    if other.passage.id != item.passage.id or other.text != item.after or other.piece.start < item.piece.end:
        return False
    start = item.passage.start
    return "\n" not in item.passage.text[item.piece.end - start : other.piece.start - start]
