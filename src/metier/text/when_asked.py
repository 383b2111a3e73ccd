"""Does a question ask when something was, and does a text say a date? English and German.

"When was the supplier last audited?" is not answered by "Records are kept for 12 years." What is to come, or holds always ("When are
expenses paid?"), is answered in many other ways, and is left alone.
"""

import re
from functools import lru_cache
from typing import Final

from metier.text.dates import dates

_ASKS: Final = re.compile(
    r"^\W*(?:(?:since|until|from) )?when (?:was|were|did|had)\b(?! i\b| we\b)|^\W*(?:seit |bis |ab )?wann (?:war(?:en)?|wurden?|hat(?:te)?n?|haben)\b(?! ich\b| wir\b)",
    re.IGNORECASE,
)
_DATED: Final = re.compile(
    r"(?<![\w-])(?:19|20)\d\d(?![\w-])|\b(?:KW|week|calendar week|Q[1-4]) ?\d*\b", re.IGNORECASE
)


def asks_when_it_was(question: str) -> bool:
    """True for a question of the day, month or year of what has been."""
    return bool(_ASKS.search(question))


@lru_cache(maxsize=1 << 12)
def says_date(text: str, language: str = "") -> bool:
    """True for a text with a day, a week, a quarter, a month or a year."""
    return bool(_DATED.search(text) or dates(text, language))
