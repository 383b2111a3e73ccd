import pytest

from metier.verify.combine import SupportModel
from metier.verify.derived import Derived
from tests.verify.conftest import Run


@pytest.mark.parametrize(
    ("statement", "source", "ok"),
    [
        ("The average price was EUR 12.", "The price was EUR 12.", False),
        ("The average price was EUR 12.", "On average it cost EUR 12.", True),
        ("Der durchschnittliche Preis betrug 12 EUR.", "Der Preis betrug 12 EUR.", False),
        ("Der durchschnittliche Preis betrug 12 EUR.", "Im Mittel kostete es 12 EUR.", True),
        ("The change in revenue was EUR 5.", "Revenue was EUR 5.", False),
        ("The percentage change in revenue from 2018 to 2019 was 5.", "Revenue: 5.", False),
        ("The change in revenue was EUR 5.", "Revenue rose by EUR 5.", True),
        ("The increase in revenue was EUR 5.", "Revenue was EUR 5 higher.", True),
        ("Die Veränderung des Umsatzes betrug 5 EUR.", "Der Umsatz betrug 5 EUR.", False),
        ("Die Veränderung des Umsatzes betrug 5 EUR.", "Der Umsatz stieg um 5 EUR.", True),
        ("The difference between the two prices is 9 − 4 = EUR 5.", "One costs EUR 9, one EUR 4.", True),
        ("The proportion of women was 40.", "There were 40 women.", False),
        ("The proportion of women was 40%.", "40% were women.", True),
        ("Das Verhältnis beträgt 1:100.", "Mit Wasser 1:100 verdünnen.", True),
        ("The change of the address is told within 14 days.", "A new address is told within 14 days.", True),
        ("The largest cost was energy.", "Energy cost EUR 5.", False),
        ("The largest cost was energy.", "Energy was the biggest cost.", True),
        ("The most recent version is 4.", "Version 4 is in force.", True),
        ("A change in the address must be reported.", "Report a new address.", True),
        ("Revenue increased from 3 to 5.", "Revenue was 3, then 5.", True),
    ],
)
def test_derived(run: Run, statement: str, source: str, ok: bool) -> None:
    (finding,) = run(Derived(), statement, source)
    assert finding.ok is ok
    assert (finding.score == 1) is ok
    assert bool(finding.detail) is not ok


def test_a_figure_under_another_name_is_as_bad_as_a_wrong_figure(run: Run) -> None:
    findings = run(Derived(), "The average price was EUR 12.", "The price was EUR 12.")
    wrong = SupportModel().probability(findings)
    right = SupportModel().probability(run(Derived(), "The price was EUR 12.", "The price was EUR 12."))
    assert wrong < right / 100
