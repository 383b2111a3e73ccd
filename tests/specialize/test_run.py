"""What makes two runs the same; the run itself is told in tests/stories/test_specialize.py."""

from dataclasses import replace

import pytest

from metier.evaluate.near import Guard
from metier.specialize.bench import Pace
from metier.specialize.run import COMPONENTS, Recipe, Snapshot, recipe_id, specialize
from metier.types import Release

SNAPSHOT = Snapshot(Release("r", (), "", {}, {}), (), {}, ("d1",), ("me",))


def test_whatever_changes_what_is_learnt_or_judged_is_another_recipe() -> None:
    sealed = Guard("salt", (frozenset({"0123456789abcdef"}),))
    other = Guard("pepper", (frozenset({"0123456789abcdef"}),))
    ids = {
        recipe_id(SNAPSHOT, Recipe()),
        recipe_id(SNAPSHOT, Recipe(seed=8)),
        recipe_id(SNAPSHOT, Recipe(vault=True)),
        recipe_id(SNAPSHOT, Recipe(ledger=0)),
        recipe_id(SNAPSHOT, Recipe(second_round=True)),
        recipe_id(SNAPSHOT, Recipe(taught="ab")),
        recipe_id(SNAPSHOT, Recipe(prompted="ab")),
        recipe_id(SNAPSHOT, Recipe(revised="ab")),
        recipe_id(SNAPSHOT, Recipe(leave_out=("reranker",))),
        recipe_id(replace(SNAPSHOT, sealed=sealed), Recipe()),
        recipe_id(replace(SNAPSHOT, sealed=other), Recipe()),
        recipe_id(replace(SNAPSHOT, documents=("d2",)), Recipe()),
    }
    assert len(ids) == 12
    assert recipe_id(replace(SNAPSHOT, sealed=Guard()), Recipe()) == recipe_id(SNAPSHOT, Recipe())


def test_what_is_searched_comes_first_the_reranker_right_after_the_mixture_and_thresholds_last() -> None:
    assert list(COMPONENTS) == [
        "expansion",
        "adapter",
        "mixture",
        "reranker",
        "first_look",
        "answer_policy",
        "whole_answer",
        "language_model",
        "examples",
        "second_round",
        "verifier",
        "thresholds",
    ]


def test_a_recipe_for_the_vault_needs_its_gate() -> None:
    with pytest.raises(ValueError, match="vault"):
        specialize(SNAPSHOT, Recipe(vault=True), lambda release: None, lambda name, asked: 1, Pace())  # type: ignore[arg-type, return-value]
