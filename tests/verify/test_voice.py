import pytest

from metier.verify.voice import Voice
from tests.verify.conftest import Run


@pytest.mark.parametrize(
    ("statement", "source", "person", "question"),
    [
        ("Leave is 30 days.", "Leave is 30 days.", 1.0, 1.0),
        ("I think leave is 30 days.", "Leave is 30 days.", 0.0, 1.0),
        ("You may carry over 5 days.", "Employees may carry over 5 days.", 0.0, 1.0),
        ("You may carry over 5 days.", "You may carry over 5 days.", 1.0, 1.0),
        ("You may carry over 5 days.", "Your days can be carried over.", 1.0, 1.0),
        ("Ich glaube, es sind 30 Tage.", "Es sind 30 Tage.", 0.0, 1.0),
        ("Is leave 30 days?", "Leave is 30 days.", 1.0, 0.0),
        ("The US office is closed.", "The office is closed.", 1.0, 1.0),
    ],
)
def test_voice(run: Run, statement: str, source: str, person: float, question: float) -> None:
    found = {finding.check: finding for finding in run(Voice(), statement, source)}
    assert found["voice"].score == person
    assert found["voice"].ok
    assert found["voice_question"].score == question
    assert found["voice_question"].ok is (question == 1.0)
