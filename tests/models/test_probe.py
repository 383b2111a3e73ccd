"""The probe: its questions are sound, and it tells good models from bad ones."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import pytest

from metier.models.completion import Completion, Spent
from metier.models.probe import probe, probe_hard, wilson
from metier.models.probes import HARD, PROBES
from metier.stages import Generator, LanguageModel
from metier.types import Draft, Evidence, Query, Statement


@dataclass
class FakeModel:
    """Answers by `answers[question]`, or NOT_FOUND."""

    answers: Mapping[str, str]
    identity: str = "fake"

    def complete(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, temperature: float, seed: int
    ) -> Iterator[str]:
        answer = self.answers.get(messages[-1]["content"], "NOT_FOUND")
        return Completion(iter([answer, Spent(50, 11, 10)]))


@dataclass
class PlainGenerator:
    """The model's words as one statement; a stand-in for the product's generator, which tests/generate covers."""

    model: LanguageModel
    name: str = "plain"

    def generate(self, query: Query, evidence: Sequence[Evidence]) -> Draft:
        text = "".join(self.model.complete([{"role": "user", "content": query.text}], 9, 0.0, 7))
        return Draft(() if text == "NOT_FOUND" else (Statement("s1", text, ()),), self.name)


def make(model: LanguageModel) -> Generator:
    return PlainGenerator(model)


def test_the_questions_are_twelve_answerable_and_eight_not_in_two_languages() -> None:
    assert [sum(bool(item.answers) for item in PROBES), len(PROBES)] == [12, 20]
    assert {item.language for item in PROBES} == {"en", "de"}
    for item in PROBES:
        text = " ".join(item.passages).replace("\n", " ")
        assert not item.answers or any(answer in text for answer in item.answers), item.question


def test_a_perfect_model() -> None:
    seen: list[tuple[int, int]] = []
    perfect = {item.question: f"It is {item.answers[0]}." for item in PROBES if item.answers}
    ticks = count()
    result = probe(
        FakeModel(perfect), make, lambda done, total: seen.append((done, total)), lambda: float(next(ticks))
    )
    assert (result.right.value, result.right.n) == (1.0, 12)
    assert (result.abstained.value, result.abstained.n) == (1.0, 8)
    assert result.verdict.startswith("Good for answering")
    assert seen[-1] == (20, 20)
    # every look at the clock is one second: 40 tokens read in 1 s, 10 more written in 1 s, for each question
    assert (result.prompt_tokens_per_s, result.generation_tokens_per_s, result.first_token_s) == (
        40.0,
        10.0,
        1.0,
    )
    assert all(answer.ok for answer in result.answers)


def test_a_model_that_always_says_something() -> None:
    talker = {item.question: (item.answers or ("42",))[0] for item in PROBES}
    result = probe(FakeModel(talker), make)
    assert (result.right.value, result.abstained.value) == (1.0, 0.0)
    assert result.verdict.startswith("It reads the passages but answers when they are silent")


def test_a_model_that_invents_and_one_that_is_silent() -> None:
    invents = probe(FakeModel({item.question: "It is 1234567." for item in PROBES}), make)
    assert invents.verdict.startswith("Not good enough")
    silent = probe(FakeModel({}), make)
    assert (silent.right.value, silent.abstained.value) == (0.0, 1.0)
    assert silent.verdict.startswith("Not good enough")


def test_the_hard_questions_are_asked_of_one_shelf_that_holds_their_answers() -> None:
    assert [sum(bool(item.answers) for item in HARD), len(HARD)] == [12, 20]
    assert len({item.passages for item in HARD}) == 1
    text = " ".join(HARD[0].passages)
    for item in HARD:
        assert item.question not in {one.question for one in PROBES}
        # "no" is said by denying, and a pump or a supplier by its name
        assert not item.answers or "not" in item.answers or any(one in text for one in item.answers)


def test_one_miss_of_either_kind_still_decides_and_two_do_not() -> None:
    perfect = {item.question: f"It is {item.answers[0]}." for item in HARD if item.answers}
    assert probe_hard(make(FakeModel(perfect))).decides
    answered, silent = (
        [item.question for item in HARD if bool(item.answers) is wanted] for wanted in (True, False)
    )
    once = {**perfect, answered[0]: "It is 999.", silent[0]: "It is 999."}
    assert probe_hard(make(FakeModel(once))).decides
    assert not probe_hard(make(FakeModel({**once, answered[1]: "It is 999."}))).decides
    assert not probe_hard(make(FakeModel({**once, silent[1]: "It is 999."}))).decides


def test_a_number_inside_another_is_not_the_answer() -> None:
    (item,) = [item for item in PROBES if item.answers == ("52",)]
    for said, right in (("52 litres.", 1), ("1,520", 0), ("0.52", 0), ("52.5", 0), ("(52)", 1)):
        assert probe(FakeModel({item.question: said}), make).right.value * 12 == pytest.approx(right)


def test_wilson_against_published_values() -> None:
    # Newcombe 1998, table I: 81/263 -> 0.2553..0.3662; 0/20 -> 0..0.1611; 1/29 -> 0.0061..0.1718
    for successes, n, low, high in ((81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)):
        estimate = wilson(successes, n)
        assert (estimate.low, estimate.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert wilson(0, 0).n == 0
    assert re.fullmatch(r"1\.0+", f"{wilson(8, 8).value:.1f}")
