"""Which documents a question is put to: the filter over those that its asker may see, worked out before anything is searched.

Paths and dates tell, too (that there is a contract with Nordwind), so what is said about a filter that meets nothing speaks of
documents alone that are open to the asker by the rules of this moment. It does not know what a document is about.
"""

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from metier.retrieve.visible import Live
from metier.settings import INSIDE, glob_matches
from metier.text.filters import type_of
from metier.types import Access, Chosen, Entry, Filter

# Documents, and a day -> ids of those that are not the version in force then
Superseded = Callable[[Iterable[Entry], date], Mapping[str, str]]
_WILD = "*?"
_KEPT = 32  # filters whose documents are remembered
_COMPARED = 5_000  # names that a misspelt one is compared with, which takes 30 ms
_NAMED = 8  # types that are told


@dataclass(frozen=True, slots=True)
class _Meeting:
    """The live documents that meet a filter, whoever may see them."""

    entries: tuple[Entry, ...]
    undated: tuple[Entry, ...]  # left out for want of a date alone


class Filtering:
    """Works filters out; each once until the visible set changes, and who may see what at every question."""

    def __init__(
        self, live: Live, groups_of: Callable[[str], tuple[str, ...]], superseded: Superseded
    ) -> None:
        self._live = live
        self._groups_of = groups_of
        self._superseded = superseded
        self._known: tuple[Mapping[str, Entry] | None, dict[Filter, _Meeting]] = (None, {})

    def choose(self, wanted: Filter, access: Access) -> Chosen:
        """The documents that the filter leaves of those that the asker may see, and what in it meets none of these."""
        live = self._live()
        meeting = self._meeting(wanted, live)
        documents = frozenset(item.id for item in meeting.entries if self._is_open(item, access))
        is_met = documents and len(wanted.paths) + len(wanted.types) <= 1
        seen: list[Entry] = []
        if wanted.as_of or not is_met:
            seen = [item for item in live.values() if self._is_open(item, access)]
        if wanted.as_of:  # a newer version that the asker may not see takes the place of none
            documents = documents.difference(self._superseded(seen, date.fromisoformat(wanted.as_of)))
        notes = () if is_met else (*_unmet_paths(wanted.paths, seen), *_unmet_types(wanted.types, seen))
        return Chosen(documents, notes, sum(self._is_open(item, access) for item in meeting.undated))

    def _is_open(self, item: Entry, access: Access) -> bool:
        return access.allows(self._groups_of(item.uri))

    def _meeting(self, wanted: Filter, live: Mapping[str, Entry]) -> _Meeting:
        known = self._known
        if known[0] is not live or len(known[1]) >= _KEPT:
            known = self._known = (live, {})
        if (found := known[1].get(wanted)) is None:
            found = known[1][wanted] = self._work_out(wanted, live)
        return found

    def _work_out(self, wanted: Filter, live: Mapping[str, Entry]) -> _Meeting:
        placed = [item for item in live.values() if _is_in(item, wanted.paths) and _is_of(item, wanted.types)]
        if wanted.as_of:
            return _Meeting(tuple(one for one in placed if one.version_date <= wanted.as_of), ())
        if not wanted.since and not wanted.until:
            return _Meeting(tuple(placed), ())
        dated = (one for one in placed if one.version_date and _is_between(one.version_date, wanted))
        return _Meeting(tuple(dated), tuple(one for one in placed if not one.version_date))


def _is_between(day: str, wanted: Filter) -> bool:
    return wanted.since <= day and (not wanted.until or day <= wanted.until)


def _is_in(item: Entry, paths: Sequence[str]) -> bool:
    return not paths or any(_meets(item.uri, path) for path in paths)


def _meets(uri: str, path: str) -> bool:
    """Whether the uri matches the glob, is the file or lies in the folder (or archive, or mail)."""
    if any(sign in path for sign in _WILD):
        return glob_matches(uri, path)
    folder = path.rstrip("/")
    return uri == folder or uri.startswith(f"{folder}/")


def _is_of(item: Entry, types: Sequence[str]) -> bool:
    return not types or type_of(item.uri) in types


def _unmet_paths(paths: Sequence[str], seen: Sequence[Entry]) -> Iterator[str]:
    for path in paths:
        if not any(_meets(item.uri, path) for item in seen):
            near = _nearest(path, seen)
            yield f"no document matches {path!r}" + (f"; did you mean {near!r}?" if near else "")


def _nearest(path: str, seen: Sequence[Entry]) -> str:
    """The folder, or file, whose name is most like what the path says before its first sign; empty if none is."""
    named = path[: min((path.find(sign) for sign in _WILD if sign in path), default=len(path))].rstrip("/")
    folders = {item.uri.split(INSIDE, 1)[0].rpartition("/")[0] for item in seen}
    parents = {folder[:end] for folder in folders for end in _ends(folder)}
    names = sorted(parents - {""}) or []
    names += [item.uri for item in seen][: max(0, _COMPARED - len(names))]
    exact = next((name for name in names if name.casefold() == named.casefold()), "")
    near = exact or next(iter(difflib.get_close_matches(named, names[:_COMPARED], n=1)), "")
    return f"{near}/**" if near in parents and near else near


def _ends(folder: str) -> list[int]:
    """Where each folder above this one ends, and it itself."""
    return [place for place, sign in enumerate(folder) if sign == "/"] + [len(folder)]


def _unmet_types(types: Sequence[str], seen: Sequence[Entry]) -> Iterator[str]:
    counts = Counter(type_of(item.uri) for item in seen)
    told = ", ".join(f"{name} ({count})" for name, count in counts.most_common(_NAMED) if name)
    for name in types:
        if not counts[name]:
            yield f"no document is of type {name!r}" + (f"; there are {told}" if told else "")
