"""The vault's word becomes a verdict, and nothing else leaves it."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from metier.evaluate.suites import Suite
from metier.evaluate.vault import create, status
from metier.specialize.sealed import vault_gate
from metier.types import Release, Trace
from tests.evaluate.made import case
from tests.specialize.made import trace


class Tried:
    """A release that answers the first so many questions of each ten right."""

    def __init__(self, release: Release) -> None:
        self._share = release.parts["made"]["share"]

    def answer(self, question: str, user: str | None, history: object = (), filter: object = None) -> Trace:
        number = int(question.rsplit(" ", 1)[1].rstrip("?"))
        return trace(text="six weeks" if number % 10 < self._share else "nine weeks", question=question)


def release(share: int) -> Release:
    return Release("r", (), "", {}, {"made": {"share": share}})


@pytest.fixture
def sealed(tmp_path: Path) -> tuple[Path, Path]:
    state = tmp_path / "work" / ".metier"
    state.mkdir(parents=True)
    cases = tuple(dataclasses.replace(case(n), user="-") for n in range(100))
    create(state, Suite("s", cases), 2, 0.05, tmp_path / "key")
    return state, tmp_path / "key"


def test_the_word_of_a_look_is_the_verdict(sealed: tuple[Path, Path]) -> None:
    state, key = sealed
    open_trial: Any = Tried
    judge = vault_gate(state, key, open_trial, {})
    better = judge(release(5), release(9))
    assert better.verdict == "pass"
    assert "look 1 of 2" in better.reason
    told = better.as_json()
    assert (told["right_base"], told["right_candidate"], told["difference"]) == (None, None, [None] * 3)
    assert "nothing spent" in judge(release(5), release(9)).reason
    assert status(state, key).spent == 1
    assert judge(release(9), release(5)).verdict == "fail"
    spent = judge(release(5), release(5))
    assert spent.verdict == "inconclusive"
    assert "spent" in spent.reason
