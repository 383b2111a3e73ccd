"""Feedback rows become one example per answer that says what each row says."""

from dataclasses import replace

from metier.specialize.rows import examples, snapshot_id
from metier.types import Feedback, Finding
from tests.specialize.made import quote, said, trace


def test_written_answers_and_places_say_what_is_right() -> None:
    rows = [
        said("f1", "edit", {"before": "x", "after": "31 days"}),
        said("f2", "expert_answer", "31 days of leave", author="bob"),
        said("f3", "citation", {"better": {"uri": "new.txt", "quote": "31 days"}}, citation="c1"),
    ]
    (found,) = examples(rows, {"a1": trace()}, {"ann": 0.5})
    assert found.answers == ("31 days", "31 days of leave")
    assert found.evidence == (quote("31 days", "new.txt"),)
    assert [one.quote for one in found.rejected] == ["The leave is 30 days."]
    assert found.says_what_is_right
    assert (found.weight, found.authors, found.feedback) == (1.0, ("ann", "bob"), ("f1", "f2", "f3"))


def test_thumbs_are_weighed_by_who_gives_them_and_know_only_what_was_shown() -> None:
    rows = [said("f1", "thumb", 1), said("f2", "thumb", -1, author="bob")]
    (found,) = examples(rows, {"a1": trace()}, {"ann": 0.9, "bob": 0.3})
    assert abs(found.thumb - 0.5) < 1e-9  # (.9 - .3) / 1.2
    assert [one.quote for one in found.shown] == ["The leave is 30 days."]
    assert not found.says_what_is_right


def test_the_chance_of_what_was_shown_is_that_of_thumbs_alone() -> None:
    rows = [
        said("f1", "thumb", 1, propensity=0.4),
        said("f2", "thumb", 1, author="bob"),
        said("f3", "expert_answer", "30 days", propensity=0.9),
    ]
    (found,) = examples(rows, {"a1": trace()})
    assert found.propensity == 0.4
    assert examples(rows[1:], {"a1": trace()})[0].propensity is None


def test_there_is_no_answer_only_if_nobody_wrote_one() -> None:
    declined = said("f1", "should_abstain", True)
    (found,) = examples([declined], {"a1": trace()})
    assert found.declines
    (found,) = examples([declined, said("f2", "expert_answer", "31 days")], {"a1": trace()})
    assert not found.declines


def test_a_mark_on_a_citation_is_about_its_place() -> None:
    (right,) = examples([said("f1", "citation", "right", citation="c1")], {"a1": trace()})
    assert [one.uri for one in right.evidence] == ["leave.txt"]
    (wrong,) = examples([said("f1", "citation", "wrong", citation="c1")], {"a1": trace()})
    assert ([one.uri for one in wrong.rejected], wrong.evidence) == (["leave.txt"], ())


def test_what_teaches_nothing_makes_no_example() -> None:
    rows = [said("f1", "reason", "wrong year"), said("f2", "thumb", 1, answer="gone")]
    assert examples(rows, {"a1": trace()}) == []


def test_a_snapshot_is_named_by_what_is_in_it() -> None:
    one, other = said("f1", "thumb", 1), said("f2", "thumb", 1)
    assert snapshot_id([one, other], ["d1", "d2"]) == snapshot_id([other, one], ["d2", "d1"])
    assert snapshot_id([one], ["d1"]) != snapshot_id([one, other], ["d1"])
    assert snapshot_id([one], ["d1"]) != snapshot_id([one], ["d2"])


def test_marks_of_sentences_come_from_thumbs_citations_and_edits() -> None:
    first = trace().answer.statements[0]
    second = replace(first, id="s2", text="Ask the clerk.", citations=(replace(first.citations[0], id="c2"),))
    answer = replace(trace().answer, statements=(first, second))
    found = (Finding("support", "s1", True, 0.7), Finding("support", "s2", True, 0.6))
    told = replace(trace(), answer=answer, findings=found)

    def marks(*rows: Feedback) -> list[tuple[bool, str, float]]:
        (item,) = examples(rows, {"a1": told}, {"ann": 0.5})
        return [(one.supported, one.kind, one.findings[0].score) for one in item.marks]

    assert marks(said("f", "thumb", -1, statement="s2")) == [(False, "thumb", 0.6)]
    assert marks(said("f", "thumb", -1)) == [], "of the answer as a whole"
    assert marks(said("f", "citation", "right", citation="c1")) == [(True, "written", 0.7)]
    assert marks(said("f", "citation", "wrong", citation="c2")) == [(False, "written", 0.6)]
    assert marks(said("f", "edit", {"before": first.text, "after": "It is 31 days."}, statement="s1")) == [
        (False, "written", 0.7)
    ]
    whole = {"before": f"{first.text} {second.text}", "after": f"{first.text} Ask Ms Lee."}
    assert marks(said("f", "edit", whole)) == [(True, "written", 0.7), (False, "written", 0.6)]
    assert marks(said("f", "expert_answer", "31 days")) == []
    (item,) = examples([said("f", "thumb", 1, statement="s1")], {"a1": told}, {"ann": 0.5})
    assert item.marks[0].weight == 0.5


def test_a_citation_beside_others_that_is_wrong_says_nothing_of_its_sentence() -> None:
    first = trace().answer.statements[0]
    both = replace(first, citations=(first.citations[0], replace(first.citations[0], id="c2")))
    told = replace(trace(), answer=replace(trace().answer, statements=(both,)))
    (item,) = examples([said("f", "citation", "wrong", citation="c2")], {"a1": told})
    assert item.marks == ()
