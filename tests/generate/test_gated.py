import dataclasses

import pytest

from metier.errors import ModelUnavailable
from metier.generate.gated import GatedGenerator
from metier.types import Citation, Draft, Option, Query, Statement
from tests.builders import evidence, passage, table

FOUND = evidence(passage("Claims are due within 30 days."))
QUERY = Query("When are claims due?", "en")
QUOTE = Statement("s1", "Claims are due within 30 days.", ())
WRITTEN = Statement("s1", "They are due within 30 days.", ())
SHORT = dataclasses.replace(WRITTEN, values=("30 days",))  # as it leaves


class Fixed:
    """A generator with one draft, which it may fail to give, before or after its first statement."""

    def __init__(self, draft, fails="", name="language_model:test"):
        self._draft, self._fails, self.name, self.asked = draft, fails, name, 0

    def generate(self, query, found, on_statement=None):
        self.asked += 1
        self.evidence = list(found)
        self.shown = [item.passage.document for item in found]
        if self._fails == "before":
            raise ModelUnavailable("http://localhost:1 does not answer; start it")
        for statement in self._draft.statements:
            if on_statement:
                on_statement(statement)
        if self._fails == "after":
            raise ModelUnavailable("it broke")
        return self._draft

    def sample(self, query, found, seed, temperature):
        self.sampled = (seed, temperature, [item.passage.document for item in found])
        return self._draft


def cites(statement, start, end):
    place = Citation("c1", "d1", "d1.txt", "Handbook", "", 1, start, end, "")
    return dataclasses.replace(statement, citations=(place,))


def gated(confidence=0.6, fails="", written=(WRITTEN,), quotes=(QUOTE,), **more):
    model = Fixed(Draft(written, "language_model:test", confidence=0.9), fails)
    floor = Fixed(Draft(quotes, "extractive", confidence=confidence, **more), name="extractive")
    return GatedGenerator(model, floor, least=0.1, vouched=0.4, sure=0.55), model


def test_the_model_answers_with_the_confidence_of_the_floor():
    generator, _ = gated(quotes=())
    told = []
    draft = generator.generate(QUERY, FOUND, told.append)
    assert (draft.statements, draft.confidence) == ((SHORT,), 0.6)
    assert draft.features["model_confidence"] == 0.9
    assert told == [SHORT]


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
    generator, _ = gated(fails="after", quotes=())
    with pytest.raises(ModelUnavailable):
        generator.generate(QUERY, FOUND, lambda statement: None)


def test_where_the_model_finds_nothing_a_sure_quote_answers():
    generator, _ = gated(confidence=0.6, written=())
    draft = generator.generate(QUERY, FOUND)
    assert draft.statements == (QUOTE,)
    assert "quoted instead" in draft.notes[0]
    generator, _ = gated(confidence=0.5, written=())
    assert generator.generate(QUERY, FOUND).statements == ()


def test_quotes_stand_below_sentences_that_say_the_same():
    quotes = (cites(QUOTE, 0, 10), cites(QUOTE, 40, 50), cites(QUOTE, 100, 110))
    generator, _ = gated(written=(cites(WRITTEN, 60, 70), cites(WRITTEN, 5, 20)), quotes=quotes)
    told = []
    draft = generator.generate(QUERY, FOUND, told.append)
    assert [(item.id, item.citations[0].start) for item in draft.statements] == [
        ("s1", 5),
        ("s2", 0),
        ("s3", 40),
    ]
    assert told == list(draft.statements[:1])
    assert {item.citations[0].id for item in draft.statements} == {"s1c1", "s2c1", "s3c1"}
    generator, _ = gated(written=(cites(WRITTEN, 5, 20), *[cites(WRITTEN, 60, 70)] * 3), quotes=quotes)
    assert len(generator.generate(QUERY, FOUND).statements) == 5


def test_a_short_answer_makes_sentences_agree_wherever_they_stand():
    quote = dataclasses.replace(cites(QUOTE, 0, 10), values=("30 days",), scale="")
    generator, _ = gated(written=(cites(WRITTEN, 60, 70),), quotes=(quote,))
    first, below = generator.generate(QUERY, FOUND).statements
    assert (first.citations[0].start, first.values, below.text) == (60, ("30 days",), QUOTE.text)


