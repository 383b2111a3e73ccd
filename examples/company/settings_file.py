"""metier.yaml for the example company."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from examples.company.access import RULES
from examples.company.markup import fill
from examples.company.world import USERS

_SCOPE = Path(__file__).parent / "scope.yaml"


def settings_text(world: Mapping[str, Any]) -> str:
    """The settings as YAML: users, groups, scope and the one source folder."""
    settings = {
        "version": 1,
        "purpose": f"Answer questions of employees of the {world['co']['group']} from the company's own documents.",
        "language": "en",
        "audience": "internal",
        "users": [
            {"id": user, "name": world["p"][role]["name"], "groups": list(groups)}
            for user, (role, groups) in USERS.items()
        ],
        "groups": [{"match": glob, "allow": list(allowed)} for glob, allowed in RULES],
        "scope": _filled(yaml.safe_load(_SCOPE.read_text("utf-8")), world),
        "sources": [{"folder": "documents"}],
    }
    return yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=100)


def _filled(value: Any, world: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return fill(value, world, "en")
    if isinstance(value, list):
        return [_filled(item, world) for item in value]
    return {key: _filled(item, world) for key, item in value.items()}
