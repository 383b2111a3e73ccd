"""Derived figures: what a statement calls a change, an average or a share, its cited text gives as one.

Small models answer "What was the average ...?" with the first figure of the row: the number is there, and the sentence is
wrong. So a figure that is said to be worked out must be told as such by the cited text, or its calculation must stand
beside it; and what is called the largest of its kind needs a text that says so, or the rows it is compared with.
"""

import re
from collections.abc import Sequence
from typing import Final

from metier.text.arithmetic import calculations
from metier.text.numbers import has_digit
from metier.types import Draft, Evidence, Finding, Query
from metier.verify.align import Alignment, align

_LARGEST: Final = "largest"  # told without a figure, too
_BETWEEN = r"(?:\s?/?\s?\(?[\w%-]+\)?){0,2}"
# Kind -> (how a statement says that it gives one, what in a source tells one). Only nouns with what they are of: "increased from
# 3 to 5" is a sentence about two figures that stand there.
_KINDS: Final[dict[str, tuple[re.Pattern[str], re.Pattern[str]]]] = {
    "change": (
        re.compile(
            rf"\b(?:the|an?|percentage|net|total|die|der|ein[e]?)\s+(?:change|increase|decrease|difference|growth|decline|reduction|rise|"
            rf"änderung|veränderung|anstieg|zunahme|abnahme|rückgang|differenz|unterschied|steigerung){_BETWEEN}\s+(?:in|of|between|from|for|zwischen|von|vom|de[sr]|bei|beim)\b",
            re.IGNORECASE,
        ),
        re.compile(
            r"chang|increas|decreas|differ|grow|grew|declin|reduc|\brise|\brose|rais|\bf[ae]ll|drop|higher|lower|\bup\b|\bdown\b|varia|\bgain|\bloss|"
            r"\bvs\b|versus|compar|änder|anst[ie]|gestiegen|st[ie]e?g|zunahm|zugenom|abnahm|abgenom|rückg|zurückg|differen|unterschied|erhöh|senk|sank|gesunk|höher|niedriger|vergl|\bneu|\bnew\b|[+−-]\s?\d",
            re.IGNORECASE,
        ),
    ),
    "average": (
        re.compile(r"\b(?:average|mean (?:of|value)|durchschnitt\w*|mittelwert)\b", re.IGNORECASE),
        re.compile(r"\baverag|\bavg\b|\bmean\b|ø|durchschnitt|mittel", re.IGNORECASE),
    ),
    "share": (
        re.compile(r"\b(?:percentage|proportion|ratio|anteil|prozentsatz|verhältnis)\b", re.IGNORECASE),
        re.compile(r"%|\d\s?:\s?\d|percent|per cent|proportion|ratio|\bshare|prozent|anteil|quote|verhältnis|\brate|satz\b", re.IGNORECASE),
    ),
    _LARGEST: (
        re.compile(
            r"\b(?:(?:the|die|der|das)\s+(?:most|least|highest|largest|biggest|greatest|longest|lowest|smallest|shortest|cheapest|höchsten?|größten?|meisten|niedrigsten?|"
            r"kleinsten?|längsten?|kürzesten?|teuersten?|günstigsten?))\b(?!\s+(?:recent|important|common|likely))",
            re.IGNORECASE,
        ),
        re.compile(
            r"\w(?:est|ste[nrs]?|sten)\b|\bmost\b|\bleast\b|maxim|minim|\bmax\b|\bmin\b|\bhigh|\blow|\btop\b|main|leading|höchst|mindest|spitz",
            re.IGNORECASE,
        ),
    ),
}  # fmt: skip


class Derived:
    """Whether what a statement calls a change, an average, a share or the largest is one in its cited text."""

    name = "derived"

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        """One finding per statement; score 0 if a kind of figure is claimed that the cited text does not give, else 1."""
        found = []
        for statement in draft.statements:
            alignment = align(statement, evidence)
            is_worked_out = bool(calculations(statement.text, alignment.language))
            missing = [] if is_worked_out else _missing(alignment)
            detail = f"the cited text gives no {' and no '.join(missing)}" if missing else ""
            found.append(Finding(self.name, statement.id, not missing, float(not missing), detail))
        return found


def _missing(alignment: Alignment) -> list[str]:
    text = alignment.statement
    if not alignment.cited:
        return []
    given = f"{alignment.cited}\n{alignment.context}"
    return [
        kind
        for kind, (claimed, told) in _KINDS.items()
        if claimed.search(text)
        and not told.search(given)
        and (len(alignment.rows) <= 1 if kind == _LARGEST else has_digit(text))
    ]
