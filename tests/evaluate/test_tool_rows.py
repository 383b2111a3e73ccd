import math

from metier.evaluate.tool_rows import as_object, as_objects, number, put, result


def test_numbers_in_words_count_and_nan_does_not() -> None:
    assert [number(value) for value in (True, "false", "0.5", 2, "x", math.nan, None, [1])] == [
        1.0, 0.0, 0.5, 2.0, None, None, None, None,
    ]  # fmt: skip
    scores: dict[str, float] = {}
    put(scores, {"a": "1", "b": "text", "c": math.inf})
    assert scores == {"a": 1.0}


def test_shapes_that_were_not_promised() -> None:
    assert as_object([1]) == {}
    assert as_objects([{"a": 1}, 2]) == [{"a": 1}]
    assert as_objects("x") == []


def test_the_same_question_is_one_group() -> None:
    one, two = (result(str(i), "How long?", "", None, {}, "", True) for i in range(2))
    assert (one.group, one.seconds, one.reference) == (two.group, 0.0, ())
    assert result("1", "q", "", ["a", "", None], {}, "", 2).reference == ("a",)
