import pytest

from metier.errors import ModelUnavailable
from metier.generate.gated import GatedGenerator
from metier.types import Draft, Query, Statement
from tests.builders import evidence, passage

FOUND = evidence(passage("Claims are due within 30 days."))
QUERY = Query("When are claims due?", "en")
QUOTE = Statement("s1", "Claims are due within 30 days.", ())
WRITTEN = Statement("s1", "They are due within 30 days.", ())


class Fixed:
    """A generator with one draft, which it may fail to give, before or after its first statement."""

    def __init__(self, draft, fails="", name="language_model:test"):
        self._draft, self._fails, self.name, self.asked = draft, fails, name, 0

    def generate(self, query, found, on_statement=None):
        self.asked += 1
        if self._fails == "before":
            raise ModelUnavailable("http://localhost:1 does not answer; start it")
        for statement in self._draft.statements:
            if on_statement:
                on_statement(statement)
        if self._fails == "after":
            raise ModelUnavailable("it broke")
        return self._draft


def gated(confidence=0.6, fails=""):
    model = Fixed(Draft((WRITTEN,), "language_model:test", confidence=0.9), fails)
    floor = Fixed(Draft((QUOTE,), "extractive", confidence=confidence), name="extractive")
    return GatedGenerator(model, floor, least=0.1), model


def test_the_model_answers_with_the_confidence_of_the_floor():
    generator, _ = gated()
    told = []
    draft = generator.generate(QUERY, FOUND, told.append)
    assert (draft.statements, draft.confidence) == ((WRITTEN,), 0.6)
    assert draft.features["model_confidence"] == 0.9
    assert told == [WRITTEN]


def test_the_model_is_not_tempted_where_nothing_is_found():
    generator, model = gated(confidence=0.05)
    draft = generator.generate(QUERY, FOUND)
    assert draft.statements == ()
    assert draft.reason
    assert model.asked == 0


def test_a_model_that_is_down_is_replaced_and_the_answer_says_so():
    generator, _ = gated(fails="before")
    draft = generator.generate(QUERY, FOUND)
    assert draft.statements == (QUOTE,)
    assert "without the language model" in draft.notes[0]
    assert "start it" in draft.notes[0]


def test_what_was_told_is_not_replaced():
    generator, _ = gated(fails="after")
    with pytest.raises(ModelUnavailable):
        generator.generate(QUERY, FOUND, lambda statement: None)
