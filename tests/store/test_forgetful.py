from metier.store.audit import GENESIS
from metier.store.forgetful import ForgetfulAnswers, ForgetfulAudit
from metier.types import Answer, Outcome, Query, Trace


def test_only_the_last_answer_is_held() -> None:
    kept = ForgetfulAnswers()
    assert (kept.last, kept.trace("a"), kept.traces()) == (None, None, [])
    for name in ("a", "b"):
        kept.append(Trace(Answer(name, Outcome.ANSWERED, ""), "q", "me", (), "", Query("q"), (), None, (), 1))
    assert kept.trace("a") is None
    assert kept.last is kept.trace("b")
    assert len(kept.traces()) == 1
    assert (len(kept.traces(1, "person")), kept.traces(1, "grid")) == (1, [])
    assert ForgetfulAudit().append("answer", "b", "me", {}) == GENESIS
