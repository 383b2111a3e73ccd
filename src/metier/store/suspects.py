"""Which sentences of which document give orders to machines, in a small file of the workspace; made again when lost."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from metier.types import Suspect

_ROWS = TypeAdapter(dict[str, list[Suspect]])


class FileSuspects:
    """Suspects by document id; a document that was looked at and holds none has an empty list."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, list[Suspect]]:
        """What was last kept; nothing if there is none or the file is damaged."""
        try:
            return _ROWS.validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return {}

    def write(self, found: Mapping[str, Sequence[Suspect]]) -> None:
        """Keeps them, whole at every moment. Losing the file in a power cut costs another look."""
        temporary = self._path.with_suffix(f".{os.getpid()}.part")
        data = _ROWS.dump_python({key: list(rows) for key, rows in found.items()}, mode="json")
        temporary.write_text(json.dumps(data, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.replace(self._path)
