"""models.* of the settings become engines, or a message that says what to do."""

from pathlib import Path

import pytest

from metier.errors import UserError
from metier.models.endpoint import EndpointModel
from metier.models.gguf import GgufModel
from metier.models.open import open_embedder, open_language_model
from metier.models.sources import sha256_of
from metier.settings import Model, Models


def test_the_default_embedder_opens() -> None:
    assert open_embedder(Models().static).dimension == 256


def test_sources_become_engines(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF")
    local = open_language_model(Model(source=f"path:{path}"), tmp_path)
    assert isinstance(local, GgufModel)
    assert local.identity.startswith("gguf:m.gguf@")
    remote = open_language_model(Model(source="endpoint:http://127.0.0.1:9/v1", name="n"))
    assert isinstance(remote, EndpointModel)
    remote.close()


def test_wrong_sources_say_what_to_use(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="use wheel:wordllama"):
        open_embedder(Model(source="endpoint:http://127.0.0.1/v1"))
    with pytest.raises(UserError, match="holds no language model"):
        open_language_model(Model(source="wheel:wordllama"))
    with pytest.raises(UserError, match="metier model pull"):
        open_language_model(Model(source="hf:o/r/m.gguf"), tmp_path)


def test_a_file_that_is_not_the_one_of_the_settings_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF")
    digest = sha256_of(path)
    assert open_language_model(Model(source=f"path:{path}", sha256=digest), tmp_path)
    with pytest.raises(UserError, match=r"models\.generator: .* the settings say ffffffffffff"):
        open_language_model(Model(source=f"path:{path}", sha256="f" * 64), tmp_path)
