"""A model that decides: it reads whole passages and may stay silent; the policy keeps what is put together and what is replaced."""

import dataclasses

import pytest

from metier.errors import ModelUnavailable
from metier.generate.leading import LeadingGenerator
from metier.types import Draft
from tests.builders import evidence, passage
from tests.generate.test_gated import QUERY, QUOTE, SHORT, WRITTEN, Fixed

FOUND = evidence(passage("Claims are due within 30 days."))


def leading(confidence=0.2, fails="", written=(WRITTEN,), quotes=(QUOTE,), **more):
    model = Fixed(Draft(written, "language_model:test", confidence=0.9), fails)
    floor = Fixed(Draft(quotes, "extractive", confidence=confidence, **more), name="extractive")
    return LeadingGenerator(model, floor, vouched=0.45), model


@pytest.mark.parametrize("confidence", [0.0, 0.2, 0.9])
def test_the_model_answers_however_sure_the_policy_is(confidence):
    generator, _ = leading(confidence)
    told = []
    draft = generator.generate(QUERY, FOUND, told.append)
    assert draft.statements == (SHORT,)  # no quote below, and none that it must agree with
    assert told == [SHORT]
    assert draft.confidence == pytest.approx(0.5 + confidence / 2)


@pytest.mark.parametrize("confidence", [0.1, 0.95])
def test_where_it_finds_nothing_nothing_is_quoted(confidence):
    generator, _ = leading(confidence, written=())
    draft = generator.generate(QUERY, FOUND)
    assert draft.statements == ()
    assert draft.confidence == pytest.approx(min(confidence, 0.4))


def test_what_the_policy_puts_together_stands_where_it_vouches_for_it():
    generator, model = leading(0.6, composed=True)
    assert generator.generate(QUERY, FOUND).statements == (QUOTE,)
    assert model.asked == 0
    generator, model = leading(0.3, composed=True)
    assert generator.generate(QUERY, FOUND).statements == (SHORT,)


def test_a_model_that_is_down_is_replaced_and_what_was_told_is_not():
    generator, _ = leading(0.6, fails="before")
    draft = generator.generate(QUERY, FOUND)
    assert draft.statements == (QUOTE,)
    assert "without the language model" in draft.notes[0]
    generator, _ = leading(fails="after")
    with pytest.raises(ModelUnavailable):
        generator.generate(QUERY, FOUND, lambda statement: None)


def test_what_the_policy_would_read_comes_first_and_the_rest_follows():
    several = evidence(*(passage("Claims are due.", document=f"d{number}") for number in range(3)))
    generator, model = leading(leads=(several[2].passage.id,))
    generator.generate(QUERY, several)
    assert model.shown == ["d2", "d0", "d1"]


def test_what_another_version_replaces_is_not_shown():
    item = dataclasses.replace(FOUND[0].passage, text="Claims are due within 30 days. Late ones lapse.")
    place = (item.document, item.start, item.start + 30)
    generator, model = leading(replaced=(place,))
    generator.generate(QUERY, evidence(item))
    assert model.evidence[0].passage.text.strip() == "Late ones lapse."
