import pytest

from metier.verify.dates import Dates
from tests.verify.conftest import Run


@pytest.mark.parametrize(
    ("statement", "source", "ok"),
    [
        ("It starts on 1 March 2025.", "Start: 2025-03-01.", True),
        ("It starts on 2 March 2025.", "Start: 2025-03-01.", False),
        ("It starts in March 2025.", "Start: 2025-03-01.", True),
        ("It starts in April 2025.", "Start: 2025-03-01.", False),
        ("It starts in Q1 2025.", "Start: 2025-03-01.", True),
        ("It starts in Q2 2025.", "Start: 2025-03-01.", False),
        ("It started in 2025.", "Start: 2025-03-01.", True),
        ("It starts on 1 March 2025.", "It starts in March 2025.", False),
        ("Der Vertrag endet am 31. Dezember 2025.", "Stand 2025. Der Vertrag endet am 31. Dezember.", True),
        ("Der Vertrag endet am 31. Dezember.", "Der Vertrag endet am 31.12.2025.", True),
        ("Der Vertrag endet am 30. Dezember.", "Der Vertrag endet am 31.12.2025.", False),
        ("No date at all.", "Nothing.", True),
        ("The rate was 7.5.", "A rate of 7.5 per cent applies.", True),
        ("Der Satz war 7.5.", "Es gilt ein Satz von 7.55 Prozent.", False),
        ("Der Vertrag endet am 7.5.", "Der Vertrag endet am 8.5.", False),
    ],
)
def test_dates(run: Run, statement: str, source: str, ok: bool) -> None:
    (finding,) = run(Dates(), statement, source)
    assert finding.ok is ok
