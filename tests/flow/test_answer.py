"""The answer journey over fakes: what leaves was asked for, found, allowed, verified and written down."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from metier.errors import ModelUnavailable
from metier.flow.answer import _without_repeats, answer
from metier.flow.answering import Answering, Rewording
from metier.policy.settlement import ThresholdPolicy
from metier.retrieve.mixture import ConvexMixer
from metier.stages import OnStatement
from metier.types import (
    Abstention,
    Access,
    Answer,
    Citation,
    Conflict,
    Document,
    Draft,
    Entry,
    Evidence,
    Finding,
    Hit,
    Need,
    Occasion,
    Outcome,
    Passage,
    Query,
    Reordered,
    Reworded,
    Settled,
    State,
    Statement,
    Trace,
    Turn,
    Usage,
)
from tests.fakes import MemoryAudit, document, entry, passage

ME = Access("me", frozenset({"all"}))
TEXT = "The notice period is six weeks."


@dataclass
class Retriever:
    """Gives what it was told to."""

    passages: list[Passage]
    name: str = "keyword"

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        return [Hit(item, 1.0 / (n + 1)) for n, item in enumerate(self.passages)][:k]


class Reranker:
    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        return [replace(item, superseded_by="secret/new.txt") for item in evidence][:k]


@dataclass
class Generator:
    """Quotes each passage whole; tells statements as it goes if `streams`, and may fail after `fails_after`."""

    name: str = "extractive"
    confidence: float = 0.9
    streams: bool = False
    fails_after: int | None = None
    seen: list[Evidence] = field(default_factory=list)

    def generate(
        self, query: Query, evidence: Sequence[Evidence], on_statement: OnStatement | None = None
    ) -> Draft:
        self.seen = list(evidence)
        statements = []
        for number, item in enumerate(evidence, start=1):
            if number - 1 == self.fails_after:
                raise ModelUnavailable("the endpoint went away")
            found = item.passage
            citation = Citation(
                f"c{number}",
                found.document,
                found.uri,
                found.title,
                "",
                0,
                found.start,
                found.end,
                found.text,
            )
            statements.append(Statement(f"s{number}", found.text, (citation,)))
            if self.streams and on_statement is not None:
                on_statement(statements[-1])
        return Draft(tuple(statements), self.name, self.confidence)


class Check:
    """Statements with "doubtful" in them are not supported."""

    name = "support"

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        return [
            Finding("support", item.id, "doubtful" not in item.text, 0.0 if "doubtful" in item.text else 1.0)
            for item in draft.statements
        ]


class Answers:
    def __init__(self) -> None:
        self.kept: list[Trace] = []

    def append(self, trace: Trace) -> None:
        self.kept.append(trace)

    def trace(self, answer: str) -> Trace | None: ...

    def traces(self, limit: int = 100, occasion: Occasion | None = None) -> list[Trace]:
        return self.kept


class Admission:
    refusal: Settled | None = None

    def admit(self, query: Query, access: Access) -> Settled | None:
        return self.refusal


class Documents:
    def document(self, document_id: str) -> Document | None:
        return document(document_id, "a.txt", TEXT + " " * 100)


@dataclass
class Desk:
    """The journey's parts, easy to bend."""

    passages: list[Passage]
    generator: Generator = field(default_factory=Generator)
    live: dict[str, Entry] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    admission: Admission = field(default_factory=Admission)
    answers: Answers = field(default_factory=Answers)
    audit: MemoryAudit = field(default_factory=MemoryAudit)

    def __post_init__(self) -> None:
        self.live = {item.document: entry(item.document, item.uri, State.LIVE) for item in self.passages}

    def ask(self, heard: Callable[[Statement], None] | None = None, history: Sequence[Turn] = ()) -> Answer:
        return answer(self.parts(), "How long is the notice period?", ME, history, heard)

    def parts(self, **more: Any) -> Answering:
        desk = self

        class Ledger:
            def version(self) -> int:
                return 7

            def live(self) -> Mapping[str, Entry]:
                return desk.live

        thresholds = {"extractive": 0.5, "language_model": 0.1, "support": 0.5, "customer": 0.1}
        parts: dict[str, Any] = {
            "admission": self.admission,
            "retrievers": [Retriever(self.passages)],
            "mixer": ConvexMixer({"keyword": 1.0}, 5),
            "reranker": Reranker(),
            "generator": self.generator,
            "checks": [Check()],
            "support": lambda findings: min(item.score for item in findings),
            "settlement": ThresholdPolicy(thresholds, customer=False),
            "ledger": Ledger(),
            "documents": Documents(),
            "groups_of": lambda uri: self.groups.get(uri, () if uri.startswith("secret/") else ("all",)),
            "answers": self.answers,
            "audit": self.audit,
            "release": "r0",
            "wide": 10,
            "narrow": 5,
            "new_id": lambda: "a1",
            "now": lambda: "now",
        }
        return Answering(**(parts | more))


