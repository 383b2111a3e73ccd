"""What people should look at in each document, in a small file of the workspace; made again when lost."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from metier.types import Findings

_ROWS = TypeAdapter(dict[str, Findings])


class FileFindings:
    """Findings by document id; a document that was looked at and needs nobody has empty ones."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Findings]:
        """What was last kept; nothing if there is none or the file is damaged."""
        try:
            return _ROWS.validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return {}

    def write(self, found: Mapping[str, Findings]) -> None:
        """Keeps them, whole at every moment. Losing the file in a power cut costs another look."""
        temporary = self._path.with_suffix(f".{os.getpid()}.part")
        data = _ROWS.dump_python(dict(found), mode="json")
        temporary.write_text(json.dumps(data, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.replace(self._path)
