"""How often the questions of a gate were looked at: what alpha spending counts.

A look is kept before its verdict is computed, so that a run killed in between has spent it. The same recipe (snapshot,
parent, seed) is the same look, however often it runs.
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from metier.errors import UserError
from metier.store.files import write_durably


class FileLooks:
    """The looks of one workspace."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self, recipe: str, questions: Collection[str]) -> int:
        """Which look (from 1) this recipe is at these questions: one more than other recipes took at any of them.

        Raises UserError if the record of earlier looks is damaged, for without it no look can be counted.
        """
        kept = self._read()
        if recipe in kept:
            return int(kept[recipe]["look"])
        asked = set(questions)
        earlier = [int(item["look"]) for item in kept.values() if not asked.isdisjoint(item["questions"])]
        look = 1 + max(earlier, default=0)
        kept[recipe] = {"look": look, "questions": sorted(asked)}
        write_durably(self._path, (json.dumps(kept, indent=1) + "\n").encode())
        return look

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
            return {
                str(key): {"look": int(item["look"]), "questions": item["questions"]}
                for key, item in data.items()
            }
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(
                f"{self._path} is damaged ({error}); it counts how often the gate's questions were looked at. Put it back "
                "from a backup"
            ) from None
