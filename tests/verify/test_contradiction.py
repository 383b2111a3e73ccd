"""An entailment model can hold a sentence back, and never raises its support."""

import pytest

from metier.errors import ModelUnavailable
from metier.types import Entailment, Finding
from metier.verify.checks import all_checks
from metier.verify.combine import SupportModel
from metier.verify.contradiction import Contradiction
from tests.verify.conftest import Run

SOURCE = "Dear Ms Weber. The notice period is six weeks. Breakfast is not paid."
FREE = "Six weeks of notice must be given."


class Says:
    """Implements stages.Entailer."""

    identity = "says"

    def __init__(self, contradicted: float, entailed: float = 0.0) -> None:
        self.found = Entailment(entailed, 1 - entailed - contradicted, contradicted)
        self.asked: list[tuple[str, str]] = []

    def entail(self, text: str, sentence: str) -> Entailment:
        self.asked.append((text, sentence))
        return self.found


class Down:
    identity = "down"

    def entail(self, text: str, sentence: str) -> Entailment:
        raise ModelUnavailable("down cannot read a pair of texts")


def support(run: Run, statement: str, model: Says | Down | None, least: float = 0.9) -> float:
    found: list[Finding] = []
    for check in all_checks(model, least):
        found += run(check, statement, SOURCE, "The notice period is six weeks.")
    return SupportModel().probability(found)


def test_a_contradiction_is_held_back_and_says_why(run: Run) -> None:
    model = Says(0.97, 0.01)
    held, entailed = run(
        Contradiction(model, 0.9), FREE, SOURCE, "The notice period is six weeks.", title="Letter"
    )
    assert held == Finding(
        "contradiction", "s1", False, pytest.approx(0.03), "the cited text says otherwise, probability 0.97"
    )
    assert entailed == Finding("entailment", "s1", True, 0.01)
    assert model.asked == [(f"Letter\n{SOURCE}", FREE)], "the quote with its neighbours, under its title"
    sentence = "The notice period is six weeks of notice."
    assert support(run, sentence, None) > 0.5
    assert support(run, sentence, Says(0.97)) == 0.0


def test_below_the_threshold_nothing_changes(run: Run) -> None:
    for least, contradicted in ((0.9, 0.89), (1.0, 0.999)):
        assert support(run, FREE, Says(contradicted), least) == support(run, FREE, None)


@pytest.mark.parametrize(
    "sentence", ["The notice period is two days.", "Lunch is served at noon in Bremen.", FREE]
)
def test_it_never_raises_what_the_other_checks_say(run: Run, sentence: str) -> None:
    assert support(run, sentence, Says(0.0, 1.0)) == support(run, sentence, None)


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("The notice period is six weeks.", "word for word"),
        ("The  notice period\nis six weeks.", "word for word"),
        ("Breakfast is not paid.", "word for word"),
        (" \n", "says nothing"),
        ("Both together are 3 + 4 = 7 weeks.", "calculated"),
    ],
)
def test_what_stands_there_or_was_calculated_is_not_asked(run: Run, sentence: str, why: str) -> None:
    model = Says(1.0)
    (found,) = run(Contradiction(model, 0.9), sentence, SOURCE, "The notice period is six weeks.")
    assert found.ok
    assert why in found.detail
    assert model.asked == []


def test_a_sentence_without_its_not_is_asked(run: Run) -> None:
    model = Says(0.99)
    found = run(
        Contradiction(model, 0.9),
        "smoking is allowed",
        "Nowhere is smoking allowed: no smoking is allowed here.",
    )
    assert not found[0].ok
    assert len(model.asked) == 1


def test_a_model_that_fails_holds_nothing_back_and_is_named(run: Run) -> None:
    (found,) = run(Contradiction(Down(), 0.9), FREE, SOURCE)
    assert found == Finding("contradiction", "s1", True, 1.0, "not asked: down cannot read a pair of texts")
    assert support(run, FREE, Down()) == support(run, FREE, None)
