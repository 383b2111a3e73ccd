import csv
from pathlib import Path

import pytest

from metier.errors import UserError
from metier.evaluate.making.make import make_suite
from metier.evaluate.making.verb import accept_rates, generate_cases, review_sheet
from tests.evaluate.blamed import workspace
from tests.evaluate.making.world import settings, world


def test_cases_of_a_real_workspace_are_answered_by_their_documents(tmp_path: Path) -> None:
    with workspace(tmp_path) as system:
        made = generate_cases(system, 20)
        again = generate_cases(system, 20)
    assert made.suite.fingerprint == again.suite.fingerprint
    answers = {case.answers[0] for case in made.suite.cases if case.answers}
    assert {"six weeks", "40 euros"} & answers


def test_a_review_sheet_is_filled_and_read_back(tmp_path: Path) -> None:
    suite = make_suite(world(), settings(), 14).suite
    path = tmp_path / "review.csv"
    path.write_text(review_sheet(suite, 10), encoding="utf-8")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines(keepends=True)))
    assert len(rows) == 10
    assert len({row["maker"] for row in rows}) > 2
    with pytest.raises(UserError, match="no row is marked"):
        accept_rates(path)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "valid": "n" if number == 0 else "y"} for number, row in enumerate(rows))
    rates = accept_rates(path)
    assert (rates["all"].n, rates["all"].value) == (10, 0.9)
    path.write_text("id,maker,valid\na,single,perhaps\n", encoding="utf-8")
    with pytest.raises(UserError, match="y or n"):
        accept_rates(path)
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(UserError, match="no review sheet"):
        accept_rates(path)


def test_cells_are_no_formulas() -> None:
    assert "\n=" not in review_sheet(make_suite(world(), settings(), 5).suite, 5)
