"""Reading what language models write: citations, abstentions, repetitions, echoes, torn ends."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metier.errors import ModelUnavailable
from metier.generate.language_model import LanguageModelGenerator
from metier.models.completion import Completion, Request, Scored, Spent
from metier.stages import Generator
from metier.types import Draft, Evidence, Passage, Query, Statement, Usage

LEAVE = "Full-time staff get 30 days of leave. Leave not taken lapses on 31 March."
TRAVEL = "Hotels are paid up to 140 EUR per night. Train tickets are booked in second class."
DOCUMENTS = {"leave": "Preface. " + LEAVE, "travel": "Ä 🙂 " + TRAVEL}


def evidence(name: str, text: str, **changes: object) -> Evidence:
    start = DOCUMENTS[name].index(text)
    passage = Passage(
        f"{name}.1",
        name,
        f"{name}.pdf",
        name,
        3,
        start,
        start + len(text),
        text,
        (),
        "text",
        "en",
        "2026-01-01",
        (),
    )
    return Evidence(replace(passage, **changes), 1.0)  # type: ignore[arg-type]


EVIDENCE = (evidence("leave", LEAVE), evidence("travel", TRAVEL))
QUERY = Query("How many days of leave do I get?", "en")


@dataclass
class FakeModel:
    """Says `text` in pieces of `size` characters, then reports usage if there is any."""

    text: str
    size: int = 3
    usage: Spent | None = None
    asked: list[tuple[int, float, int]] = field(default_factory=list)
    said: int = 0
    identity: str = "fake"

    def complete(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, temperature: float, seed: int
    ) -> Iterator[str]:
        self.asked.append((max_tokens, temperature, seed))
        return Completion(self._pieces())

    def _pieces(self) -> Iterator[str | Spent]:
        for i in range(0, len(self.text), self.size):
            self.said = i + self.size
            yield self.text[i : i + self.size]
        if self.usage:
            yield self.usage


def draft(text: str, query: Query = QUERY, usage: Spent | None = None) -> Draft:
    return LanguageModelGenerator(FakeModel(text, usage=usage)).generate(query, EVIDENCE)


def said(text: str, **changes: object) -> list[str]:
    return [statement.text for statement in draft(text, **changes).statements]  # type: ignore[arg-type]


def quotes(text: str) -> list[list[str]]:
    return [[citation.quote for citation in statement.citations] for statement in draft(text).statements]


def test_statements_cite_exact_spans_of_documents() -> None:
    result = draft(
        "You get 30 days of leave. [p1]\nHotels cost at most 140 EUR per night. [p2]\n", usage=Spent(90, 20)
    )
    assert [statement.text for statement in result.statements] == [
        "You get 30 days of leave.",
        "Hotels cost at most 140 EUR per night.",
    ]
    for statement, name in zip(result.statements, ("leave", "travel"), strict=True):
        (citation,) = statement.citations
        assert (citation.document, citation.page, citation.version_date) == (name, 3, "2026-01-01")
        assert DOCUMENTS[name][citation.start : citation.end] == citation.quote
    assert quotes("Hotels cost at most 140 EUR per night. [p2]") == [
        ["Hotels are paid up to 140 EUR per night."]
    ]
    assert result.usage == Usage(90, 20)
    assert (result.generator, len(result.prompt_hash)) == ("language_model:fake", 64)
    assert 0.5 < result.confidence <= 1


def test_is_a_generator_that_asks_greedily_with_a_fixed_seed() -> None:
    model = FakeModel("NOT_FOUND")
    stage: Generator = LanguageModelGenerator(model, max_tokens=77)
    stage.generate(QUERY, EVIDENCE)
    assert model.asked == [(77, 0.0, 7)]


@pytest.mark.parametrize(
    "text",
    [
        "You get 30 days of leave [p1].",
        "- You get 30 days of leave. (p1)",
        "1. **You get 30 days of leave.** [P1]",
        "Answer: You get 30 days of leave. [p1]",
        "p1| You get 30 days of leave.",
        "<think>The user asks\nabout [p2].</think>\nYou get 30 days of leave. [p1]",
        "Passages:\nQuestion: How many days of leave do I get?\nYou get 30 days of leave. [p1]",
        (
            "Answer in English, in full sentences that end with an id. If the passages do not say it, write NOT_FOUND.\n"
            "You get 30 days of leave. [p1]"
        ),
        "You get 30 days of leave.",  # no id: the passage that fits is found
        "You get 30 days of leave. [p9]",  # an id that was never shown
        "You get 30 days of leave. [p2]",  # the wrong passage
    ],
)
def test_ways_of_writing_one_answer(text: str) -> None:
    (statement,) = draft(text).statements
    assert statement.text.rstrip(".") == "You get 30 days of leave"
    assert [citation.quote for citation in statement.citations] == ["Full-time staff get 30 days of leave."]


@pytest.mark.parametrize("marks", ["[p1][p2]", "[p1, p2]", "[p1] [p2]", "[p1 and p2]", "[p1; P2]."])
def test_several_citations(marks: str) -> None:
    (statement,) = draft(f"30 days of leave and hotels up to 140 EUR per night {marks}").statements
    assert [citation.document for citation in statement.citations] == ["leave", "travel"]
    assert [citation.id for citation in statement.citations] == ["s1c1", "s1c2"]


def test_several_sentences_on_one_line_are_several_statements() -> None:
    assert quotes("You get 30 days. [p1] It lapses on 31 March. [p1]") == [
        ["Full-time staff get 30 days of leave."],
        ["Leave not taken lapses on 31 March."],
    ]


def test_a_statement_over_two_sentences_quotes_both() -> None:
    assert quotes("Of the 30 days of leave for staff, those not taken lapse on 31 March. [p1]") == [[LEAVE]]


def test_a_statement_of_several_clauses_quotes_the_sentence_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Claims are due within 30 days. They go to the office in Derby. Paper forms were given up. Late claims need a written reason."
    monkeypatch.setitem(DOCUMENTS, "claims", text)
    written = "Claims are due within 30 days, but late claims need a written reason. [p1]"
    found = LanguageModelGenerator(FakeModel(written)).generate(QUERY, [evidence("claims", text)])
    assert [item.quote for item in found.statements[0].citations] == [
        "Claims are due within 30 days.",
        "Late claims need a written reason.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "NOT_FOUND",
        "NOT_FOUND [p1]",
        "not found is written as: NOT FOUND",
        "NOT_FOUND\nBut in general staff get 25 days. [p1]",
        "The passages do not say how many days you get.",
        "There is no information in the passages about that. [p1]",
        "The number is not mentioned in the provided text.",
        "",
        "\n \n",
        "[p1]",
        "<think>It never ends",
    ],
)
def test_abstentions(text: str) -> None:
    result = draft(text)
    assert result.statements == ()
    assert result.reason == "The passages that were found do not answer the question."


@pytest.mark.parametrize("text", ["Die Textstellen enthalten keine Angabe dazu.", "NOT_FOUND"])
def test_abstentions_in_german(text: str) -> None:
    result = draft(text, Query("Wie viele Tage?", "de"))
    assert result.statements == ()
    assert result.reason == "Die gefundenen Textstellen beantworten die Frage nicht."


def test_denials_that_are_answers_stay() -> None:
    assert said("Leave is not paid out. [p1]") == ["Leave is not paid out."]
    assert said("You get 30 days. [p1]\nThe passages do not say more.\nNOT_FOUND") == ["You get 30 days."]


def test_repetition_ends_the_answer_and_the_model() -> None:
    model = FakeModel("You get 30 days. [p1]\n" * 5000)
    result = LanguageModelGenerator(model).generate(QUERY, EVIDENCE)
    assert len(result.statements) == 1
    assert model.said < 100


def test_a_model_that_does_not_stop_is_stopped() -> None:
    text = "".join(f"Rule {n} gives {n} days. [p1]\n" for n in range(500))
    assert len(said(text)) == 8


def test_a_torn_last_sentence_is_left_out_and_said() -> None:
    result = draft("You get 30 days. [p1]\nLeave not taken lap", usage=Spent(100, 300))
    assert [statement.text for statement in result.statements] == ["You get 30 days."]
    assert "cut at max_tokens" in result.notes[0]
    assert (
        said("You get 30 days. [p1]\nIt lapses on 31 March", usage=Spent(100, 30))[1]
        == "It lapses on 31 March"
    )


def test_statements_are_told_as_their_lines_complete() -> None:
    model = FakeModel("You get 30 days. [p1]\nIt lapses on 31 March. [p1]\n", size=1)
    heard: list[tuple[str, int]] = []

    def hear(statement: Statement) -> None:
        heard.append((statement.id, model.said))

    result = LanguageModelGenerator(model).generate(QUERY, EVIDENCE, hear)
    assert heard == [("s1", 22), ("s2", 50)]
    assert [statement.id for statement in result.statements] == ["s1", "s2"]


def test_words_of_the_example_are_not_an_answer() -> None:
    assert said("A ticket for an adult costs 6.40 EUR. [p2]") == []


def test_no_evidence_asks_no_model() -> None:
    model = FakeModel("30 days")
    result = LanguageModelGenerator(model).generate(QUERY, ())
    assert (result.statements, result.reason, model.asked) == ((), "No passages were found.", [])


def test_nothing_in_common_gets_no_citation() -> None:
    (statement,) = draft("Zebras gallop.").statements
    assert statement.citations == ()


def test_a_table_row_is_found_by_its_column_heads() -> None:
    rows = "Pump A | 120 EUR | 4 kg\nPump B | 90 EUR | 3 kg"
    DOCUMENTS["prices"] = rows
    item = evidence("prices", rows, kind="table", heading_path=("Item | Price | Weight",))
    model = FakeModel("The price of Pump B is 90 EUR. [p1]")
    (statement,) = LanguageModelGenerator(model).generate(Query("Price of pump B?", "en"), [item]).statements
    assert [citation.quote for citation in statement.citations] == ["Pump B | 90 EUR | 3 kg"]


def test_usage_is_estimated_when_the_engine_says_nothing() -> None:
    usage = draft("You get 30 days. [p1]").usage
    assert usage.prompt_tokens > 100
    assert 0 < usage.completion_tokens < 10


def test_a_model_that_fails_is_not_hidden() -> None:
    class Broken(FakeModel):
        def _pieces(self) -> Iterator[str | Spent]:
            yield "You get"
            raise ModelUnavailable("gone")

    with pytest.raises(ModelUnavailable, match="gone"):
        LanguageModelGenerator(Broken("")).generate(QUERY, EVIDENCE)


@given(st.text(alphabet=st.sampled_from("ab 1.p[](),|\nÄ<>*-NOT_FUD?"), max_size=200), st.integers(1, 9))
def test_whatever_a_model_writes_every_citation_is_true(text: str, size: int) -> None:
    result = LanguageModelGenerator(FakeModel(text, size)).generate(QUERY, EVIDENCE)
    for statement in result.statements:
        assert statement.text.strip()
        for citation in statement.citations:
            assert DOCUMENTS[citation.document][citation.start : citation.end] == citation.quote != ""


def test_what_a_statement_adds_to_the_question_decides_its_quote() -> None:
    text = (
        "This framework agreement with Brookvale starts in May. Prices are net. "
        "Unless it is ended 3 months before, it continues."
    )
    found = (
        Evidence(replace(EVIDENCE[0].passage, text=text, end=EVIDENCE[0].passage.start + len(text)), 1.0),
    )
    query = Query("How long before must the framework agreement with Brookvale be ended?", "en")
    model = FakeModel("The framework agreement with Brookvale must be ended 3 months before. [p1]")
    (statement,) = LanguageModelGenerator(model).generate(query, found).statements
    assert [citation.quote for citation in statement.citations] == [
        "Unless it is ended 3 months before, it continues."
    ]


def test_a_sample_is_another_draft_of_the_same_prompt() -> None:
    model = Scoring("You get 30 days of leave. [p1]", usage=Spent(50, 9))
    generator = LanguageModelGenerator(model, max_tokens=77)
    first, other = generator.generate(QUERY, EVIDENCE), generator.sample(QUERY, EVIDENCE, 9, 0.7)
    assert [(one.temperature, one.seed, one.scored) for one in model.requests] == [
        (0.0, 7, False),
        (0.7, 9, True),
    ]
    assert model.requests[0].messages == model.requests[1].messages
    assert other.features["logprob"] == pytest.approx(-0.3)
    assert "logprob" not in first.features
    assert other.statements == first.statements
    assert other.usage == Usage(50, 9)


@dataclass
class Scoring(FakeModel):
    """Tells log-probabilities where it is asked to."""

    requests: list[Request] = field(default_factory=list)

    def ask(self, request: Request) -> Completion:
        self.requests.append(request)
        scores = [Scored((-0.2, -0.4))] if request.scored else []
        return Completion(iter([*scores, *self._pieces()]))
