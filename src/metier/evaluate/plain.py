"""Values as JSON: frozen values become objects, and what is not known (nan, infinities) becomes null; and estimates back."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def plain(value: Any) -> Any:
    """The value as dicts, lists, texts, numbers and None."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def estimates_again(data: dict[str, Any]) -> dict[str, Any]:
    """For `json.loads(object_hook=...)`: an Estimate whose value became null is unknown, one whose upper end did is endless."""
    if data.keys() == {"value", "low", "high", "n"}:
        if data["value"] is None:
            return {**data, **{key: math.nan for key in ("value", "low", "high") if data[key] is None}}
        if data["high"] is None:
            return {**data, "high": math.inf}
    return data
