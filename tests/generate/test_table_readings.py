"""Other readings of a table: each worked out by hand, each value once."""

from metier.generate.table_readings import readings
from metier.generate.tabular import from_tables, said_by
from metier.text.arithmetic import calculations
from tests.generate.test_tabular import evidence


def values(question: str) -> dict[tuple[tuple[str, ...], str], tuple[bool, int]]:
    found = readings(question, "en", evidence())
    return {(one.answer.values, one.answer.scale): (one.as_asked, one.rows) for one in found}


def test_the_reading_of_the_questions_own_words_is_first() -> None:
    for question in ("What was the rent in 2023?", "What was the average rent between 2022 and 2024?"):
        first = readings(question, "en", evidence())[0]
        plain = from_tables(question, "en", evidence())
        assert plain is not None
        assert first.answer.values == plain.values
        assert first.as_asked


def test_what_people_may_mean_instead_is_among_them() -> None:
    found = values("What is the difference in energy between 2023 and 2024?")
    assert found[("100",), "thousand"] == (True, 0)  # without a sign, as in everyday words
    assert ("-100",) in {values for values, _ in found}  # with it, as accountants say
    assert found[("-25",), "percent"] == (False, 0)


def test_two_rows_may_be_put_together_though_the_question_names_them_oddly() -> None:
    found = values("Energy against rent in 2024?")
    assert found[("25",), "percent"] == (False, 2)
    assert found[("1,500",), "thousand"] == (False, 2)


def test_each_value_once_and_every_calculation_can_be_done_again() -> None:
    found = readings("What was the change in rent from 2023 to 2024?", "en", evidence())
    keys = [(one.answer.values, one.answer.scale) for one in found]
    assert len(keys) == len(set(keys))
    for one in found:
        if one.answer.operation in ("change", "percent", "sum", "average", "share", "ratio"):
            assert calculations(said_by(one.answer).text), one.answer.text
    assert readings("Who signs?", "en", []) == []
