"""Words that an engine tore at narrow gaps ("IMPLEMENTAT ION", "in time .") are whole again where the file's text layer has them whole.

liteparse tears at kerning beside a capital I, in small capitals and before full stops: 205 words on 30 of 55 one-page PDFs (tuning
half). The gaps there are at most 0.06 of the height of the type; a space between words is 0.15 and more, so a text layer that
leaves spaces out joins nothing here.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby, pairwise

from metier.extract.align import straight
from metier.extract.raw import RawBlock, RawWord, Rect

# Of the height of the type: a wider gap is a space.
_WIDEST = 0.1
# Boxes of words reach beyond their block's by rounding.
_SLACK = 2.5


def mend(blocks: Sequence[RawBlock], words: Sequence[RawWord], whole: Collection[str]) -> None:
    """Closes the gaps in the texts of a page's blocks; `words` are as the engine has them, `whole` as the text layer does."""
    for pieces in torn_words(words, whole):
        torn, text = " ".join(piece.text for piece in pieces), "".join(piece.text for piece in pieces)
        x0, top, x1, bottom = pieces[0].rect
        for block in blocks:
            box = block.rect
            if (
                box is None
                or not box[0] - _SLACK <= (x0 + x1) / 2 <= box[2] + _SLACK
                or not box[1] - _SLACK <= (top + bottom) / 2 <= box[3] + _SLACK
            ):
                continue
            block.text = _closed(block.text, torn, text)
            for cell in block.cells:
                cell.text = _closed(cell.text, torn, text)


def _closed(text: str, torn: str, whole: str) -> str:
    if torn not in text:  # most torn words are whole in the engine's own text
        return text
    return re.sub(rf"(?<!\S){re.escape(torn)}(?!\S)", lambda _: whole, text)


def torn_words(words: Sequence[RawWord], whole: Collection[str]) -> Iterator[Sequence[RawWord]]:
    """The pieces of each word that is one in the text layer, in the order of `words`."""
    close = [_close(left.rect, right.rect) for left, right in pairwise(words)]
    if True not in close:
        return
    known = frozenset(map(straight, whole))
    for is_close, places in groupby(range(len(close)), key=close.__getitem__):
        if is_close:
            joints = list(places)
            yield from _wholes(words[joints[0] : joints[-1] + 2], known)


def _wholes(run: Sequence[RawWord], known: Collection[str]) -> Iterator[Sequence[RawWord]]:
    """The longest words that pieces of the run make, from the left."""
    first = 0
    while first < len(run) - 1:
        texts = [straight(word.text) for word in run[first:]]
        last = next((end for end in range(len(texts), 1, -1) if "".join(texts[:end]) in known), 1)
        if last > 1:
            yield run[first : first + last]
        first += last


def _close(left: Rect, right: Rect) -> bool:
    """True if the second word stands behind the first with no space between."""
    gap, widest = right[0] - left[2], _WIDEST * (left[3] - left[1])
    if not -widest <= gap <= widest:  # nearly always
        return False
    shared = min(left[3], right[3]) - max(left[1], right[1])
    return shared > 0.5 * min(left[3] - left[1], right[3] - right[1])
