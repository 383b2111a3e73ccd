"""Parts of a question: numbered on, joined, and what is open named."""

from collections.abc import Sequence
from dataclasses import dataclass

from metier.flow.apart import PartGenerator, asked_apart, one_draft, one_settled
from metier.stages import OnStatement
from metier.types import (
    Abstention,
    Citation,
    Draft,
    Evidence,
    Outcome,
    Query,
    Settled,
    Statement,
    Turn,
    Usage,
)


def said(number: int, text: str) -> Statement:
    place = Citation(f"s{number}c1", "d", "a.txt", "Handbook", "", 1, 0, 1, text)
    return Statement(f"s{number}", text, (place,))


@dataclass
class Writer:
    """Says three things, as it goes."""

    composed: bool = False
    name: str = "extractive"

    def generate(
        self, query: Query, evidence: Sequence[Evidence], on_statement: OnStatement | None = None
    ) -> Draft:
        statements = tuple(said(number, f"{query.text} {number}") for number in (1, 2, 3))
        for item in statements:
            if on_statement is not None:
                on_statement(item)
        return Draft(statements, self.name, 0.9, composed=self.composed)


def test_a_part_says_little_and_is_numbered_on() -> None:
    heard: list[Statement] = []
    draft = PartGenerator(Writer(), 4, 3).generate(Query("Who?"), [], heard.append)
    assert [item.id for item in draft.statements] == ["s5", "s6"]
    assert [item.citations[0].id for item in draft.statements] == ["s5c1", "s6c1"]
    assert heard == list(draft.statements)
    assert len(PartGenerator(Writer(composed=True), 0, 3).generate(Query("Who?"), []).statements) == 3


def test_parts_are_searched_where_the_whole_is() -> None:
    history = (Turn("q", "a"),)
    query = Query(
        "...", "en", history=history, within="d1", parts=("Who pays?", "Is A or B cheaper than before?")
    )
    first, second = asked_apart(query)
    assert (first.text, first.history, first.within) == ("Who pays?", history, "d1")
    assert second.compares
    assert asked_apart(Query("Who pays?")) == ()


ASKED = Query("Who pays, and when?", parts=("Who pays?", "When is it paid?"))
NOTHING = Settled(
    Outcome.ABSTAINED, abstention=Abstention("not clear", ("A", "B", "C"), ("Who pays?",), "ask")
)


def test_what_can_be_answered_is_and_the_rest_is_named() -> None:
    paid = Settled(Outcome.ANSWERED, (said(1, "In May."),), notes=("old",))
    settled = one_settled(ASKED, [NOTHING, paid])
    assert [item.text for item in settled.statements] == ["In May."]
    assert settled.notes == ("old", "nothing was found on: Who pays?")


def test_the_same_words_for_two_parts_are_said_once() -> None:
    one, two = (Settled(Outcome.ANSWERED, (said(n, "The owner pays in May."),)) for n in (1, 2))
    settled = one_settled(ASKED, [one, two])
    assert [item.id for item in settled.statements] == ["s1"]
    assert settled.notes == ()


def test_nothing_for_any_part_is_one_abstention() -> None:
    settled = one_settled(ASKED, [NOTHING, NOTHING])
    assert settled.outcome is Outcome.ABSTAINED
    assert settled.abstention is not None
    assert (settled.abstention.found, settled.abstention.missing) == (("A", "B"), ASKED.parts)


def test_the_draft_of_all_is_as_sure_as_the_least_sure_part_that_is_answered() -> None:
    drafts = [
        Draft((said(1, "a"),), "extractive", 0.9, usage=Usage(3, 1, 0.5), prompt_hash="x"),
        Draft((said(2, "b"),), "extractive", 0.6, usage=Usage(4, 1, 0.5), prompt_hash="y"),
        Draft((), "extractive", 0.2),
    ]
    answered = Settled(Outcome.ANSWERED, (said(1, "a"),))
    whole = one_draft(drafts, [answered, answered, NOTHING])
    assert (whole.confidence, whole.usage, whole.prompt_hash) == (0.6, Usage(7, 2, 1.0), "x,y")
    assert [item.text for item in whole.statements] == ["a", "b"]
    assert one_draft(drafts, [NOTHING] * 3).confidence == 0.9