def test_who_says_something_else_or_no_more_than_a_figure_is_outvoted():
    quote = dataclasses.replace(cites(QUOTE, 0, 10), values=("30 days",))
    other, bare = Statement("s1", "They are due in 60 days.", ()), Statement("s1", "30 days.", ())
    for written in (cites(other, 60, 70), cites(bare, 0, 10)):
        generator, _ = gated(written=(written,), quotes=(quote,))
        told = []
        draft = generator.generate(QUERY, FOUND, told.append)
        assert (draft.statements, told) == ((quote,), [])
        assert "quoted instead" in draft.notes[0]


def test_quotes_the_policy_does_not_vouch_for_are_left_out():
    generator, _ = gated(confidence=0.3, written=(cites(WRITTEN, 5, 20),), quotes=(cites(QUOTE, 40, 50),))
    assert len(generator.generate(QUERY, FOUND).statements) == 1


def test_the_model_reads_the_passages_that_promise_an_answer_best_first():
    model = Fixed(Draft((WRITTEN,), "language_model:test"))
    found = evidence(passage("The pump is dry.", "d1"), passage("Claims", "d2"), passage("It is blue.", "d3"))
    leads = ("d3:0", "d2:0")
    floor = Fixed(Draft((QUOTE,), "extractive", confidence=0.6, leads=leads), name="extractive")
    GatedGenerator(model, floor, 0.1, 0.4, 0.55).generate(QUERY, found)
    assert model.shown == ["d3", "d2"]
    floor = Fixed(Draft((QUOTE,), "extractive", confidence=0.6), name="extractive")
    GatedGenerator(model, floor, 0.1, 0.4, 0.55).generate(QUERY, found)
    assert model.shown == ["d1", "d2", "d3"]


def test_what_the_policy_puts_together_itself_no_model_is_asked_for():
    generator, model = gated(confidence=0.6, composed=True)
    assert generator.generate(QUERY, FOUND).statements == (QUOTE,)
    assert model.asked == 0
    unsure, asked = gated(confidence=0.2, composed=True)
    assert unsure.generate(QUERY, FOUND).statements == (SHORT,)
    assert asked.asked == 1


def test_what_another_version_replaces_is_not_shown_to_the_model():
    old = passage("Claims are due within 60 days. Write to Ada.", "d1", start=100)
    generator, model = gated(replaced=(("d1", 100, 130), ("d2", 100, 130), ("d1", 90, 130)))
    generator.generate(QUERY, evidence(old))
    assert [item.passage.text for item in model.evidence] == [" " * 30 + " Write to Ada."]


def test_a_figure_of_a_cited_row_comes_with_the_scale_of_its_table():
    rows = table("(in thousands) | 2024 | 2023\nRevenue | 2,990 | 2,750\nCosts | 900 | 870")
    start = rows.text.index("Revenue")
    said = Statement("s1", "The revenue in 2024 was 2,990.", ())
    place = Citation(
        "c1", rows.document, rows.uri, rows.title, "", 1, start, start + 23, "Revenue | 2,990 | 2,750"
    )
    generator, _ = gated(written=(dataclasses.replace(said, citations=(place,)),), quotes=())
    (found,) = generator.generate(Query("What was the revenue in 2024?", "en"), evidence(rows)).statements
    assert (found.values, found.scale) == (("2,990",), "thousand")


def test_samples_are_drawn_from_the_prompt_of_the_answer_with_what_the_policy_thinks():
    option = Option("Claims are due within 30 days.", "p1", 0.7)
    generator, model = gated(confidence=0.2, options=(option,))
    generator.generate(QUERY, FOUND)
    shown = model.shown
    draft = generator.sampler(QUERY, FOUND)(9, 0.7)
    assert model.sampled == (9, 0.7, shown)
    assert draft.statements == (SHORT,)
    assert (draft.confidence, draft.options) == (0.2, (option,))
