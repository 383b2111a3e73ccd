"""How many processes answer where nobody says."""

import sys

import pytest

from metier.serve.run import workers_of
from metier.settings import Model, Models

IN_PROCESS = Models(generator=Model(source="path:model.gguf"))
ENDPOINT = Models(generator=Model(source="endpoint:http://127.0.0.1:1"))


@pytest.mark.skipif(sys.platform == "win32", reason="one process serves there")
@pytest.mark.parametrize(
    ("asked", "models", "cores", "memory_mb", "workers"),
    [
        (0, Models(), 2, 16_000, 2),
        (0, Models(), 64, 64_000, 4),
        (0, Models(), 8, 3_500, 2),
        (0, Models(), 8, 500, 1),
        (0, IN_PROCESS, 8, 64_000, 1),
        (0, ENDPOINT, 8, 64_000, 4),
        (6, IN_PROCESS, 2, 500, 6),
    ],
)
def test_one_per_core_as_memory_allows(
    asked: int, models: Models, cores: int, memory_mb: float, workers: int
) -> None:
    assert workers_of(asked, models, cores, memory_mb) == workers
