"""What simulated people say, and what a cache of it would answer."""

import numpy as np
import pytest

from benchmarks.gain_collections import Item
from benchmarks.gain_people import Event, cached, said
from metier.types import Answer
from tests.specialize.made import trace


def item(identity: str, question: str, document: str, right: bool = True) -> Item:
    def is_right(answer: Answer) -> bool:
        return right

    return Item(
        identity, question, "me", document, is_right, lambda answer: {"kind": "expert_answer", "value": "7"}
    )


def test_thumbs_are_wrong_as_often_as_told_and_edits_as_often() -> None:
    events = [Event(item(f"q{n}", "How?", "d"), trace(f"a{n}")) for n in range(400)]
    thumbs = [said(one, 0.0, 0.1, 7) for one in events]
    assert np.mean([one["value"] == -1 for one in thumbs]) == pytest.approx(0.1, abs=0.04)
    mixed = [said(one, 0.05, 0.1, 7)["kind"] for one in events]
    assert np.mean([kind != "thumb" for kind in mixed]) == pytest.approx(0.05, abs=0.03)
    assert said(events[3], 0.5, 0.1, 7) == said(events[3], 0.5, 0.1, 7)


def test_a_verified_answer_is_right_for_its_own_document_alone() -> None:
    known = [Event(item("q1", "What is the rent in 2019?", "d1"), trace("a1"))]
    tests = [
        item("t1", "What is the rent in 2019?", "d1"), item("t2", "What is the rent in 2019?", "d2"),
        item("t3", "Who signs?", "d2"),
    ]  # fmt: skip
    assert cached(known, tests, [1.0, 0.0, 1.0]) == [0.0, 1.0, 1.0]
