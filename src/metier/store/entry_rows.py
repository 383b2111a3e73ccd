"""Entries of the ledger as rows of SQLite's driver, and back.

Twenty values a row, of which SQLAlchemy makes as many bound parameters: by these functions a row costs a fifth of that.
"""

import dataclasses
import json
from functools import lru_cache
from operator import attrgetter
from typing import Any

from metier.types import Entry, State

FIELDS = tuple(item.name for item in dataclasses.fields(Entry))
_PLAIN = tuple(name for name in FIELDS if name not in ("state", "groups", "updated_at"))
_COLUMNS = tuple(f'"{name}"' for name in ("tenant", "updated_at", "state", "groups", *_PLAIN))

# Writes a row, over the one with its id if there is one.
SQLITE_PUT = (
    f"INSERT INTO documents ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS)}"
)
_plain_values = attrgetter(*_PLAIN)


def row_of(item: Entry, tenant: str, now: str) -> tuple[Any, ...]:
    """The values of SQLITE_PUT."""
    return (tenant, now, item.state.value, _written(item.groups), *_plain_values(item))


STATES = {state.value: state for state in State}
_STATE, _GROUPS = FIELDS.index("state"), FIELDS.index("groups")


def entry_of(row: Any) -> Entry:
    """The entry of a row with the columns FIELDS; groups are JSON, or what a driver made of it already."""
    values = list(row)
    values[_STATE] = STATES[values[_STATE]]
    groups = values[_GROUPS]
    values[_GROUPS] = _read(groups) if isinstance(groups, str) else tuple(groups)
    return Entry(*values)


@lru_cache(maxsize=4096)  # the same few come in every row
def _written(groups: tuple[str, ...]) -> str:
    return json.dumps(groups)


@lru_cache(maxsize=4096)
def _read(groups: str) -> tuple[str, ...]:
    return tuple(json.loads(groups))
