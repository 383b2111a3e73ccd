"""Where a model's bytes are: `wheel:PACKAGE`, `path:FILE`, `hf:REPO/FILE`, `endpoint:URL` -> something loadable.

Nothing here uses the network. `hf:` names a file that `metier model pull` fetched before; its sha256 stands in a small
record beside it and is checked when the file is opened. Hashing a gigabyte takes seconds, so a file that was checked
is believed as long as its size, its modification time, its inode and the expected hash are the same: the record guards
against torn downloads and silent changes, not against somebody who can write to the models folder.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from metier.errors import UserError

_BLOCK = 1 << 20  # bytes hashed at a time
_RECORD = ".json"  # appended to a model's file name: {"sha256", "source", "verified": {"size", "mtime_ns", "inode"}}

# REPO is owner/name, FILE may lie in a folder of it; no part may climb out of the models folder.
_HUB = re.compile(r"hf:(?P<owner>[\w][\w.-]*)/(?P<name>[\w][\w.-]*)/(?P<file>[\w][\w.-]*(?:/[\w][\w.-]*)*)")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file that is there and is what it was when it was recorded."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file in a repository of the model hub."""

    repo: str
    file: str

    def path(self, folder: Path) -> Path:
        """Where the pulled file stands under a models folder."""
        return folder.joinpath(*self.repo.split("/"), *self.file.split("/"))


def default_models_folder(environment: Mapping[str, str] | None = None) -> Path:
    """The user's models folder: `$XDG_DATA_HOME/metier/models`, else `~/.local/share/metier/models`.

    Shared by all workspaces of a user, because one language model is larger than most corpora.
    """
    known = os.environ if environment is None else environment
    base = known.get("XDG_DATA_HOME", "")
    # The XDG base directory specification says that relative paths in it are to be ignored.
    root = Path(base) if base and Path(base).is_absolute() else Path.home() / ".local" / "share"
    return root / "metier" / "models"


def split_source(source: str) -> tuple[str, str]:
    """(kind, rest) of a source. Raises UserError for an unknown kind."""
    kind, colon, rest = source.partition(":")
    if kind not in ("wheel", "path", "hf", "endpoint") or not colon or not rest:
        raise UserError(
            f"model source {source!r} is not understood; write wheel:PACKAGE, path:FILE, hf:OWNER/REPO/FILE or endpoint:URL"
        )
    return kind, rest


def parse_hub(source: str) -> HubFile:
    """The repository and file named by `hf:OWNER/REPO/FILE`. Raises UserError if it is not of that form."""
    match = _HUB.fullmatch(source)
    if match is None or ".." in source:
        raise UserError(f"model source {source!r}: expected hf:OWNER/REPO/FILE with plain names")
    return HubFile(f"{match['owner']}/{match['name']}", match["file"])


def wheel_folder(package: str) -> Path:
    """The folder of an installed package, found without importing it. Raises UserError if it is not installed."""
    try:
        spec = importlib.util.find_spec(package)
    except (ModuleNotFoundError, ValueError):
        spec = None
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise UserError(
            f"model source wheel:{package}: the package is not installed; `pip install {package}`"
        )
    return Path(places[0])


def sha256_of(path: Path, on_bytes: Callable[[int], None] | None = None) -> str:
    """The sha256 of a file, hexadecimal; `on_bytes` hears how many bytes each step added."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            if on_bytes is not None:
                on_bytes(len(block))
    return digest.hexdigest()


def model_file(source: str, folder: Path) -> ModelFile:
    """The file behind a `path:` or `hf:` source, checked against its record.

    `folder` is the models folder. A `path:` file without a record is hashed once and the stamp is kept in `folder`.
    Raises UserError, saying what to do, if the file is missing, unreadable or not what was recorded.
    """
    kind, rest = split_source(source)
    if kind == "hf":
        path = parse_hub(source).path(folder)
        remedy = f"`metier model pull {source}` fetches it, on a machine that may"
        record = path.with_name(path.name + _RECORD)
    elif kind == "path":
        path = Path(rest).expanduser()
        remedy = "put the file there or change `models` in metier.yaml"
        # The file may stand where we cannot write (a read-only share), so its stamp is ours to keep.
        name = hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:16]
        record = folder / "stamps" / f"{name}{_RECORD}"
    else:
        raise UserError(f"model source {source!r} is no file; a path: or hf: source is needed here")
    if not path.is_file():
        raise UserError(f"model {source}: {path} does not exist; {remedy}")
    try:
        return _verified(source, path, record, must_have_record=kind == "hf")
    except OSError as error:
        raise UserError(f"model {source}: {path} cannot be read: {error.strerror or error}") from None


def checked(file: ModelFile, sha256: str, slot: str) -> ModelFile:
    """The file. Raises UserError if the settings of `slot` ("models.generator") say another hash."""
    if sha256 and file.sha256 != sha256:
        raise UserError(
            f"{slot}: {file.path} has sha256 {file.sha256[:12]}..., the settings say {sha256[:12]}...; get the file they "
            "mean, or correct `sha256`"
        )
    return file


def write_record(path: Path, source: str, sha256: str) -> None:
    """Writes, atomically, that the file at `path` was pulled from `source` and has this hash now."""
    _write_json(path.with_name(path.name + _RECORD), path, source, sha256)


def _verified(source: str, path: Path, record: Path, must_have_record: bool) -> ModelFile:
    known = _read_json(record)
    recorded = known.get("sha256")
    if not isinstance(recorded, str):
        if must_have_record:
            raise UserError(
                f"model {source}: {path} has no record of its hash, so its download did not finish; `metier model pull {source}`"
            )
        recorded = ""
    if recorded and known.get("verified") == _stamp(path):
        return ModelFile(path, recorded)
    actual = sha256_of(path)
    if must_have_record and actual != recorded:
        raise UserError(
            f"model {source}: {path} has sha256 {actual[:12]}..., recorded was {recorded[:12]}...; "
            f"the file changed or is damaged; delete it and `metier model pull {source}`"
        )
    with contextlib.suppress(
        OSError
    ):  # a stamp that cannot be kept costs a hash at the next start, nothing else
        _write_json(record, path, source, actual)
    return ModelFile(path, actual)


def _stamp(path: Path) -> dict[str, int]:
    """What changes when another file takes the place of this one, even if it was copied with its time."""
    status = path.stat()
    return {"size": status.st_size, "mtime_ns": status.st_mtime_ns, "inode": status.st_ino}


def _read_json(path: Path) -> dict[str, object]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError, UnicodeDecodeError):
        return {}
    return value if isinstance(value, dict) else {}


def _write_json(record: Path, path: Path, source: str, sha256: str) -> None:
    stamp = _stamp(path)
    record.parent.mkdir(parents=True, exist_ok=True)
    partial = record.with_name(f"{record.name}.{os.getpid()}.part")
    partial.write_text(
        json.dumps({"sha256": sha256, "source": source, "verified": stamp}, indent=1) + "\n", encoding="utf-8"
    )
    partial.replace(record)
