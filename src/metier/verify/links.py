"""Links: a statement gives no address that its cited text does not give.

A model that is made to add an address can carry data out in it, or send a reader to a stranger's page.
"""

import re
from collections.abc import Sequence

from metier.types import Draft, Evidence, Finding, Query
from metier.verify.align import align, share_given

_LINK = re.compile(
    r"(?:(?:[a-z][a-z0-9+.-]{1,20}:)?//|www\.|(?:mailto|javascript|data|tel|file):)[^\s<>\"'()\[\]{}|]+"
    r"|(?<![\w@.])(?:[a-z0-9-]{2,63}\.)+(?:com|org|net|de|eu|io|info|biz|co|uk|fr|ch|at|nl|it|es|us|app|dev|ai|xyz|ru|cn)"
    r"(?:/[^\s<>\"'()\[\]{}|]*)?(?![\w@])",
    re.IGNORECASE,
)


class Links:
    """0 if a statement holds a link that is not cited, else 1."""

    name = "links"

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        """One finding per statement."""
        found = []
        for statement in draft.statements:
            stated = links(statement.text)
            given = links(align(statement, evidence).cited) if stated else frozenset()
            found.append(share_given(self.name, statement, sorted(stated - given)))
        return found


def links(text: str) -> frozenset[str]:
    """Addresses in `text`, in one spelling (no scheme http(s), no www., no closing punctuation; host in lower case)."""
    found = set()
    for match in _LINK.finditer(text):
        address = match.group().rstrip(".,;:!?*_/")
        address = re.sub(r"^(?:https?:)?//", "", address, flags=re.IGNORECASE)
        host, slash, path = address.partition("/")
        found.add(host.lower().removeprefix("www.") + slash + path)
    return frozenset(found)
