"""Values as JSON: frozen values become objects, and what is not known (nan, infinities) becomes null; and estimates back."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from metier.errors import UserError

_Kind = TypeVar("_Kind")


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


def kept_text(value: Any, mark: str) -> str:
    """The value as a file that `read_kept` reads; `mark` says what it is."""
    return json.dumps({mark: 1, **plain(value)}, ensure_ascii=False, indent=2) + "\n"


def read_kept(path: Path, kind: type[_Kind], mark: str, command: str) -> _Kind:
    """The value that `command` wrote. Raises UserError if the file is something else."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"), object_hook=_estimates_again)
        if not isinstance(data, dict) or data.pop(mark, None) != 1:
            raise ValueError("of another kind")
        return TypeAdapter(kind).validate_python(data)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, ValidationError):
        raise UserError(f"{path} is nothing that `{command}` wrote") from None


def _estimates_again(data: dict[str, Any]) -> dict[str, Any]:
    """An Estimate whose value became null is unknown, one whose upper end did is endless."""
    if data.keys() == {"value", "low", "high", "n"}:
        if data["value"] is None:
            return {**data, **{key: math.nan for key in ("value", "low", "high") if data[key] is None}}
        if data["high"] is None:
            return {**data, "high": math.inf}
    return data
