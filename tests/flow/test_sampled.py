"""Several answers of a language model to a question that found none, over fakes."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from metier.errors import ModelUnavailable
from metier.flow.answer import answer
from metier.flow.answering import Answering, Rewording, Sampling
from metier.generate.sampling import say_the_same
from metier.types import Answer, Draft, Evidence, Outcome, Query, Reworded, Sample, Statement, Usage
from tests.fakes import passage
from tests.flow.test_answer import ME, TEXT, Desk, Generator, two

ASKED = "How long is the notice period?"
SIX, DOUBTFUL, NINE = "It is six weeks.", "It is a doubtful word.", "It is 9 months."


class Model:
    """Writes one text for each seed from 7 on; "" for nothing, None where it fails."""

    def __init__(self, *texts: str | None) -> None:
        self.texts = texts
        self.drawn: list[tuple[int, float]] = []

    def sampler(self, query: Query, evidence: Sequence[Evidence]) -> Callable[[int, float], Draft]:
        def draw(seed: int, temperature: float) -> Draft:
            self.drawn.append((seed, temperature))
            text = self.texts[seed - 7]
            if text is None:
                raise ModelUnavailable("it is gone")
            place = evidence[0].passage.cite("s1c1", 0, len(TEXT))
            said = (Statement("s1", text, (place,)),) if text else ()
            return Draft(
                said, "language_model:x", 0.2, features={"logprob": -0.1}, usage=Usage(100, 10, 0.25)
            )

        return draw


def weigh(query: Query, draft: Draft, samples: Sequence[Sample]) -> list[Sample]:
    """Nine months are likely, everything else is not."""
    chances = (0.8 if item.text == NINE else 0.05 for one in samples for item in one.statements[:1])
    return [replace(one, chance=next(chances) if one.statements else 0.0) for one in samples]


def parts_of(model: Model, desk: Desk, most: int = 3, within_s: float = 100.0) -> Answering:
    unsure = Generator("language_model:x", confidence=0.05)
    sampling = Sampling(model.sampler, weigh, say_the_same, most, within_s)
    return replace(desk.parts(), generator=unsure, sampling=sampling)


def sampled(model: Model, most: int = 3) -> tuple[Answer, list[Statement], Desk]:
    desk, heard = Desk(two()), []
    return answer(parts_of(model, desk, most), ASKED, ME, (), heard.append), heard, desk


def test_the_likeliest_verified_answer_leaves_and_all_are_kept() -> None:
    found, heard, desk = sampled(Model(DOUBTFUL, NINE, SIX))
    assert found.outcome is Outcome.ANSWERED
    assert [item.text for item in found.statements] == [NINE]
    assert list(found.statements) == heard
    assert (found.tokens, found.cost) == (330, 0.75)
    (trace,) = desk.answers.kept
    assert [(one.seed, one.temperature, one.chance, one.is_served) for one in trace.samples] == [
        (7, 0.0, 0.0, False),
        (8, 0.7, 0.8, True),
        (9, 0.7, 0.05, False),
    ]
    assert [item.text for item in trace.samples[0].left_out] == [DOUBTFUL]
    assert trace.samples[1].logprob == -0.1
    assert trace.draft is not None
    assert trace.draft.confidence == 0.8
    assert {item.statement for item in trace.findings} == {"s1"}
    assert all(item.ok for item in trace.findings), "those of the answer, not of what was left out"


@pytest.mark.parametrize("texts", [(SIX, DOUBTFUL, ""), (DOUBTFUL,) * 3, ("", "", "")])
def test_what_is_unlikely_or_unsupported_does_not_leave(texts: tuple[str, ...]) -> None:
    found, heard, desk = sampled(Model(*texts))
    assert (found.outcome, heard, found.tokens) == (Outcome.ABSTAINED, [], 330)
    assert not any(one.is_served for one in desk.answers.kept[0].samples)


def test_two_that_agree_at_once_are_enough() -> None:
    model = Model(NINE, NINE, SIX)
    assert sampled(model)[0].outcome is Outcome.ANSWERED
    assert model.drawn == [(7, 0.0), (8, 0.7)]


def test_a_first_answer_of_which_nothing_left_is_not_asked_for_again() -> None:
    model, desk = Model("", NINE), Desk(two())
    parts = parts_of(model, desk, most=2)
    generate = parts.generator.generate

    def silent(*args: object) -> Draft:
        prompt = ({"role": "user", "content": "?"},)
        return replace(generate(*args), statements=(), prompt=prompt)  # type: ignore[arg-type]

    parts.generator.generate = silent  # type: ignore[method-assign]
    assert answer(parts, ASKED, ME).outcome is Outcome.ANSWERED
    assert model.drawn == [(8, 0.7)]


def test_no_further_one_is_begun_after_the_time_or_a_failure() -> None:
    model, desk = Model(SIX, NINE, NINE), Desk(two())
    answer(parts_of(model, desk, within_s=0.0), ASKED, ME)
    assert len(model.drawn) == 1
    found, _, desk = sampled(Model(NINE, None, SIX))
    assert [item.text for item in found.statements] == [NINE]
    assert len(desk.answers.kept[0].samples) == 1
    assert sampled(Model(None))[0].outcome is Outcome.ABSTAINED


def test_what_is_answered_is_not_sampled() -> None:
    model, desk = Model(), Desk(two())
    parts = replace(parts_of(model, desk), generator=Generator("language_model:x", confidence=0.9))
    assert answer(parts, ASKED, ME).outcome is Outcome.ANSWERED
    assert model.drawn == []


def test_what_no_sample_answers_is_worded_anew_and_all_is_paid() -> None:
    desk = Desk(two())
    rewording = Rewording((lambda query: Reworded("", Usage(5, 1, 0.5)),), lambda query, found: 0.0, 0.8)
    found = answer(replace(parts_of(Model("", ""), desk, 2), rewording=rewording), ASKED, ME)
    assert (found.tokens, found.cost) == (226, 1.0)
    assert len(desk.answers.kept[0].samples) == 2


def test_where_the_policy_sees_nothing_at_all_nothing_is_drawn() -> None:
    model, desk = Model(NINE), Desk(two())
    parts = parts_of(model, desk, most=1)
    parts = replace(parts, sampling=replace(parts.sampling, least=0.06))  # type: ignore[type-var]
    assert answer(parts, ASKED, ME).outcome is Outcome.ABSTAINED
    assert model.drawn == []


def test_without_evidence_nothing_is_drawn() -> None:
    model, desk = Model(NINE), Desk([])
    assert answer(parts_of(model, desk), ASKED, ME).outcome is Outcome.ABSTAINED
    assert model.drawn == []


def test_a_sample_cites_only_what_the_asker_may_see() -> None:
    model, desk = Model(NINE, NINE, NINE), Desk([passage("d1", "a.txt", TEXT)])
    parts = parts_of(model, desk)
    draw = model.sampler

    def closing(query: Query, evidence: Sequence[Evidence]) -> Callable[[int, float], Draft]:
        desk.groups = {"a.txt": ("hr",)}  # while the model writes
        return draw(query, evidence)

    parts = replace(parts, sampling=replace(parts.sampling, sampler=closing))  # type: ignore[type-var]
    assert answer(parts, ASKED, ME).outcome is Outcome.ABSTAINED
