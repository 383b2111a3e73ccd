"""The speed benchmark on two pages written here: it counts pages, losses and memory."""

import math
from pathlib import Path

from benchmarks.extract_speed import Run, read_for, tree_mb
from metier.settings import Extract
from tests.extract.conftest import pdf


def test_pages_and_losses_are_counted(tmp_path: Path) -> None:
    good = pdf(tmp_path / "good.pdf", [[(50, 500, "One page")], [(50, 500, "Another")]])
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.4 and nothing else")
    run = read_for(0.01, [good, bad], Extract(), 1)
    assert run.pages >= 2
    assert run.lost == run.pages // 2
    assert run.peak_mb >= 0
    assert run.cpu_s > 0


def test_rate_is_pages_per_second() -> None:
    assert Run(100, 4.0, 0, 10, 100.0, 5.0).rate == 25


def test_memory_of_the_tree() -> None:
    here = tree_mb()
    assert here == 0 or 5 < here < 100_000
    assert tree_mb("no-such-process") == 0
    assert math.isfinite(here)
