"""When a table is compacted, and whether what was found before is found afterwards.

Compacting rewrites the rows of small files and brings the index up to date: of 1,000,000 rows in 25 s, and searches take three
times as long beside it. It never changes what is found where Lance does as it says: keyword scores and cosines are exact. So a
few rows, drawn by their place, are searched for by their own terms and vector before and after; a row that is not found any
more, or a count that differs, is told, and `metier reindex` builds the table anew.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from metier.store.files import write_durably

# Below this many rows without an index an append is left to the flat search, which costs under a millisecond there.
_UNINDEXED = 2_000
_FRAGMENTS = 64  # one for every append since the last time; each is a file more to open for a search
_DELETED_SHARE, _DELETED_LEAST = 0.2, 1_000  # rows that are gone and are read past all the same
# Not before so many times as long has passed as the last one took: a twentieth of the time, and of the processor, at most.
_RESTS, _LEAST_REST_S = 20.0, 60.0


@dataclass(frozen=True, slots=True)
class Fill:
    """What a table consists of."""

    rows: int
    deleted: int  # rows that are still in its files
    fragments: int
    unindexed: int = 0

    def why_compact(self) -> str:
        """Why it is due to be compacted, for people; empty if it is not."""
        if self.unindexed >= _UNINDEXED:
            return f"{self.unindexed} rows were not in the index"
        if self.fragments >= _FRAGMENTS:
            return f"its rows were in {self.fragments} files"
        if self.deleted >= max(_DELETED_LEAST, _DELETED_SHARE * (self.rows + self.deleted)):
            return f"{self.deleted} deleted rows were still in its files"
        return ""


def fill_of(table: Any, unindexed: int = 0) -> Fill:
    """The fill of a Lance table."""
    told = table.stats()
    files = told["fragment_stats"]
    rows, fragments = int(told["num_rows"]), int(files["num_fragments"])
    written = int(files["lengths"]["mean"] * fragments)  # deleted ones among them
    return Fill(rows, max(0, written - rows), fragments, unindexed)


@dataclass(frozen=True, slots=True)
class Compaction:
    """One compaction, and what was found before and after it."""

    ended: float  # seconds since 1970
    seconds: float
    why: str
    rows_before: int
    rows_after: int
    asked: int  # searches for rows that are known to be there
    found_before: int
    found_after: int

    @property
    def is_lossy(self) -> bool:
        """Whether something was found before it, and is not any more."""
        return self.found_after < self.found_before or self.rows_after != self.rows_before

    def is_rested(self, now: float) -> bool:
        """Whether enough time has passed for the next one."""
        return not 0 <= now - self.ended < max(_LEAST_REST_S, _RESTS * self.seconds)

    def as_json(self) -> dict[str, Any]:
        """As it is kept and told."""
        return asdict(self) | {"lost": self.is_lossy}


def read_compaction(file: Path) -> Compaction | None:
    """The last compaction as it was kept; None if there was none or what is there is damaged."""
    try:
        told: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return Compaction(**{name: told[name] for name in Compaction.__dataclass_fields__})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_compaction(file: Path, compaction: Compaction) -> None:
    """Keeps it in the place of the one before."""
    write_durably(file, json.dumps(compaction.as_json()).encode())
