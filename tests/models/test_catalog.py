"""The catalogue, and what is found on this machine."""

import json
import re
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from metier.models.catalog import PROFILES, Found, find_local, profile_of, profiles_for
from metier.models.sources import write_record
from tests.models.loopback import send, serving

NOBODY = "http://127.0.0.1:9"


def test_profiles_are_complete_and_free_to_use() -> None:
    assert len({profile.name for profile in PROFILES}) == len(PROFILES)
    for profile in PROFILES:
        assert profile.licence == "Apache-2.0"
        assert profile.hub.file.endswith(".gguf")
        assert profile.size_bytes < profile.memory_gb * 1e9
        assert profile.sha256 == "" or re.fullmatch(r"[0-9a-f]{64}", profile.sha256)


@pytest.mark.parametrize(("memory", "first"), [(3.8, "qwen2.5-1.5b"), (7.6, "qwen3-4b"), (31.0, "qwen3-14b")])
def test_profiles_for_a_machine_start_with_the_largest_that_fits(memory: float, first: str) -> None:
    assert profiles_for(memory)[0].name == first


def test_small_machines_get_none_and_names_are_looked_up() -> None:
    assert profiles_for(2) == ()
    assert profile_of("qwen3-4b") == profile_of("hf:Qwen/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf") is not None
    assert profile_of("gpt-9") is None


def test_finds_pulled_files_but_not_unfinished_ones(tmp_path: Path) -> None:
    path = tmp_path / "o" / "r" / "m.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"GGUF")
    assert find_local(tmp_path, NOBODY) == ()
    write_record(path, "hf:o/r/m.gguf", "0" * 64)
    assert find_local(tmp_path, NOBODY) == (Found("hf:o/r/m.gguf", "m.gguf", "pulled", 4),)
    assert find_local(tmp_path / "none", NOBODY) == ()


def test_finds_the_models_of_ollama(tmp_path: Path) -> None:
    tags = {"models": [{"name": "qwen3:4b", "size": 7}, {"name": "odd"}, {"size": 3}, "junk"]}

    def handler(request: BaseHTTPRequestHandler, body: bytes) -> None:
        send(request, 200, json.dumps(tags).encode(), content_type="application/json")

    with serving(handler) as server:
        found = find_local(tmp_path, server.url)
    source = f"endpoint:{server.url}/v1"
    assert found == (Found(source, "qwen3:4b", "ollama", 7), Found(source, "odd", "ollama", 0))
    assert server.requests[0][1] == "/api/tags"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"models": 3}', b"{}"])
def test_something_else_on_the_port_is_no_ollama(tmp_path: Path, body: bytes) -> None:
    with serving(lambda request, _: send(request, 200, body)) as server:
        assert find_local(tmp_path, server.url) == ()
