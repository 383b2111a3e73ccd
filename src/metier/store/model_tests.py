"""What `metier model test` found of language models, kept in a small file of the workspace: whether each may decide."""

import json
from pathlib import Path
from typing import Any

from metier.store.files import write_durably


class KeptTests:
    """By the identity of the model; a file that is damaged or not there says nothing of any."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, identity: str, decides: bool, told: str) -> None:
        """Keeps the newest test of the model, with what was `told` of it."""
        kept = {**self._read(), identity: {"decides": decides, "told": told}}
        write_durably(self._path, (json.dumps(kept, indent=1, ensure_ascii=False) + "\n").encode())

    def decides(self, identity: str) -> bool | None:
        """Whether the model was found good enough to decide if passages answer; None if it was not tested."""
        found = self._read().get(identity)
        return None if found is None else found.get("decides") is True

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        rows = data.items() if isinstance(data, dict) else ()
        return {name: row for name, row in rows if isinstance(row, dict)}