def two() -> list[Passage]:
    return [passage("d1", "a.txt", TEXT), passage("d2", "b.txt", "doubtful words")]


def test_what_is_supported_leaves_with_its_place() -> None:
    desk = Desk(two())
    found = desk.ask()
    assert found.outcome is Outcome.ANSWERED
    assert [(item.text, item.support) for item in found.statements] == [(TEXT, 1.0)]
    (citation,) = found.statements[0].citations
    assert (citation.document, citation.page, citation.quote) == ("d1", 1, TEXT)
    assert found.release == "r0"


def test_conflicts_have_places_and_are_told_only_with_sources_that_may_be_seen() -> None:
    desk = Desk(two())

    def both(query: Query, statements: Sequence[Statement], evidence: Sequence[Evidence]) -> list[Conflict]:
        sides = [
            Citation(f"x{n}", item.passage.document, item.passage.uri, "", "", 0, 0, 3, TEXT[:3])
            for n, item in enumerate(evidence)
        ]
        return [Conflict(statements[0].text, tuple(sides), "one ≠ other")]

    (conflict,) = answer(replace(desk.parts(), conflicts=both), "How long?", ME).conflicts
    assert [item.page for item in conflict.citations] == [1, 1]
    del desk.live["d2"]
    assert answer(replace(desk.parts(), conflicts=both), "How long?", ME).conflicts == ()


@dataclass
class OneTopic:
    """Answers only questions about notice, with the first passage."""

    generator: Generator = field(default_factory=Generator)
    name: str = "extractive"

    def generate(
        self, query: Query, evidence: Sequence[Evidence], on_statement: OnStatement | None = None
    ) -> Draft:
        draft = self.generator.generate(query, evidence[:1], on_statement)
        return replace(draft, confidence=0.9 if "notice" in query.text else 0.1)


def test_each_part_is_answered_by_itself_and_an_open_one_is_told() -> None:
    desk = Desk(two())
    parts = replace(desk.parts(), generator=OneTopic())
    heard: list[Statement] = []
    found = answer(parts, "How long is the notice period, and who pays the canteen?", ME, (), heard.append)
    assert [item.text for item in found.statements] == [TEXT]
    assert list(found.statements) == heard
    assert "nothing was found on: Who pays the canteen?" in found.notes
    (trace,) = desk.answers.kept
    assert trace.query.parts == ("How long is the notice period?", "Who pays the canteen?")
    assert [item["shown"] for item in trace.pool] == [1, 2]
    assert trace.draft is not None
    assert [item.id for item in trace.draft.statements] == ["s1", "s2"]
    assert {finding.statement for finding in trace.findings} == {"s1"}
    assert found.timings_ms["generate"] >= 0


def test_statements_of_two_parts_have_ids_of_their_own_and_are_told_once() -> None:
    desk = Desk([passage("d1", "a.txt", TEXT), passage("d2", "b.txt", "The canteen is paid by the firm.")])
    heard: list[Statement] = []
    question = "How long is the notice period, and who pays the canteen?"
    found = answer(desk.parts(), question, ME, (), heard.append)
    assert [(item.id, item.text) for item in found.statements] == [
        ("s1", TEXT),
        ("s2", "The canteen is paid by the firm."),
    ]
    assert list(found.statements) == heard
    assert len([item for item in desk.audit.rows if item[0] == "answer"]) == 1


