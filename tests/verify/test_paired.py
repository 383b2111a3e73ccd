import pytest

from metier.verify.numbers import Numbers
from tests.verify.conftest import Run

IN_ORDER = "Rent was $0.6 million and $0.8 million for fiscal 2019 and 2018, respectively."
IN_TURN = "Rent fell from $0.8 million in 2018 to $0.6 million in 2019."
GERMAN = "Die Miete lag 2018 bei 0,8 Mio. EUR und 2019 bei 0,6 Mio. EUR."


@pytest.mark.parametrize(
    ("statement", "source", "ok"),
    [
        ("Rent was $0.6 million in 2019 and $0.8 million in 2018.", IN_ORDER, True),
        ("Rent was $0.8 million in 2019 and $0.6 million in 2018.", IN_ORDER, False),
        ("Rent for 2018 and 2019, respectively, was $0.6 million and $0.8 million.", IN_ORDER, False),
        ("Rent for 2018 and 2019, respectively, was $0.8 million and $0.6 million.", IN_ORDER, True),
        ("Rent was $0.8 million in 2019.", IN_TURN, False),
        ("Rent was $0.6 million in 2019.", IN_TURN, True),
        ("Rent was $0.6 million and $0.8 million in 2019.", IN_TURN, False),
        ("Rent fell from $0.8 million to $0.6 million in 2019.", IN_TURN, True),
        ("Die Miete betrug 2019 0,8 Mio. EUR.", GERMAN, False),
        ("Die Miete betrug 2019 0,6 Mio. EUR.", GERMAN, True),
        ("Rent was $0.8 million in 2019.", "Rent was $0.8 million. In 2019 it rained.", True),
    ],
)
def test_a_figure_stands_for_its_own_year(run: Run, statement: str, source: str, ok: bool) -> None:
    (finding,) = run(Numbers(), statement, source)
    assert finding.ok is ok, finding.detail
