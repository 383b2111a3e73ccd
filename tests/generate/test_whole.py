"""Whole answers to choose from, and what weights make of them."""

import numpy as np
import pytest

from metier.generate.extractive import ExtractiveGenerator
from metier.generate.whole import ANCHOR, FEATURES, KINDS, Whole, WholeAnswer, choose, probabilities, vector
from metier.types import Query, Statement
from tests.builders import WordEmbedder
from tests.generate.test_extractive import VOCABULARY, WEIGHTS
from tests.generate.test_tabular import evidence

QUESTION = Query("What is the difference in energy between 2023 and 2024?", "en")


def generator(**models: object) -> ExtractiveGenerator:
    return ExtractiveGenerator({"weights": WEIGHTS} | models, WordEmbedder(), lambda: VOCABULARY)


def test_the_rules_own_answer_comes_first_and_leads_while_nothing_is_learnt() -> None:
    plain = generator().generate(QUESTION, evidence())
    whole = generator().whole(QUESTION, evidence())
    assert whole is not None
    assert whole.answers[0].is_default
    assert whole.answers[0].statement == plain.statements[0]
    assert sum(one.is_default for one in whole.answers) == 1
    assert choose(whole, {"weights": dict(ANCHOR)})[0] is whole.answers[0]
    anchored = generator(whole={"weights": dict(ANCHOR)}).generate(QUESTION, evidence())
    assert anchored.statements == plain.statements


def test_every_answer_is_what_some_place_says_or_code_computed() -> None:
    whole = generator().whole(QUESTION, evidence())
    assert whole is not None
    assert {one.kind for one in whole.answers} <= set(KINDS)
    assert all(one.statement.citations for one in whole.answers)
    for one in whole.answers:
        if one.kind in ("figure", "stretch"):
            assert all(value in one.statement.text for value in one.statement.values)


def test_learnt_weights_lead_with_another_reading() -> None:
    signed = {"weights": {**ANCHOR, "default": 0.0, "negative": 9.0, "does change": 9.0}}
    draft = generator(whole=signed).generate(QUESTION, evidence())
    assert draft.statements[0].values == ("-100",)
    assert draft.statements[0].id == "s1"
    assert len({cited.id for one in draft.statements for cited in one.citations}) == sum(
        len(one.citations) for one in draft.statements
    )


def test_nothing_found_is_nothing_to_choose_from() -> None:
    assert generator().whole(QUESTION, []) is None


def made(*utilities: float) -> Whole:
    features = np.zeros((len(utilities), len(FEATURES)))
    features[:, FEATURES.index("bias")] = utilities
    answers = [WholeAnswer(Statement(f"s{n}", str(n), ()), "sentence", n == 0) for n in range(len(utilities))]
    return Whole(answers, features, 0.5)


def test_chances_by_hand() -> None:
    found = probabilities(made(np.log(2), np.log(5)), {"weights": {"bias": 1.0}})
    assert found == pytest.approx([2 / 8, 5 / 8, 1 / 8])  # abstaining has utility 0
    best, sure = choose(made(np.log(2), np.log(5)), {"weights": {"bias": 1.0}})
    assert best.statement.text == "1"
    assert sure == pytest.approx(5 / 8)
    shifted = choose(made(np.log(2), np.log(5)), {"weights": {"bias": 1.0}, "shift": np.log(3)})[1]
    assert shifted == pytest.approx(15 / 18)  # odds of 5 : 3, three times as high


def test_weights_by_name() -> None:
    assert vector({"bias": 2.0})[FEATURES.index("bias")] == 2.0
    assert vector({}).sum() == 0.0
    assert len(set(FEATURES)) == len(FEATURES)