def test_everything_is_written_down() -> None:
    desk = Desk(two())
    found = desk.ask(history=[Turn("q", "a")])
    (trace,) = desk.answers.kept
    assert trace.answer == found
    assert (trace.question, trace.principal, trace.groups, trace.ledger_version) == (
        "How long is the notice period?",
        "me",
        ("all",),
        7,
    )
    assert trace.query.history == (Turn("q", "a"),)
    assert [item["shown"] for item in trace.pool] == [1, 2]
    assert {finding.statement for finding in trace.findings} == {"s1", "s2"}
    assert {"admit", "retrieve_keyword", "mix", "rerank", "generate", "verify", "settle", "total"} <= set(
        found.timings_ms
    )
    ((kind, subject, principal, data),) = desk.audit.rows
    assert (kind, subject, principal, data["outcome"], data["documents"]) == (
        "answer",
        "a1",
        "me",
        "answered",
        ["d1"],
    )
    assert TEXT not in str(data)


def test_a_refusal_reads_nothing() -> None:
    desk = Desk(two())
    desk.admission.refusal = Settled(Outcome.REFUSED, abstention=Abstention("not here"))
    found = desk.ask()
    assert found.outcome is Outcome.REFUSED
    assert desk.generator.seen == []
    assert desk.answers.kept[0].pool == ()
    assert [row[0] for row in desk.audit.rows] == ["answer"]


def test_a_doubtful_draft_is_an_abstention() -> None:
    desk = Desk(two(), Generator(confidence=0.4))
    found = desk.ask()
    assert found.outcome is Outcome.ABSTAINED
    assert found.statements == ()


def reworded(desk: Desk, text: str, sure: float) -> tuple[Answer, list[Statement]]:
    """Who may go? asked of a generator that knows of notice alone."""
    heard: list[Statement] = []
    rewording = Rewording(
        (lambda query: Reworded(text, Usage(30, 9, 0.5)),), lambda query, evidence: sure, least=0.8
    )
    parts = replace(desk.parts(), generator=OneTopic(), rewording=rewording)
    return answer(parts, "When may I quit?", ME, (), heard.append), heard


def test_a_question_without_an_answer_is_answered_in_other_words_and_says_so() -> None:
    desk = Desk(two())
    found, heard = reworded(desk, "How long is the notice period?", 0.9)
    assert [item.text for item in found.statements] == [TEXT]
    assert list(found.statements) == heard
    assert found.notes[0] == 'answered as if the question were: "How long is the notice period?"'
    assert (found.tokens, found.cost) == (39, 0.5)
    (trace,) = desk.answers.kept
    assert trace.question == trace.query.text == "When may I quit?"
    assert trace.steps[0]["search"] == "How long is the notice period?"
    assert [item["shown"] for item in trace.pool] == [1, 2]


@pytest.mark.parametrize(
    ("text", "sure"),
    [("", 0.9), ("How long is the notice period?", 0.7), ("Who pays the canteen?", 0.9)],
    ids=["no other words", "unsure", "answered to neither"],
)
def test_other_words_that_are_not_surely_answered_change_nothing(text: str, sure: float) -> None:
    desk = Desk(two())
    found, heard = reworded(desk, text, sure)
    assert found.outcome is Outcome.ABSTAINED
    assert (heard, found.notes, found.tokens) == ([], (), 39)
    assert desk.answers.kept[0].draft is not None


