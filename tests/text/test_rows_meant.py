from metier.text.conditions import Conditions, read_conditions
from metier.text.rows_meant import rows_failing, rows_meant
from tests.builders import passage, table

TABLE = table(
    "Partner | End | Value (EUR)\nNordwind | 2026-12-31 | 120,000\nSüdwind | 2025-04-30 | 80,000",
    title="Contract register",
)


def asked(question: str, language: str = "en") -> Conditions:
    found = read_conditions(question, language)
    assert found is not None
    return found


def test_rows_that_meet_the_conditions_in_a_table_of_the_thing() -> None:
    [(piece, _)] = rows_meant(asked("Which contracts end in 2026?"), TABLE)
    assert piece.text == "Partner: Nordwind; End: 2026-12-31; Value (EUR): 120,000"
    assert [
        piece.text[:17] for piece, _ in rows_meant(asked("Which contracts are below EUR 500,000?"), TABLE)
    ] == ["Partner: Nordwind", "Partner: Südwind;"]
    assert rows_meant(asked("Which pumps are below EUR 500,000?"), TABLE) == []
    assert rows_meant(asked("Which contracts end in 2030?"), TABLE) == []


def test_rows_that_fail_are_told_apart_from_those_that_say_nothing() -> None:
    question = asked("Which contracts end in 2026?")
    assert [
        TABLE.text[start - TABLE.start :].partition(" ")[0] for start in rows_failing(question, TABLE)
    ] == ["Südwind"]
    assert not rows_failing(question, table("Partner | Town\nNordwind | Bremen"))
    assert not rows_failing(question, passage("The contract ends in 2025."))


def test_the_table_that_says_more_of_the_question_is_worth_more() -> None:
    other = table(TABLE.text, title="Contract register of subsidiaries")
    question = asked("Which contracts of subsidiaries end in 2026?")
    assert rows_meant(question, other)[0][1] > rows_meant(question, TABLE)[0][1]


def test_periods_are_meant_where_they_are_rows() -> None:
    question = asked("Which quarters have a revenue above 100?")
    rows = table("Quarter | Revenue\nQ1 2025 | 90\nQ2 2025 | 110")
    assert [piece.text for piece, _ in rows_meant(question, rows)] == ["Quarter: Q2 2025; Revenue: 110"]
    columns = table("Segment | Q1 2025 | Q2 2025\nPumps | 90 | 110")
    assert not rows_meant(question, columns)
    assert not rows_failing(question, columns)


def test_a_compound_word_speaks_of_its_first_part() -> None:
    register = table("Partner | Ende\nNordwind | 31.12.2026", title="Vertragsregister", language="de")
    assert len(rows_meant(asked("Welche Verträge enden 2026?", "de"), register)) == 1


def test_sentences_are_no_rows() -> None:
    assert rows_meant(asked("Which contracts end in 2026?"), passage("The contract ends in 2026.")) == []
