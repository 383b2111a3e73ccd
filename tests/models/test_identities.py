import os
import shutil
from pathlib import Path

import pytest

from metier.models import sources
from metier.models.identities import model_identities
from metier.settings import Model, Models
from tests.models.tiny_pairs import Tiny, favouring

NLI = {"id2label": {"0": "contradiction", "1": "entailment", "2": "neutral"}}


def models(folder: Path) -> Models:
    return Models(
        generator=Model(source=f"path:{folder / 'some.gguf'}"),
        reranker=Model(source=f"path:{favouring('pump').write(folder / 'ranks')}"),
        entailment=Model(source=f"path:{Tiny(3).write(folder / 'nli', NLI)}"),
    )


def replace(path: Path, data: bytes) -> None:
    """Another file of the same size and time under the same path."""
    before, other = path.stat(), path.with_name("other")
    assert len(data) == before.st_size
    other.write_bytes(data)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


def test_a_file_replaced_under_its_path_is_another_model(tmp_path: Path) -> None:
    gguf, kept = tmp_path / "some.gguf", tmp_path / "kept"
    gguf.write_bytes(b"GGUF one")
    chosen = models(tmp_path)
    before = model_identities(chosen, kept)
    assert {slot: identity.partition("@")[0] for slot, identity in before.items()} == {
        "generator": "some.gguf",
        "reranker": "ranks/model.onnx",
        "entailment": "nli/model.onnx",
    }
    assert model_identities(chosen, kept) == before
    replace(gguf, b"GGUF two")
    ranks = tmp_path / "ranks" / "model.onnx"
    replace(ranks, ranks.read_bytes()[::-1])
    after = model_identities(chosen, kept)
    assert {slot for slot in before if before[slot] != after[slot]} == {"generator", "reranker"}
    shutil.rmtree(tmp_path / "nli")
    assert model_identities(chosen, kept)["entailment"] == f"not there: path:{tmp_path / 'nli'}"


def test_a_file_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "some.gguf").write_bytes(b"GGUF one")
    chosen, hashed = Models(generator=Model(source=f"path:{tmp_path / 'some.gguf'}")), list[Path]()
    real = sources.sha256_of
    monkeypatch.setattr(sources, "sha256_of", lambda path: hashed.append(path) or real(path))
    assert model_identities(chosen, tmp_path) == model_identities(chosen, tmp_path)
    assert len(hashed) == 1


def test_of_a_server_the_address_and_the_name_are_known() -> None:
    assert model_identities(Models()) == {}
    server = Model(source="endpoint:http://localhost:1/v1", name="m")
    found = model_identities(Models(generator=server, reranker=server))
    assert set(found.values()) == {"endpoint:m@http://localhost:1/v1"}
