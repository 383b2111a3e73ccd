from metier.generate.candidates import candidates
from metier.generate.selected import selected_rows, without_failing
from metier.types import Evidence, Passage
from tests.builders import evidence, table

HEADER = "Partner | End | Value (EUR)"


def register(rows: str, document: str = "r1", title: str = "Contract register") -> Passage:
    return table(f"{HEADER}\n{rows}", document, title=title)


def said(question: str, *found: Evidence) -> tuple[list[str], tuple[str, ...]]:
    statements, notes = selected_rows(question, "en", list(candidates(found)))
    return [item.text.partition(";")[0] for item in statements], notes


ROWS = "Nordwind | 2026-12-31 | 120,000\nSüdwind | 2025-04-30 | 80,000\nWestwind | 2026-01-31 | 60,000"


def test_every_row_that_meets_the_conditions_is_told_with_its_citation() -> None:
    found = evidence(register(ROWS))
    statements, notes = selected_rows("Which contracts end in 2026?", "en", list(candidates(found)))
    assert [item.text for item in statements] == [
        "Partner: Nordwind; End: 2026-12-31; Value (EUR): 120,000",
        "Partner: Westwind; End: 2026-01-31; Value (EUR): 60,000",
    ]
    assert [item.citations[0].quote for item in statements] == [
        "Nordwind | 2026-12-31 | 120,000",
        "Westwind | 2026-01-31 | 60,000",
    ]
    assert notes == ("2 rows of the tables that were found meet this; 2 are shown.",)


def test_nothing_is_told_where_no_row_meets_them_or_nothing_is_asked_of_values() -> None:
    found = evidence(register(ROWS))
    assert said("Which contracts end in 2030?", *found) == ([], ())
    assert said("When does the contract with Nordwind end?", *found) == ([], ())


def test_rows_that_fail_a_condition_answer_nothing() -> None:
    options = list(candidates(evidence(register(ROWS))))
    left = without_failing("Which contracts end in 2026?", "en", options)
    assert [item.text.partition(";")[0] for item in left] == ["Partner: Nordwind", "Partner: Westwind"]
    assert without_failing("Which contracts end in 2030?", "en", options) == []
    assert without_failing("When does the contract with Nordwind end?", "en", options) == options


def test_the_table_that_says_more_of_the_question_is_told_alone() -> None:
    found = evidence(
        register(ROWS), register("Ostwind | 2026-06-30 | 1", "r2", "Contract register of subsidiaries")
    )
    assert said("Which contracts of subsidiaries end in 2026?", *found)[0] == ["Partner: Ostwind"]
    assert len(said("Which contracts end in 2026?", *found)[0]) == 3


def test_more_rows_than_are_told_are_counted() -> None:
    rows = "\n".join(f"Partner{number:02} | 2026-01-01 | {number}" for number in range(20))
    told, notes = said("Which contracts end in 2026?", *evidence(register(rows)))
    assert len(told) == 12
    assert notes == ("20 rows of the tables that were found meet this; 12 are shown.",)
