from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from metier.errors import UserError
from metier.evaluate.judge_card import JudgeCard
from metier.evaluate.judged_tests import JUDGED, RequirementJudge, is_judged, measured, meets, to_mark
from metier.evaluate.judges import ModelJudge
from metier.evaluate.judging import measure_judge
from metier.evaluate.marks import answers_of
from metier.evaluate.specify import Specification, added, check_run
from tests.evaluate.made import case, row, run_of
from tests.evaluate.test_judging import marked


class Reader:
    """A language model that says yes where an answer has a word, and nothing useful where it has another."""

    identity = "reader"

    def __init__(self, word: str = "six", lost: str = "\0") -> None:
        self.word, self.lost = word, lost
        self.seen: list[str] = []

    def complete(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, temperature: float, seed: int
    ) -> Iterator[str]:
        data = messages[-1]["content"]
        self.seen.append(data)
        answer = data.partition('"answer": ')[2]
        yield "perhaps" if self.lost in answer else "yes" if self.word in answer else "no"


def judge(word: str = "six", lost: str = "\0") -> RequirementJudge:
    return RequirementJudge(ModelJudge(Reader(word, lost)))


def card(of: RequirementJudge) -> JudgeCard:
    return measure_judge(of, to_mark(marked(), "names six"), lambda: "now")


def test_a_judge_is_used_only_with_its_own_fair_card() -> None:
    good = judge()
    assert measured(good, card(good)) is good
    assert good.identity == "reader on requirements"
    with pytest.raises(UserError, match="need a judge"):
        measured(good, None)
    with pytest.raises(UserError, match="the card is of someone"):
        measured(good, replace(card(good), judge="someone"))
    useless = judge("weeks")  # says yes to everything
    with pytest.raises(UserError, match="not to be used by itself"):
        measured(useless, card(useless))


def test_a_requirement_in_ones_own_words_is_checked_by_the_judge() -> None:
    found = added(Specification((), 0), "  names   six ", "hanna", blocking=True)
    (test,) = found.tests
    assert (test.id, test.told, test.author, test.blocking) == (
        f"{JUDGED}names six",
        "names six",
        "hanna",
        True,
    )
    assert added(found, "names six").tests[0].blocking is False  # the same words replace it
    run = run_of([row(case(i), right=i % 4 > 0) for i in range(40)])
    good = judge()
    share = check_run(run, found, good, card(good))[test.id]
    assert (share.value, share.n) == (0.75, 40)
    lost = check_run(run, found, judge(lost="nine"), replace(card(good)))[test.id]
    assert (lost.value, lost.n) == (1.0, 30)  # what it could not say is left out, not met
    with pytest.raises(UserError, match="need a judge"):
        check_run(run, found)
    with pytest.raises(UserError, match="needs words"):
        added(found, " ")


def test_the_requirement_stands_where_people_see_it() -> None:
    (sheet, *_) = to_mark(answers_of(run_of([row(case(1))])), "names the exception")
    assert sheet.reference == "names the exception"
    reader = Reader()
    assert meets(RequirementJudge(ModelJudge(reader)), "names six", "How long?", "six weeks") is True
    assert '"requirement": "names six"' in reader.seen[0]
    assert not is_judged(JUDGED)
    assert not is_judged("cites")
