"""Feedback rows become one example per answer that says what each row says."""

from metier.specialize.rows import examples, snapshot_id
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
