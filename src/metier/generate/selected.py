"""The rows that meet what a question asks of values: every pump below 2,000 euros, every gauge last calibrated before 2025.

Told are the rows of the tables that fit best, in their order, each with its citation; a table that another version replaces is left
out before, and rows that fail a condition answer nothing. What other tables hold that the search did not find is not known, and the answer says how many rows were found.
"""

from collections.abc import Sequence

from metier.generate.candidates import Candidate
from metier.generate.several import as_far_as_told
from metier.text.conditions import read_conditions
from metier.text.language import german_or_english
from metier.text.rows_meant import rows_failing, rows_meant
from metier.types import Statement

_AS_WELL = 0.05  # a table that fits by so much less than the best one is told, too
_NOTES = {
    "en": "{all} rows of the tables that were found meet this; {shown} are shown.",
    "de": "{all} Zeilen der gefundenen Tabellen erfüllen das; {shown} werden gezeigt.",
}


def without_failing(question: str, language: str, options: Sequence[Candidate]) -> list[Candidate]:
    """The options without rows that fail what the question asks of values."""
    if (asked := read_conditions(question, language)) is None:
        return list(options)
    failing = {item.passage.id: rows_failing(asked, item.passage) for item in options if item.is_row}
    return [item for item in options if not item.is_row or item.piece.start not in failing[item.passage.id]]


def selected_rows(
    question: str, language: str, options: Sequence[Candidate]
) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
    """The rows as statements, and notes; none if the question asks nothing of values, or no row meets it."""
    if (asked := read_conditions(question, language)) is None:
        return (), ()
    tables: dict[tuple[str, str], list[Candidate]] = {}
    worth: dict[tuple[str, str], float] = {}
    meant = {item.passage.id: rows_meant(asked, item.passage) for item in options if item.is_row}
    for item in options:
        how_well = next(
            (value for piece, value in meant.get(item.passage.id, ()) if piece == item.piece), 0.0
        )
        if how_well and not item.is_outdated:
            tables.setdefault(item.table, []).append(item)
            worth[item.table] = max(how_well, worth.get(item.table, 0.0))
    if not tables:
        return (), ()
    chosen = [table for table in tables if worth[table] >= max(worth.values()) - _AS_WELL]
    rows = [item for table in chosen for item in sorted(tables[table], key=lambda item: item.piece.start)]
    once = list({item.text: item for item in reversed(rows)}.values())[::-1]
    told = as_far_as_told(once)
    statements = tuple(
        Statement(f"s{number}", item.text, (item.cite(f"c{number}"),))
        for number, item in enumerate(told, start=1)
    )
    return statements, (_NOTES[german_or_english(language)].format(all=len(once), shown=len(told)),)