@pytest.mark.parametrize("sure", [0.7, 0.9], ids=["not searched for an answer", "answered to neither"])
def test_all_that_another_wording_used_is_paid(sure: float) -> None:
    paid = Usage(30, 9, 0.5)

    class Costly(OneTopic):
        def generate(self, *args: Any) -> Draft:
            return replace(super().generate(*args), usage=Usage(100, 10, 2.0))

    desk = Desk(two())
    rewording = Rewording(
        (lambda query: Reworded("Who pays the canteen?", paid),), lambda query, evidence: sure, least=0.8
    )
    parts = replace(desk.parts(), generator=Costly(), rewording=rewording, reorder=Scored())
    found = answer(parts, "When may I quit?", ME)
    times = 1 if sure < 0.8 else 2
    assert found.outcome is Outcome.ABSTAINED
    assert (found.tokens, found.cost) == (39 + times * 110 + 2 * 7, 0.5 + times * 2.0 + 2 * 1.0)


class Scored:
    """A rerank service that counts 7 tokens for each search."""

    def reorder(self, query: Query, evidence: Sequence[Evidence]) -> Reordered:
        return Reordered(tuple(evidence), len(evidence), 1.0, Usage(7, 0, 1.0))


def test_the_next_wording_is_tried_where_one_is_not_answered() -> None:
    desk = Desk(two())
    told = ("Who pays the canteen?", "How long is the notice period?")
    wordings = [lambda query, text=text: Reworded(text, Usage(30, 9, 0.5)) for text in told]
    parts = replace(
        desk.parts(), generator=OneTopic(), rewording=Rewording(wordings, lambda query, evidence: 1.0, 0.0)
    )
    found = answer(parts, "When may I quit?", ME)
    assert [item.text for item in found.statements] == [TEXT]
    assert (found.tokens, found.cost) == (2 * 39, 2 * 0.5)


def test_a_wording_in_another_language_is_searched_beside_the_question() -> None:
    class Hears(OneTopic):
        def generate(self, query: Query, *args: Any) -> Draft:
            heard.append(query)
            return super().generate(replace(query, text=" ".join((query.text, *query.rewrites))), *args)

    heard: list[Query] = []
    desk = Desk(two())
    other = Reworded("How long is the notice period?", besides=True)
    rewording = Rewording((lambda query: other,), lambda query, evidence: 1.0, 0.0)
    parts = replace(desk.parts(), generator=Hears(), rewording=rewording)
    found = answer(parts, "Wann darf ich gehen?", ME)
    assert found.outcome is Outcome.ANSWERED
    assert found.notes[0] == 'searched for in other words: "How long is the notice period?"'
    assert [(query.text, query.rewrites) for query in heard] == [
        ("Wann darf ich gehen?", ()),
        ("Wann darf ich gehen?", ("How long is the notice period?",)),
    ]


def test_who_read_everything_that_is_found_is_not_asked_again() -> None:
    desk = Desk(two())
    other = Rewording(
        (lambda query: Reworded("How long is the notice period?"),),
        lambda query, evidence: 1.0,
        0.0,
        only_new=True,
    )
    parts = replace(desk.parts(), generator=OneTopic(), rewording=other)
    assert answer(parts, "When may I quit?", ME).outcome is Outcome.ABSTAINED


def test_what_is_answered_is_not_worded_again() -> None:
    def never(query: Query) -> Reworded:
        raise AssertionError(query)

    desk = Desk(two())
    parts = replace(desk.parts(), rewording=Rewording((never,), lambda query, evidence: 1.0, 0.8))
    assert answer(parts, "How long is the notice period?", ME).outcome is Outcome.ANSWERED


def test_rules_that_are_newer_than_the_index_hold() -> None:
    desk = Desk(two())
    desk.groups = {"a.txt": ("hr",)}
    found = desk.ask()
    assert "d1" not in {item.passage.document for item in desk.generator.seen}
    assert "a.txt" not in str(found)


def test_a_document_that_goes_while_the_answer_is_made_is_not_cited() -> None:
    desk = Desk(two())
    generate = desk.generator.generate

    def removing(*args: Any) -> Draft:
        draft = generate(*args)
        desk.live = {}
        return draft

    desk.generator.generate = removing  # type: ignore[method-assign]
    found = desk.ask()
    assert found.outcome is Outcome.ABSTAINED
    assert found.statements == ()


