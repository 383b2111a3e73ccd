from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.attribution import figures, plant_all, right_cases
from metier.system import System
from tests.evaluate.blamed import notice, workspace


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with workspace(tmp_path) as made:
        yield made


def test_planted_faults_are_counted_where_they_did_harm(system: System) -> None:
    cases = right_cases(system, [notice()])
    assert [case.id for case, _ in cases] == ["notice"]
    rows = plant_all(system, cases, 3)
    metrics = figures(rows)
    assert metrics["faults"].value == len(rows) >= 8
    assert metrics["agreed"].value == 1.0
    assert "agreed_not_retrieved" in metrics


def test_nothing_planted_is_not_agreement() -> None:
    assert figures([])["agreed"].n == 0
