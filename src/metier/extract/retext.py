"""Says a block again in the characters that the page prints, keeping the order that the engine found.

Engines differ in quotes, in the spaces they guess and in what they leave out; the printed words are the same for all.
"""

from collections.abc import Sequence

from metier.extract.align import Match, align
from metier.extract.raw import RawWord, one_line

_HYPHENS = ("-", "\u2010", "\u00ad")
# Words on one line are apart if the gap is at least this share of their height; raised figures touch what they follow.
_SPACE = 0.1


def retext(text: str, words: Sequence[RawWord], candidates: Sequence[int]) -> tuple[str, set[int]]:
    """The text with every stretch that a printed word covers as printed, and the indexes of those words.

    What no word covers stays (an engine may know what the page draws as a picture); between two words that touch in the
    text but not on the page comes a space.
    """
    matches = align(text, words, candidates)
    out: list[str] = []
    at = 0
    before: Match | None = None
    for start, end, index in matches:
        if start < at:
            continue  # two words at one place: the first has it
        between = text[at:start]
        if not between and before is not None and _apart(text, before, words[before[2]], words[index]):
            between = " "
        out += [between, _printed(text[start:end], words[index])]
        at, before = end, (start, end, index)
    out.append(text[at:])
    return "".join(out), {index for _, _, index in matches}


def _printed(stretch: str, word: RawWord) -> str:
    """The word, or the stretch where the engine mended a hyphen at the end of its line."""
    printed = one_line(word.text)
    same = len("".join(printed.split())) == len("".join(stretch.split()))
    return printed if same else stretch


def _apart(text: str, before: Match, left: RawWord, right: RawWord) -> bool:
    if left.text.endswith(_HYPHENS):
        return False  # mended, or a compound broken at its hyphen
    a, b = left.rect, right.rect
    height = min(a[3] - a[1], b[3] - b[1])
    if min(a[3], b[3]) - max(a[1], b[1]) < 0.3 * height:
        return True  # on another line
    return b[0] - a[2] >= _SPACE * height
