"""The filter of a question as people write it: globs of paths, endings of files, days, months or years."""

import calendar
import re
from collections.abc import Iterable, Sequence
from datetime import date

from metier.errors import UserError
from metier.types import Filter

MOST = 50  # globs, or endings, of one filter
_DAY = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
_SAME = {"jpeg": "jpg", "htm": "html", "markdown": "md", "tiff": "tif"}


def read_filter(
    paths: Sequence[str] = (), types: Sequence[str] = (), since: str = "", until: str = "", as_of: str = ""
) -> Filter | None:
    """The filter; None if nothing is asked. A year or month means its first day (`since`) or its last (`until`, `as_of`). Raises
    UserError for what can mean nothing."""
    found = Filter(
        _listed("in", (path.strip().replace("\\", "/").removeprefix("./") for path in paths)),
        _listed("type", map(_plain_type, types)),
        _day("since", since),
        _day("until", until, is_last=True),
        _day("as_of", as_of, is_last=True),
    )
    if found.since and found.until and found.since > found.until:
        raise UserError(f"filter: since {found.since} is after until {found.until}; exchange the two")
    if found.as_of and (found.since or found.until):
        raise UserError("filter: as_of chooses by dates already; leave out since and until")
    return found if found != Filter() else None


def type_of(path: str) -> str:
    """The type of the file at the path: its ending; empty if its name has none."""
    name, dot, ending = path.rpartition("/")[2].rpartition(".")
    return _plain_type(ending) if name and dot else ""


def _plain_type(ending: str) -> str:
    plain = ending.strip().casefold().removeprefix(".")
    return _SAME.get(plain, plain)


def _listed(name: str, values: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(values))
    if len(found) > MOST:
        raise UserError(
            f"filter: {len(found)} values of `{name}`, {MOST} are the limit; name a folder or a glob"
        )
    if "" in found:
        raise UserError(f"filter: a value of `{name}` is empty; leave it out")
    return found


def _day(name: str, text: str, is_last: bool = False) -> str:
    if not (text := text.strip()):
        return ""
    try:
        match = _DAY.fullmatch(text)
        year, month, day = (int(part) if part else 0 for part in match.groups()) if match else (0, 0, 0)
        month = month or (12 if is_last else 1)
        return date(year, month, day or (calendar.monthrange(year, month)[1] if is_last else 1)).isoformat()
    except ValueError:
        raise UserError(f"filter: {name} {text!r} is no day; write 2025-01-31, 2025-01 or 2025") from None
