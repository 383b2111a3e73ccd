"""Dates: every date of a statement is in its cited text, or follows from a more precise one there.

"March 2025" follows from "1 March 2025", not the other way round. Relative dates are not resolved.
"""

import re
from collections.abc import Sequence

from metier.text.dates import YEARLESS, DateSpan, dates
from metier.types import Draft, Evidence, Finding, Query
from metier.verify.align import align, share_given


class Dates:
    """Share of a statement's dates that its cited text gives."""

    name = "dates"

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        """One finding per statement; score 1 if it has no dates."""
        found = []
        for statement in draft.statements:
            alignment = align(statement, evidence)
            # beside rows with quarters by their numbers
            said = alignment.statement if alignment.rows else statement.text
            stated = dates(said, alignment.language, yearless=True)
            text = f"{alignment.cited}\n{alignment.context}"
            given = dates(text, alignment.language, yearless=True) if stated else []
            missing = [
                written
                for span in stated
                if not _given(span, given, text)
                and not _is_figure(written := said[span.start : span.end], text)
            ]
            found.append(share_given(self.name, statement, missing, len(stated)))
        return found


def _is_figure(written: str, text: str) -> bool:
    """True for a figure of the text at the end of a sentence, which is written as a day: "The rate was 7.5."."""
    return _DAY_DOT_MONTH.fullmatch(written) is not None and re.search(
        rf"(?<![\d.,]){re.escape(written.rstrip('.'))}(?!\d|\.\d)", text
    ) is not None  # fmt: skip


_DAY_DOT_MONTH = re.compile(r"\d{1,2}\.\d{1,2}\.")


def _given(stated: DateSpan, given: Sequence[DateSpan], text: str) -> bool:
    if any(_follows(stated, other) for other in given):
        return True
    year = str(stated.value.year)
    if stated.precision == "year":
        return re.search(rf"(?<!\d){year}(?!\d)", text) is not None
    # "by 31 December" under a heading that says 2025
    return (
        stated.precision == "day"
        and year in text
        and any(other.precision == "yearless" and _day(other) == _day(stated) for other in given)
    )


def _follows(stated: DateSpan, other: DateSpan) -> bool:
    if stated.precision == "yearless" or stated.value.year == YEARLESS:
        return other.precision in ("day", "yearless") and _day(stated) == _day(other)
    if other.precision == "yearless" or stated.value.year != other.value.year:
        return False
    if stated.precision == "year":
        return True
    if stated.precision == "quarter":
        return other.precision != "year" and _quarter(stated) == _quarter(other)
    if stated.precision == "month":
        return other.precision in ("month", "day") and stated.value.month == other.value.month
    return other.precision == "day" and stated.value == other.value


def _day(span: DateSpan) -> tuple[int, int]:
    return span.value.month, span.value.day


def _quarter(span: DateSpan) -> int:
    return (span.value.month - 1) // 3
