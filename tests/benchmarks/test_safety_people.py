"""The gate as people feed it passes what is better and nothing else."""

import numpy as np

from benchmarks.safety_people import SILENT, Asked, passes


def questions(repaired: int, broken: int, same: int) -> list[Asked]:
    return [Asked(1, 0, 0)] * repaired + [Asked(0, SILENT, 0)] * broken + [Asked(0, 0, 0)] * same


def test_a_gain_passes_though_nearly_all_feedback_is_thumbs() -> None:
    assert passes(questions(50, 5, 200), np.random.default_rng(1))


def test_what_repairs_as_much_as_it_breaks_does_not_pass_though_only_repairs_are_written_about() -> None:
    assert not any(passes(questions(40, 40, 200), np.random.default_rng(seed)) for seed in range(10))


def test_what_changes_nothing_does_not_pass() -> None:
    assert not passes([Asked(0, 0, 0), Asked(SILENT, SILENT, 1)] * 30, np.random.default_rng(1))
