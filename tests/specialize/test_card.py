"""The card of a release: everything its manifest knows, and what nobody knows."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from metier.specialize.card import card, job_of
from metier.specialize.gate import gate
from metier.store.releases import RELEASE_0
from tests.specialize.test_candidate import MANIFEST

GATE = {
    "verdict": "pass", "reason": "more right", "right_base": 0.5, "right_candidate": 0.62, "questions": 90, "groups": 40,
    "difference": [0.12, 0.04, 0.2], "p_value": 0.0012, "alpha": 0.005, "look": 1, "harmed": {"de": 0.04},
    "no_loss": {"citations": {"difference": [0.01, -0.01, None], "margin": 0.02, "verdict": "pass"}},
}  # fmt: skip
JOB = job_of("Answer about leave.", "customer", ["leave"], [], ["advice about people"])


def test_the_card_says_what_a_person_needs() -> None:
    told = card(MANIFEST)
    for words in (
        "**Gate: pass.** more right.",
        "Learnt from 9 rows of feedback on 8 answers; left out: 1.",
        "- left out, said before: 1",
        "| mixture | no | too few | 3 |  |",
        "| thresholds | yes | gains | 9 | +0.100 [+0.000, +0.200] u |",
        "| all | 0.750 |",
        "| mixture + thresholds | -0.050 |",
        "in it, as weights: hr.",
        "- how it does on the vault",
        "`metier release rollback`",
        "--canary 0.1",
    ):
        assert words in told
    assert "What it is for" not in told


def test_it_holds_the_job_the_kinds_and_the_gates_figures() -> None:
    learnt = {**MANIFEST["learnt_from"], "kinds": {"edit": 4, "thumb": 5}}  # type: ignore[dict-item]
    told = card({**MANIFEST, "gate": GATE, "job": JOB, "learnt_from": learnt, "recipe": {"vault": True}})
    for words in (
        "Answer about leave. Audience: customer.",
        "- in scope: leave",
        "- prohibited: advice about people",
        "- edit: 4\n- thumb: 5",
        "90 questions in 40 independent groups, look 1: right answers 62.0%, the parent's 50.0%",
        "difference +0.120 [+0.040, +0.200], p = 0.0012, level 0.0050.",
        "| citations | +0.010 [-0.010, ?] | 0.020 | pass |",
        "Worse for: de (p = 0.0400).",
        "the vault judges right answers alone",
    ):
        assert words in told


@pytest.mark.parametrize(
    "manifest",
    [
        json.loads((RELEASE_0 / "manifest.json").read_text(encoding="utf-8")),
        {"parents": ["p" * 64]},
        {"name": "x", "parents": [], "gate": gate([], 1).as_json()},
    ],
)
def test_a_release_that_nothing_was_fitted_for_has_a_card_too(manifest: Mapping[str, Any]) -> None:
    told = card(manifest)
    assert told.startswith("# ")
    assert "## What is not known" in told
    assert card(manifest) == told


def test_it_says_when_words_of_people_are_in_it_and_what_a_stronger_model_revised() -> None:
    kept = {
        "name": "examples",
        "kept": True,
        "reason": "gains",
        "examples": 9,
        "gain": None,
        "unit": "u",
        "tuned_on": 0,
    }
    revised = {"model": "large", "asked": 5, "kept": 3, "dropped": {}, "tokens": 100, "cost": 0.5}
    told = card({**MANIFEST, "components": [kept], "revisions": revised})
    assert "word for word (prompt.json)" in told
    assert "- revisions of wrong answers by large: 3 of 5 asked for" in told
    assert "word for word" not in card({**MANIFEST, "components": [kept | {"kept": False}]})
