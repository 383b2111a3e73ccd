import pytest

from metier.verify.numbers import Numbers
from tests.verify.conftest import Run


@pytest.mark.parametrize(
    ("statement", "source", "ok"),
    [
        ("The notice period is 30 days.", "The notice period is 30 days.", True),
        ("The notice period is 60 days.", "The notice period is 30 days.", False),
        ("The notice period is 30 weeks.", "The notice period is 30 days.", False),
        ("The warranty is 1 year.", "The warranty is 12 months.", True),
        ("Revenue was 4.2 million EUR.", "Revenue was EUR 4,213,000.", True),
        ("Revenue was 4.3 million EUR.", "Revenue was EUR 4,213,000.", False),
        ("Der Umsatz betrug 1.000,50 EUR.", "Der Umsatz beträgt 1000,50 €.", True),
        ("Der Umsatz betrug 1.000,50 EUR.", "Der Umsatz beträgt 1000,50 $.", False),
        ("It takes three weeks.", "It takes 3 weeks.", True),
        ("It reached number 1.", "It reached number one.", True),
        ("There are 5 shops and 6 cars.", "There are 5 shops.", False),
        ("See section 4.", "See section 5.", False),
        ("Difference: 30 − 12 = EUR 18.", "It costs EUR 30 and cost EUR 12.", True),
        ("Difference: 30 − 12 = EUR 19.", "It costs EUR 30 and cost EUR 12.", False),
        ("Difference: 30 − 11 = EUR 19.", "It costs EUR 30 and cost EUR 12.", False),
        ("The difference is EUR 18.", "It costs EUR 30 and cost EUR 12.", False),
        ("Nothing to count.", "Nothing.", True),
        ("Office hours end at 16:00.", "Office hours end at 18:00.", False),
        ("Office hours end at 6 p.m.", "Office hours end at 18:00.", True),
    ],
)
def test_numbers(run: Run, statement: str, source: str, ok: bool) -> None:
    (finding,) = run(Numbers(), statement, source)
    assert finding.ok is ok
    assert (finding.score == 1) is ok


def test_the_detail_names_the_number_and_the_score_its_share(run: Run) -> None:
    (finding,) = run(Numbers(), "It costs 5 EUR and weighs 9 kg.", "It costs 5 EUR.")
    assert finding.score == 0.5
    assert "9 kg" in finding.detail
    assert "5 EUR" not in finding.detail
