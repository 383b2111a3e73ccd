"""The files of a model that reads two texts together: its ONNX graph, its tokenizer and what config.json says of it.

Looked for as sentence-transformers and optimum export them: `model.onnx` in the folder or in its folder `onnx`,
tokenizer.json and config.json beside it or one folder above.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metier.errors import UserError
from metier.models.sources import ModelFile, checked, model_file, sha256_of, split_source, wheel_folder
from metier.settings import Model

_GRAPH = "model.onnx"


@dataclass(frozen=True, slots=True)
class PairFiles:
    """Files that are there; `model` and, of a pulled model, the others are what was recorded of them."""

    model: ModelFile
    weights: ModelFile | None  # where they do not stand in the graph itself
    tokenizer: ModelFile
    config: Mapping[str, Any]  # of config.json, empty without one
    tokenizer_config: Mapping[str, Any]

    @property
    def identity(self) -> str:
        """Names folder, file and both hashes."""
        place = self.model.path.parent
        folder = place.parent.name if place.name == "onnx" else place.name
        files = (self.model, *((self.weights,) if self.weights else ()), self.tokenizer)
        return f"{folder}/{self.model.path.name}@{'+'.join(file.sha256[:8] for file in files)}"


def find_pair_files(model: Model, slot: str, folder: Path) -> PairFiles:
    """The files behind the source of `slot` ("models.reranker"); `folder` is where pulled models are. Raises UserError
    naming the file that is missing, damaged or not the one of the settings."""
    kind, rest = split_source(model.source)
    if kind == "endpoint":
        raise UserError(
            f"{slot}: {model.source} is no ONNX file; use path:FOLDER, wheel:PACKAGE or hf:OWNER/REPO/FILE"
        )
    source = model.source
    if kind != "hf":
        place = wheel_folder(rest) if kind == "wheel" else Path(rest).expanduser()
        source = f"path:{_graph(place, slot)}"
    elif not rest.endswith(".onnx"):
        raise UserError(f"{slot}: {source} names no .onnx file; e.g. hf:OWNER/REPO/onnx/model.onnx")
    file = checked(model_file(source, folder), model.sha256, slot)
    tokenizer = _companion(source, file, "tokenizer.json", folder)
    if tokenizer is None:
        remedy = (
            f"pull it as well (`metier model pull {companion(source)}`)"
            if kind == "hf"
            else "put it beside the model"
        )
        raise UserError(
            f"{slot}: there is no tokenizer.json beside {file.path} or one folder above; {remedy}"
        )
    return PairFiles(
        file,
        _outside(file, model, slot, folder),
        tokenizer,
        _read(_companion(source, file, "config.json", folder), slot),
        _read(_companion(source, file, "tokenizer_config.json", folder), slot),
    )


def companion(source: str, name: str = "tokenizer.json") -> str:
    """Where the hub has the file of that name that belongs to a graph: in the repository's own folder."""
    owner, repository, *_ = source.removeprefix("hf:").split("/")
    return f"hf:{owner}/{repository}/{name}"


def _graph(place: Path, slot: str) -> Path:
    """The one ONNX file of a folder."""
    if not place.is_dir():
        return place  # a file, or nothing: model_file says so
    for folder in (place, place / "onnx"):
        if (folder / _GRAPH).is_file():
            return folder / _GRAPH
    found = sorted([*place.glob("*.onnx"), *place.glob("onnx/*.onnx")])
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(
            f"{slot}: {place} holds {', '.join(item.name for item in found)}; name one: path:{found[0]}"
        )
    raise UserError(f"{slot}: {place} holds no {_GRAPH}; export the model to ONNX, or name the file itself")


def _outside(file: ModelFile, model: Model, slot: str, folder: Path) -> ModelFile | None:
    """Weights in a file of their own, as exporters write them for graphs of more than 2 GB."""
    for ending in ("_data", ".data"):
        path = file.path.with_name(file.path.name + ending)
        if path.is_file() and model.sha256:
            raise UserError(
                f"{slot}: {path} holds the weights, and `sha256` is of the graph alone; export to one file"
            )
        if path.is_file():
            return model_file(f"path:{path}", folder)
    return None


def _companion(source: str, file: ModelFile, name: str, folder: Path) -> ModelFile | None:
    """The file of that name beside the model, or one folder above, where the model is in a folder `onnx` or was pulled."""
    above = file.path.parent.parent
    is_nested = source.startswith("hf:") or file.path.parent.name == "onnx"
    for path in (file.path.parent / name, *([above / name] if is_nested else [])):
        if not path.is_file():
            continue
        if source.startswith("hf:"):
            return model_file(f"hf:{path.relative_to(folder).as_posix()}", folder)
        return ModelFile(path, sha256_of(path))
    return None


def _read(file: ModelFile | None, slot: str) -> Mapping[str, Any]:
    if file is None:
        return {}
    try:
        found = json.loads(file.path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UserError(f"{slot}: {file.path} cannot be read: {error}; export the model again") from None
    return found if isinstance(found, dict) else {}
