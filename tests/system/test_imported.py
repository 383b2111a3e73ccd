"""What an imported release may not bring."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from metier.errors import UserError
from metier.store.releases import RELEASE_0, read_parts
from metier.system.imported import check_parts
from metier.verify.combine import DEFAULT
from tests.stories.conftest import Cli


def test_what_ships_and_what_is_fitted_passes() -> None:
    check_parts(read_parts(RELEASE_0))
    check_parts({"verifier": {"bias": -5.0, "weights": DEFAULT["weights"]}})


@pytest.mark.parametrize(
    "part",
    [
        [],
        "text",
        {},
        {"bias": -5, "weights": []},
        {"bias": 50, "weights": {}},  # everything is supported
        {"bias": float("nan"), "weights": {}},
        {"bias": -5, "weights": {"words": float("inf")}},
        {"bias": -5, "weights": {"numbers": 7}},  # a wrong number speaks for a sentence
    ],
)
def test_a_verifier_that_no_fit_makes_is_refused(part: Any) -> None:
    with pytest.raises(UserError, match=r"verifier\.json"):
        check_parts({"verifier": part})


def test_it_is_refused_at_the_door_and_nothing_is_kept(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.run("init", "work")
    with zipfile.ZipFile(tmp_path / "hostile.zip", "w") as archive:
        archive.writestr("manifest.json", json.dumps({"name": "hostile", "parents": []}))
        archive.writestr("verifier.json", '{"bias": Infinity, "weights": {}}')
    before = (
        sorted((cli.workspace / ".metier" / "releases").iterdir())
        if (cli.workspace / ".metier").exists()
        else []
    )
    assert "verifier.json" in cli.run("release", "import", "hostile.zip", code=2).err
    after = [one for one in (cli.workspace / ".metier" / "releases").iterdir() if one not in before]
    assert len(after) <= 1, "release 0 alone"
