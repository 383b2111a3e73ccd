"""The in-process engine behind a fake of xllamacpp: what is asked of it, how it fails, how it is stopped."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from metier.errors import ModelUnavailable
from metier.models import gguf
from metier.models.completion import Request, SchemaRefused
from metier.models.gguf import GgufModel
from metier.models.sources import ModelFile
from metier.stages import LanguageModel
from metier.types import Usage

MESSAGES = [{"role": "user", "content": "Wie lange?"}]


class FakeServer:
    """Says `says`, piece by piece, as the engine does: chunks to a callback that returns True to stop."""

    says: tuple[Any, ...] = ()
    seen: tuple[Any, ...] = ()
    stopped_after = 0

    def __init__(self, parameters: Any) -> None:
        if not Path(parameters.model.path).read_bytes().endswith(b"good"):
            raise RuntimeError("Failed to init server, please check the input params.")
        type(self).seen = (*self.seen, parameters)

    def handle_chat_completions(self, request: Any, on_chunk: Callable[[Any], bool]) -> None:
        type(self).seen = (*self.seen, request)
        for number, chunk in enumerate(self.says, start=1):
            if isinstance(chunk, Exception):
                raise chunk
            type(self).stopped_after = number
            if on_chunk(chunk):
                return


def _parameters() -> SimpleNamespace:
    return SimpleNamespace(
        model=SimpleNamespace(path=""), cpuparams=SimpleNamespace(), cpuparams_batch=SimpleNamespace()
    )


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> type[FakeServer]:
    fake = type("Server", (FakeServer,), {})
    monkeypatch.setattr(gguf, "_engine", lambda: SimpleNamespace(Server=fake, CommonParams=_parameters))
    return fake


@pytest.fixture
def model(tmp_path: Path) -> GgufModel:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(b"GGUF good")
    return GgufModel(ModelFile(path, "ab" * 32), context_tokens=2048, threads=2)


def text(piece: str) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": piece}}]}


USAGE = {
    "choices": [],
    "usage": {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 8}},
}


def test_streams_text_and_usage(server: type[FakeServer], model: GgufModel) -> None:
    server.says = (text(""), text("30 "), json.dumps(text("Tage")), USAGE)
    stage: LanguageModel = model
    completion = model.complete(MESSAGES, 40, 0.0, 7)
    assert list(completion) == ["30 ", "Tage"]
    assert completion.usage == Usage(9, 2)
    assert completion.cached_tokens == 8
    assert stage.identity == "gguf:tiny.gguf@abababababab"
    parameters, request = server.seen
    assert (parameters.n_ctx, parameters.cpuparams.n_threads, parameters.n_parallel) == (2048, 2, 1)
    assert (request["temperature"], request["seed"], request["max_tokens"]) == (0.0, 7, 40)


def test_the_engines_http_door_is_closed_to_others(server: type[FakeServer], model: GgufModel) -> None:
    model.load()
    (parameters,) = server.seen
    (host,) = parameters.hostnames
    assert len(parameters.api_keys[0]) == 64
    assert not Path(host).parent.exists() or host == "127.0.0.1"


def test_is_loaded_once_by_many_threads(server: type[FakeServer], model: GgufModel) -> None:
    threads = [threading.Thread(target=model.load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.seen) == 1


def test_closing_stops_the_engine(server: type[FakeServer], model: GgufModel) -> None:
    server.says = tuple(text(str(n)) for n in range(100_000))
    pieces = model.complete(MESSAGES, 40, 0.0, 7)
    assert next(pieces) == "0"
    pieces.close()
    assert server.stopped_after < 100_000
    assert not [thread for thread in threading.enumerate() if thread.name == "metier-gguf"]


def test_errors_of_the_engine_become_model_unavailable(server: type[FakeServer], model: GgufModel) -> None:
    server.says = ({"error": {"message": "request exceeds the available context size"}},)
    with pytest.raises(ModelUnavailable, match=r"exceeds.*context_tokens is 2048"):
        list(model.complete(MESSAGES, 40, 0.0, 7))
    server.says = (text("3"), RuntimeError("ggml assert"))
    with pytest.raises(ModelUnavailable, match="failed: ggml assert"):
        list(model.complete(MESSAGES, 40, 0.0, 7))


def test_files_that_are_no_models(server: type[FakeServer], tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    for content, message in (
        (b"PK\x03\x04", "is not a GGUF file"),
        (b"GGUF bad", "could not be loaded .*GiB"),
    ):
        path.write_bytes(content)
        with pytest.raises(ModelUnavailable, match=message):
            GgufModel(ModelFile(path, "0" * 64)).load()
    path.unlink()
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        GgufModel(ModelFile(path, "0" * 64)).load()


def test_a_closed_model_says_so(server: type[FakeServer], model: GgufModel) -> None:
    model.close()
    with pytest.raises(ModelUnavailable, match="was closed"):
        list(model.complete(MESSAGES, 40, 0.0, 7))


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch, model: GgufModel) -> None:
    monkeypatch.setitem(__import__("sys").modules, "xllamacpp", None)
    with pytest.raises(ModelUnavailable, match=r"pip install 'metier\[local\]'"):
        model.load()


def test_an_adapter_is_applied_whole_and_is_part_of_the_name(
    server: type[FakeServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tiny", "leave"):
        (tmp_path / f"{name}.gguf").write_bytes(b"GGUF good")
    engine = SimpleNamespace(
        Server=server, CommonParams=_parameters, CommonAdapterLoraInfo=lambda: SimpleNamespace(scale=0.0)
    )
    monkeypatch.setattr(gguf, "_engine", lambda: engine)
    adapter = ModelFile(tmp_path / "leave.gguf", "cd" * 32)
    model = GgufModel(ModelFile(tmp_path / "tiny.gguf", "ab" * 32), adapter=adapter)
    model.load()
    (parameters,) = server.seen
    (told,) = parameters.lora_adapters
    assert (told.path, told.scale) == (str(tmp_path / "leave.gguf"), 1.0)
    assert model.identity == "gguf:tiny.gguf@abababababab+cdcdcdcdcdcd"


def test_an_adapter_that_is_none_is_named(server: type[FakeServer], tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF good")
    (tmp_path / "bad.gguf").write_bytes(b"PK")
    with pytest.raises(ModelUnavailable, match=r"bad\.gguf is not a GGUF file"):
        GgufModel(ModelFile(tmp_path / "tiny.gguf", ""), adapter=ModelFile(tmp_path / "bad.gguf", "")).load()


def test_a_schema_is_passed_on_and_refused_where_the_engine_does_not_take_it(
    server: type[FakeServer], model: GgufModel
) -> None:
    scored = {"choices": [{"delta": {"content": "{}"}, "logprobs": {"content": [{"logprob": -0.5}]}}]}
    server.says = (scored,)
    completion = model.ask(Request(MESSAGES, 9, 0.7, 8, {"type": "object"}, scored=True))
    assert (list(completion), completion.logprobs) == (["{}"], [-0.5])
    asked = server.seen[-1]
    assert asked["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert (asked["temperature"], asked["seed"], asked["logprobs"]) == (0.7, 8, True)
    server.says = ({"error": {"message": "no grammars here"}},)
    with pytest.raises(SchemaRefused, match="no grammars here"):
        list(model.ask(Request(MESSAGES, 9, 0.0, 7, {"type": "object"})))