def test_the_name_of_a_newer_version_is_told_only_to_who_may_see_it() -> None:
    desk = Desk(two())
    assert "secret/new.txt" not in str(desk.ask())
    assert all(item.superseded_by == "" for item in desk.generator.seen)
    desk.groups = {"secret/new.txt": ("all",)}
    assert "secret/new.txt" in str(desk.ask().notes)


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("confidence", [0.9, 0.2])
@pytest.mark.parametrize("fails_after", [None, 0, 1])
def test_the_answer_is_the_same_whether_somebody_listens_or_not(
    streams: bool, confidence: float, fails_after: int | None
) -> None:
    def desk() -> Desk:
        return Desk(two(), Generator("language_model:x", confidence, streams, fails_after))

    heard: list[Statement] = []
    aloud, silent = desk().ask(heard.append), desk().ask()
    assert aloud.statements == silent.statements
    assert aloud.outcome == silent.outcome
    assert aloud.notes == silent.notes
    assert heard == list(aloud.statements), "a statement that was sent was withdrawn, or one was not sent"


def test_a_model_that_goes_away_leaves_what_was_said_and_a_note() -> None:
    found = Desk(two(), Generator("language_model:x", streams=True, fails_after=1)).ask()
    assert [item.text for item in found.statements] == [TEXT]
    assert any("cut short: the endpoint went away" in note for note in found.notes)


def test_no_evidence_is_an_abstention() -> None:
    found = Desk([]).ask()
    assert found.outcome is Outcome.ABSTAINED
    assert found.abstention is not None
    assert "Nothing in the documents" in found.abstention.reason


def test_what_a_kept_sentence_cites_is_not_quoted_once_more():
    def statement(identity: str, start: int, end: int) -> Statement:
        place = Citation(identity + "c1", "d1", "d1.txt", "Handbook", "", 1, start, end, "")
        return Statement(identity, identity, (place,))

    written, quote, other = statement("s1", 0, 30), statement("s2", 20, 40), statement("s3", 40, 60)
    assert _without_repeats([written, quote, other], [written]) == [written, other]
    assert _without_repeats([quote, other], []) == [
        quote,
        other,
    ]  # the sentence did not pass: its quote stands
    assert _without_repeats([written, quote], [written, quote]) == [written, quote]  # what was sent stays
    sum_of_both = replace(written, text="1 + 2 = 3", citations=(*quote.citations, *other.citations))
    assert _without_repeats([sum_of_both, quote, other], []) == [sum_of_both, quote, other]


# --- further steps ---------------------------------------------------------------------------------------------------


@dataclass
class Finder:
    """Finds the passages that hold a word of the question."""

    passages: list[Passage]
    asked: list[str] = field(default_factory=list)
    name: str = "keyword"

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        self.asked.append(query.text)
        found = [
            item for item in self.passages if set(query.text.lower().split()) & set(item.text.lower().split())
        ]
        return [Hit(item, 1.0 / (n + 1)) for n, item in enumerate(found)][:k]


PERIOD = passage("a", "a.txt", "The notice period stands in the contract of Nordwind")
NORDWIND = passage("b", "b.txt", "Nordwind gives six weeks")
SECRET = passage("c", "secret/c.txt", "Nordwind is for sale")
UNRELATED = passage("d", "d.txt", "Lunch at noon")


def stepping(
    needs: Callable[[Query, Sequence[Evidence], Access], tuple[Need, ...]], **changed: Any
) -> tuple[Desk, Answering, Finder]:
    desk = Desk([PERIOD, NORDWIND, SECRET, UNRELATED])
    finder = Finder(desk.passages)
    parts = replace(desk.parts(), retrievers=[finder], needs=needs, reranker=Plain(), **changed)
    return desk, parts, finder


class Plain:
    def rerank(self, query: Query, evidence: Sequence[Evidence], k: int) -> list[Evidence]:
        return list(evidence)[:k]


