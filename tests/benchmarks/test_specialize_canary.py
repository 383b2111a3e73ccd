"""The simulation asks the rule that the product asks, and the rule keeps what it promises (2,000 courses are the benchmark's)."""

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.specialize_canary import World, course, courses, measure, rolled_back_after
from metier.evaluate.harm import ALPHA, is_harm_shown

WORLD = World(people=20, share=0.3, marks=400)


@pytest.mark.parametrize("before", [0, 900])
def test_it_ends_where_the_rule_first_says_so(before: int) -> None:
    rng = np.random.default_rng(3)
    ends = []
    for _ in range(4):
        drawn = course(replace(WORLD, before=before), 4.0, 0.5, rng)
        marks = drawn.marks()
        own = drawn.before.marks() if drawn.before else []
        ends.append(rolled_back_after(drawn))
        shown = (n for n in range(1, len(marks) + 1) if is_harm_shown(marks[:n], before=own))
        assert ends[-1] == next(shown, math.inf)
    assert min(ends) < math.inf


def test_a_canary_that_harms_no_more_stays_and_one_that_harms_goes() -> None:
    null = [end for end in courses(WORLD, 1.0, 0.0, 60, 1) if math.isfinite(end)]
    assert len(null) <= 60 * ALPHA
    harmful = sorted(courses(WORLD, 4.0, 0.0, 20, 1))
    assert harmful[10] < 200


def test_the_figures_have_names_and_intervals() -> None:
    found = measure(World(people=6, share=0.3, marks=60), 900, 10, 1)
    assert {"rolled_back_1_temper_0.7_own", "rolled_back_1_temper_0_own_drift_2"} <= set(found)
    assert found["rolled_back_1_temper_0"].n == 10
    assert found["rolled_back_1_temper_0.7"].high is not None
    assert "median_marks_2_temper_0" in found
    assert found["rolled_back_1_temper_0"].value == pytest.approx(0, abs=0.2)
