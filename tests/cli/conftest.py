from pathlib import Path

import pytest

from tests.cli.kept import kept


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("runs")
    return {
        name: kept(folder / f"{name}.jsonl", right, name=name) for name, right in (("good", 9), ("bad", 5))
    }
