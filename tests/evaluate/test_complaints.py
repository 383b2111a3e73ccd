import pytest
from scipy import stats

from metier.evaluate.complaints import complaints, is_wrong
from metier.types import Answer, Feedback, Outcome, Query, Statement, Trace


def trace(number: int, shown: bool = True, release: str = "r", question: str = "") -> Trace:
    said = (Statement("s", "six weeks", ()),) if shown else ()
    outcome = Outcome.ANSWERED if shown else Outcome.ABSTAINED
    answer = Answer(f"a{number}", outcome, release, said)
    return Trace(answer, question or f"Q{number}?", "otto", (), "", Query("q"), (), None, (), 1)


def thumb(number: int, value: object = -1, kind: str = "thumb", **more: str) -> Feedback:
    return Feedback(more.pop("id", f"f{number}"), f"a{number}", kind, value, "otto", "2026", **more)  # type: ignore[arg-type]


def test_complaints_are_a_lower_bound_and_break_the_promise_if_even_they_are_too_many() -> None:
    traces = [trace(i) for i in range(100)]
    found = complaints(traces, [thumb(i) for i in range(14)], "r", 0.05)
    assert (found.shown, found.wrong, found.broken) == (100, 14, True)
    assert found.p == pytest.approx(stats.binom.sf(13, 100, 0.05))
    assert "14 of 100 answers shown wrong, more than the 5.0%" in found.sentence
    few = complaints(traces, [thumb(i) for i in range(7)], "r", 0.05)
    assert not few.broken  # 7 of 100 are no proof that more than 5% are wrong
    assert complaints(traces, [], "r", 0.05).p == 1
    assert complaints([], [thumb(1)], "r", 0.05).shown == 0
    assert complaints(traces, [thumb(i) for i in range(100)], "r", 0.05).broken


def test_only_this_release_only_what_was_shown_and_one_person_one_question() -> None:
    traces = [
        trace(0, release="old"),
        trace(1, shown=False),
        *(trace(i, question="How  Long?") for i in range(2, 50)),
        trace(50),
    ]
    found = complaints(traces, [thumb(i) for i in range(51)], "r", 0.05)
    assert (found.shown, found.wrong) == (2, 2)


def test_the_last_word_counts() -> None:
    assert is_wrong([thumb(1)])
    assert not is_wrong([thumb(1), thumb(1, 1, id="g")])
    assert not is_wrong([thumb(1), thumb(1, 1, id="g", supersedes="f1")])
    assert is_wrong([thumb(1, True, "should_abstain")])
    assert not is_wrong([thumb(1, "six", "expert_answer"), thumb(1, False, "should_abstain")])
