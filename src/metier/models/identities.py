"""What the models of a workspace are at this moment, by content: a file that was replaced under its path is another model.

Of a server only its address and the model's name are known; what it serves under that name is not.
"""

from pathlib import Path

from metier.errors import UserError
from metier.models.pair_files import find_pair_files
from metier.models.sources import default_models_folder, model_file, split_source
from metier.settings import Model, Models

_PAIRS = ("reranker", "entailment")


def model_identities(models: Models, folder: Path | None = None) -> dict[str, str]:
    """Of `generator`, `reranker` and `entailment`, those that are set: "NAME@HASH" of their files as they are now, or why there is
    none. A file that was hashed is not read again while its size, time and inode stay."""
    chosen = {slot: getattr(models, slot) for slot in ("generator", *_PAIRS)}
    return {slot: model_identity(slot, model, folder) for slot, model in chosen.items() if model is not None}


def model_identity(slot: str, model: Model, folder: Path | None = None) -> str:
    """Likewise, of the model in one slot."""
    place = folder or default_models_folder()
    kind, rest = split_source(model.source)
    if kind == "endpoint":
        return f"endpoint:{model.name or 'default'}@{rest}"
    try:
        if slot in _PAIRS:
            return find_pair_files(model, f"models.{slot}", place).identity
        file = model_file(model.source, place)
    except UserError:
        return f"not there: {model.source}"
    return f"{file.path.name}@{file.sha256[:12]}"
