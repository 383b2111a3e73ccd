"""What checks of access found: checks made, leaks, things missing."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """Checks made, and what they found."""

    checks: int = 0
    leaks: int = 0
    missing: int = 0
    first: str = ""  # the first violation in words

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.checks + other.checks,
            self.leaks + other.leaks,
            self.missing + other.missing,
            self.first or other.first,
        )


def total_of(counts: Iterable[Count], until_found: bool = False) -> Count:
    """All of them together; with `until_found` no more are asked for once something was found."""
    total = Count()
    for count in counts:
        total += count
        if until_found and (total.leaks or total.missing):
            break
    return total
