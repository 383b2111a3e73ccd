"""Things that are told apart by a number: who asks about scope 3 is not told of scope 1 and 2. English and German."""

import re
from functools import lru_cache

_CALLED = (
    "scope|priority|prio|level|class|grade|type|category|hall|room|gate|dock|line|step|stage|phase|tier|group|version|edition|clause|"
    "section|chapter|appendix|annex|shift|zone|building|floor|"
    "priorität|stufe|klasse|typ|kategorie|halle|raum|tor|linie|schritt|gruppe|auflage|ausgabe|ziffer|abschnitt|kapitel|anlage|anhang|schicht|"
    "gebäude|etage|bereich"
)
_NUMBERED = re.compile(
    rf"\b(?P<word>{_CALLED})(?:s|n|en)?(?:\s*[:.]\s*|[ -])(?P<numbers>\d{{1,3}}(?:(?:\s*(?:,|/|-|–|to|bis|and|und|or|oder|&)\s*)\d{{1,3}})*)(?![\d.,]*\d)(?!\s*(?:%|per cent|percent|prozent))",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(\d+)\s*(?:-|–|to|bis)\s*(\d+)")


@lru_cache(maxsize=1 << 14)  # sentences of the passages that come up again and again
def numbered(text: str) -> frozenset[tuple[str, int]]:
    """(word, number) of everything that is told apart by a number; of "steps 2 to 4" all three."""
    found = set()
    for match in _NUMBERED.finditer(text):
        word, numbers = match["word"].lower(), match["numbers"]
        found |= {(word, int(one)) for one in re.findall(r"\d+", numbers)}
        for first, last in _RANGE.findall(numbers):
            found |= {(word, one) for one in range(int(first), int(last) + 1)}
    return frozenset(found)


def of_another_number(question: str, text: str) -> bool:
    """True for a text that speaks of such a thing by other numbers only than the question does."""
    asked = numbered(question)
    if not asked:
        return False
    told = numbered(text)
    return any(
        word in {other for other, _ in told} and not told & {pair for pair in asked if pair[0] == word}
        for word in {word for word, _ in asked}
    )
