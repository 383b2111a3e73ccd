"""What a person wrote and what a candidate says, by value."""

import pytest

from metier.specialize.same_answer import contradicts, says_same
from metier.types import Statement


def said(*values: str, scale: str = "", text: str = "A sentence.") -> Statement:
    return Statement("s1", text, (), values=values, scale=scale)


SAME = [
    (said("−3.62", scale="percent"), "-3.62 percent", True),
    (said("3.62", scale="percent"), "-3.62 percent", False),
    (said("−3.62"), "-3.62 percent", False),  # a number is not a share
    (said("190.86", scale="percent"), "191%", False),  # whole numbers are taken as they are written
    (said("190.86", scale="percent"), "190.9 %", True),  # but a rounded decimal is the same
    (said("5,313", scale="thousand"), "5,313 thousand", True),
    (said("531", scale="thousand"), "531 million", False),
    (said("5,313"), "5,313 thousand", False),
    (said("$5.3 million"), "5.3 million", True),
    (said("65", "(114)", "(71)", scale="million"), "65, (114), (71) million", True),
    (said("65", "(114)"), "65, (114), (71) million", False),
    (said("2018"), "2018", True),
    (said("Services", "Software and other"), "Services, Software and other", True),
    (said("Services"), "Debtors, Cash and cash equivalents", False),
    (said("30 days"), "The leave is 30 days.", True),
    (said("31 days"), "The leave is 30 days.", False),
    (said(text="Only the board may approve it."), "The board may approve it", True),
    (said(text="The plan has 40 members."), "The board may approve it", False),
    (said("2019"), "Our income was reduced in 2019 by the tax reform and by several charges that are explained below", False),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "answer", "same"), SAME)
def test_one_answer_or_another(statement: Statement, answer: str, same: bool) -> None:
    assert says_same(statement, [answer]) is same


def test_any_of_the_answers_will_do() -> None:
    assert says_same(said("30 days"), ["four weeks", "30 days"])
    assert not says_same(said("30 days"), [])


def test_a_figure_that_nobody_wrote_contradicts() -> None:
    assert contradicts(said("31 days"), ["The leave is 30 days."])
    assert not contradicts(said("30 days"), ["The leave is 30 days, taken within 12 months."])
    assert not contradicts(said(text="The leave is 31 days."), ["30 days"]), (
        "a sentence is judged by its words"
    )
    assert not contradicts(said("the board"), ["30 days"])
