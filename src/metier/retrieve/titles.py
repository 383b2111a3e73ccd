"""What documents are called by: whether a name in a text is a thing that the asker has a document about.

Titles and file names tell too (that there is a contract with Nordwind), so only those of documents that are open to the
asker by the rules of this moment count.
"""

import re
from collections.abc import Callable, Mapping

from metier.retrieve.visible import Live
from metier.text.analyze import fold
from metier.types import Access, Entry

_WORD = re.compile(r"[^\W_]+")
# A name in more titles than this, and than this share of all, is the house's own or a word of the trade: it tells nothing.
_MOST_TITLES = 20
_MOST_SHARE = 0.05


class Titles:
    """Looks names up in the titles and file names of live documents; the index is made again when these change."""

    def __init__(self, live: Live, groups_of: Callable[[str], tuple[str, ...]]) -> None:
        self._live = live
        self._groups_of = groups_of
        self._kept: tuple[Mapping[str, Entry] | None, dict[str, frozenset[str]]] = (None, {})

    def is_called(self, name: str, access: Access) -> bool:
        """True if a document that is searched for the asker has all words of the name in its title or file name."""
        live = self._live()
        words = _WORD.findall(fold(name))
        if not words:
            return False
        by_word = self._by_word(live)
        found = frozenset.intersection(*(by_word.get(word, frozenset()) for word in words))
        if len(found) > max(_MOST_TITLES, _MOST_SHARE * len(live)):
            return False
        return any(access.reads(one) and access.allows(self._groups_of(live[one].uri)) for one in found)

    def _by_word(self, live: Mapping[str, Entry]) -> dict[str, frozenset[str]]:
        if self._kept[0] is not live:
            found: dict[str, set[str]] = {}
            for entry in live.values():
                name = entry.uri.rpartition("/")[2].rpartition(".")[0]
                for word in set(_WORD.findall(fold(f"{entry.title} {name}"))):
                    found.setdefault(word, set()).add(entry.id)
            self._kept = (live, {word: frozenset(ids) for word, ids in found.items()})
        return self._kept[1]
