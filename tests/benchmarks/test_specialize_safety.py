"""The worlds of the safety benchmark: the truth is known, and a gate that lets everything pass would be seen."""

import json

import numpy as np
import pytest

from benchmarks import specialize_safety as safety
from metier.generate.scoring import FEATURES


@pytest.fixture
def world() -> safety.World:
    dice = np.random.default_rng(1)
    questions = [dice.normal(size=(6, len(FEATURES))) for _ in range(30)]
    base = np.zeros(len(FEATURES))
    base[:3] = (2.0, -1.0, 1.0)
    return safety.World(questions, base, np.ones(len(FEATURES)))


def test_nothing_worse_is_shipped_in_a_few_runs(world: safety.World) -> None:
    tally = safety.Tally()
    safety.measure(world, tally, 10, 3, gain_size=400)
    metrics = tally.metrics()
    assert metrics["runs"].value == 10
    assert metrics["shipped_regression_rate"].value == 0.0
    assert metrics["missed_gain_rate_gate"].value < 0.25  # 86% by the normal approximation
    assert metrics["missed_gain_rate"].n == len(tally.gains) == 1


def test_a_world_that_holds_a_gain_is_not_missed(world: safety.World) -> None:
    dice = np.random.default_rng(6)
    true = safety.better_policy(world, dice)
    assert safety._true_difference(world, true, true, dice) >= 0.05
    ran, _, _ = safety.run_once(world, "gain", 900, dice)
    assert ran.fitted
    assert ran.passed
    assert ran.difference > 0.02


def test_figures_are_printed_whatever_happens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(options: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(safety, "cached_world", broken)
    monkeypatch.setattr(safety, "BUGS", safety.BUGS[:2])
    monkeypatch.setattr(safety, "LAWS", {"cleaning": ()})
    with pytest.raises(OSError, match="full"):
        safety.main(["--runs", "3"])
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    assert metrics["runs"]["value"] == 0
    assert metrics["bugs_found"]["value"] == 1.0
    assert "missed_gain_rate" not in metrics, "no data is not zero"


def test_it_stops_in_time(world: safety.World) -> None:
    tally = safety.Tally()
    safety.measure(world, tally, 50, 3, is_late=lambda: len(tally.done) >= 4, gain_size=100)
    assert len(tally.done) == 4


def test_what_people_tell_in_each_world(world: safety.World) -> None:
    dice = np.random.default_rng(2)
    features = world.draw(dice)
    chance = safety.chance_of(features, world.base)
    assert chance.sum() == pytest.approx(1.0)
    assert safety._told("null", features, 3, world.base, dice) == 3
    assert safety._told("inverted", features, 3, world.base, dice) == int(np.argmin(chance))
    told = {safety._told("random", features, 3, world.base, dice) for _ in range(200)}
    assert told == set(range(7))


def test_a_worse_policy_is_seen_as_worse(world: safety.World) -> None:
    dice = np.random.default_rng(4)
    assert safety._true_difference(world, -world.base, world.base, dice) < 0
    assert safety._true_difference(world, world.base, world.base, dice) == 0


def test_without_the_gate_regressions_would_be_shipped(
    world: safety.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The benchmark can see what it is there to see."""

    class Passes:
        verdict = "pass"

    monkeypatch.setattr(safety, "gate", lambda pairs, look: Passes())
    dice = np.random.default_rng(5)
    ran = [safety.run_once(world, "inverted", 100, dice)[0] for _ in range(5)]
    assert sum(item.passed and item.difference < 0 for item in ran) >= 4
