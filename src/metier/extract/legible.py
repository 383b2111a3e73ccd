"""Whether the text layer of a page says letters at all.

Some files name no letters for what their fonts draw: what comes out are marks of private use, replacement marks or control
characters. It is not seen where a font names wrong letters; `text_layer` calls that another spelling.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable

# Private use, not assigned, controls: no reader can show them. Symbol fonts have some, for bullets and arrows.
_NO_LETTERS = frozenset(["Co", "Cn", "Cc"])
# Fewer characters than this are a decoration.
_LEAST = 20


def illegible(words: Iterable[str]) -> float:
    """Share (0-1) of the characters that name no letter; 0 of a few."""
    text = "".join(words)
    if text.isascii() and text.isprintable():
        return 0.0
    visible = "".join(text.split())
    if len(visible) < _LEAST:
        return 0.0
    return sum(count for char, count in Counter(visible).items() if _names_none(char)) / len(visible)


def _names_none(char: str) -> bool:
    return char == "\ufffd" or unicodedata.category(char) in _NO_LETTERS
