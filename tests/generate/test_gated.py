import pytest

from metier.errors import ModelUnavailable
from metier.generate.gated import GatedGenerator
from metier.types import Citation, Draft, Query, Statement
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
        self.shown = [item.passage.document for item in found]
        if self._fails == "before":
            raise ModelUnavailable("http://localhost:1 does not answer; start it")
        for statement in self._draft.statements:
            if on_statement:
                on_statement(statement)
        if self._fails == "after":
            raise ModelUnavailable("it broke")
        return self._draft


def gated(confidence=0.6, fails="", written=(WRITTEN,)):
    model = Fixed(Draft(written, "language_model:test", confidence=0.9), fails)
    floor = Fixed(Draft((QUOTE,), "extractive", confidence=confidence), name="extractive")
    return GatedGenerator(model, floor, least=0.1, sure=0.55), model


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


def test_where_the_model_finds_nothing_a_sure_quote_answers():
    generator, _ = gated(confidence=0.6, written=())
    draft = generator.generate(QUERY, FOUND)
    assert draft.statements == (QUOTE,)
    assert "quoted instead" in draft.notes[0]
    generator, _ = gated(confidence=0.5, written=())
    assert generator.generate(QUERY, FOUND).statements == ()


def test_the_passages_that_would_be_quoted_are_shown_first():
    quoted = passage("Claims are due within 30 days.", "d2")
    citation = Citation("c1", "d2", "d2.txt", "Handbook", "", 1, 0, 10, "Claims are")
    model = Fixed(Draft((WRITTEN,), "language_model:test"))
    floor = Fixed(
        Draft((Statement("s1", "Claims", (citation,)),), "extractive", confidence=0.6), name="extractive"
    )
    found = evidence(passage("The pump is dry.", "d1"), quoted, passage("It is blue.", "d3"))
    GatedGenerator(model, floor, 0.1, 0.55).generate(QUERY, found)
    assert model.shown == ["d2", "d1", "d3"]
