"""What the table of passages consists of, and whether it was built as it would be now."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lancedb
import pyarrow as pa

from metier.errors import UserError
from metier.stages import Embedder
from metier.store.place import TablePlace
from metier.text.analyze import ANALYZER

COLUMNS = ("id", "document", "uri", "title", "page", "start", "end", "text", "heading_path", "kind", "language",
            "version_date", "groups")  # fmt: skip
TUPLES = ("heading_path", "groups")


def pinned(embedders: Mapping[str, Embedder]) -> dict[str, str]:
    """How the terms and vectors of a table are made that is built now."""
    return {name: embedder.identity for name, embedder in embedders.items()} | {"terms": ANALYZER}


def schema_of(embedders: Mapping[str, Embedder]) -> pa.Schema:
    """Columns, and pinned beside them how terms and vectors are made: one vector column per embedder."""
    text, words = pa.string(), pa.list_(pa.string())
    fields = [(name, words if name in TUPLES else text) for name in COLUMNS]
    numbers = {"page": pa.int32(), "start": pa.int64(), "end": pa.int64()}
    fields = [(name, numbers.get(name, kind)) for name, kind in fields]
    vectors = [(name, pa.list_(pa.float32(), embedder.dimension)) for name, embedder in embedders.items()]
    return pa.schema([*fields, ("terms", text), *vectors], metadata=pinned(embedders))


def compare(found: pa.Schema, wanted: pa.Schema, folder: Path) -> None:
    """Raises UserError if the table was built with other embedders, another analyzer or other columns."""
    if not (what := differing(found, wanted)):
        return
    raise UserError(
        f"{folder} was built with another {what} than metier.yaml and this version of metier use now. Nothing was changed: run "
        f"`metier reindex`, which builds it anew from the kept documents (no file is read again), or put the old setting back. "
        "If it was built anew while this process ran, start this process again"
    )


def why_not(first: Path, embedders: Mapping[str, Embedder]) -> str:
    """Why these embedders cannot search the table, for people; empty if they can. `first` as for LancePassages."""
    folder = TablePlace(first).folder()
    wanted = schema_of(embedders)
    try:
        table: Any = lancedb.connect(folder.parent).open_table(folder.stem)
        if what := differing(table.schema, wanted):
            return f"it was built with another {what}"
        table.search().select(["document", "groups"]).to_arrow()
    except (RuntimeError, ValueError, OSError) as error:
        return f"it cannot be read ({str(error).splitlines()[0][:200]})"
    return ""


def differing(found: pa.Schema, wanted: pa.Schema) -> str:
    """What a table was built with otherwise; empty if nothing."""
    if not found.remove_metadata().equals(wanted.remove_metadata()):
        return "set of columns"
    has = found.metadata or {}
    return ", ".join(sorted(key.decode() for key, value in wanted.metadata.items() if has.get(key) != value))