def test_what_is_named_is_searched_and_read_and_told() -> None:
    desk, parts, _ = stepping(lambda query, evidence, access: (Need("Nordwind", "Nordwind"),))
    answer(parts, "How long is the notice period?", ME)
    assert [item.passage.id for item in desk.generator.seen] == [PERIOD.id, NORDWIND.id]
    (trace,) = desk.answers.kept
    assert trace.steps == ({"step": 2, "search": "Nordwind", "added": [NORDWIND.id]},)
    assert [row["passage"] for row in trace.pool] == [
        PERIOD.id,
        NORDWIND.id,
    ]  # what may not be seen is nowhere


def test_steps_build_on_one_another_and_end_after_the_third() -> None:
    def needs(query: Query, evidence: Sequence[Evidence], access: Access) -> tuple[Need, ...]:
        read = " ".join(item.passage.text for item in evidence)
        return (Need("noon lunch"), Need("another lunch")) if "six weeks" in read else (Need("Nordwind"),)

    desk, parts, finder = stepping(needs)
    answer(parts, "How long is the notice period?", ME)
    (trace,) = desk.answers.kept
    assert [(row["step"], row["search"], row["added"]) for row in trace.steps] == [
        (2, "Nordwind", [NORDWIND.id]),
        (3, "noon lunch", [UNRELATED.id]),
        (3, "another lunch", []),
    ]
    assert finder.asked[:2] == ["How long is the notice period?", "Nordwind"]
    assert sorted(finder.asked[2:]) == ["another lunch", "noon lunch"]  # at once


def test_a_search_that_brings_nothing_new_ends_the_steps() -> None:
    calls = []

    def needs(query: Query, evidence: Sequence[Evidence], access: Access) -> tuple[Need, ...]:
        calls.append(query.text)
        return (Need("notice period"),)

    desk, parts, _ = stepping(needs)
    answer(parts, "How long is the notice period?", ME)
    assert len(calls) == 1
    assert desk.answers.kept[0].steps == ({"step": 2, "search": "notice period", "added": []},)


def test_only_what_speaks_of_the_name_is_added() -> None:
    desk, parts, _ = stepping(lambda query, evidence, access: (Need("Nordwind lunch", "Nordwind"),))
    answer(parts, "How long is the notice period?", ME)
    assert [item.passage.id for item in desk.generator.seen] == [PERIOD.id, NORDWIND.id]


def test_one_step_asks_for_nothing() -> None:
    desk, parts, _ = stepping(lambda query, evidence, access: (Need("Nordwind"),), steps=1)
    answer(parts, "How long is the notice period?", ME)
    assert [item.passage.id for item in desk.generator.seen] == [PERIOD.id]
    assert desk.answers.kept[0].steps == ()


def test_at_most_two_searches_a_step() -> None:
    many = tuple(Need(f"lunch {number}") for number in range(9))
    _, parts, finder = stepping(lambda query, evidence, access: many, steps=2)
    answer(parts, "How long is the notice period?", ME)
    assert len(finder.asked) == 1 + 2


def test_a_sentence_of_the_generator_that_is_not_let_through_leaves_in_other_words() -> None:
    desk = Desk(two(), Generator(name="language_model:m", streams=True))

    def restate(
        query: Query, statement: Statement, evidence: Sequence[Evidence], findings: Sequence[Finding]
    ) -> Statement | None:
        assert [item.ok for item in findings] == [False]
        return replace(statement, text="words")

    heard: list[Statement] = []
    parts = desk.parts(restate=restate)
    found = answer(parts, "How long is the notice period?", ME, (), heard.append)
    assert [item.text for item in found.statements] == [item.text for item in heard] == [TEXT, "words"]
    (trace,) = desk.answers.kept
    assert [(item.check, item.statement) for item in trace.findings if item.check == "restated"] == [
        ("restated", "s2")
    ]
    assert [item.text for item in desk.ask().statements] == [TEXT]  # where nothing restates it is dropped
    refused = answer(desk.parts(restate=lambda *_: Statement("s2", "still doubtful", ())), "?", ME)
    assert [item.text for item in refused.statements] == [TEXT]
