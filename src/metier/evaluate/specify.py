"""An interview that turns an expert's marks into requirements: "this one or that one?", thirty times.

People cannot list beforehand what they require, but they know it when they see it. Each mark shows two wordings of one of the
system's own answers that differ in a few rules: one meets all, the other breaks all of them. No preference clears the whole group
at once; a preference is followed up by halves until the rule is found (adaptive group testing), confirmed on another question,
and for length the limit is searched. Marks that are left over look again at groups that were cleared, for people slip.

What it does not find: requirements on meaning, which no rule of `requirements.py` states; people write those down themselves (`added`),
and a judge reads answers for them (judged_tests.py).
"""

import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from metier.errors import UserError
from metier.evaluate.judge_card import JudgeCard
from metier.evaluate.judged_tests import JUDGED, is_judged, measured, meets
from metier.evaluate.judges import Judge
from metier.evaluate.requirements import LEVELS, RULES, Rule, Shown, rule_of, shown, words_at_most
from metier.evaluate.run import Run
from metier.evaluate.scores import grouped_share
from metier.types import Estimate, Outcome

Choice = Literal["first", "second", "same"]
Ask = Callable[[str, Shown, Shown], Choice]  # question, two wordings -> which one

MARKS = 30
_LAST = "full stop"  # is broken last: what adds a sentence ends it
# Rules under test at a time: of 3, 4 and 6 the one that found most (docs/design/evaluation.md).
_TOGETHER = 4


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement, as found. `weight` counts the marks that spoke for it."""

    id: str
    told: str
    weight: int
    blocking: bool = False
    author: str = ""


@dataclass(frozen=True, slots=True)
class Specification:
    """What an interview found, to be checked against runs."""

    tests: tuple[Requirement, ...]
    marks: int
    author: str = ""


@dataclass(slots=True)
class _Interview:
    """The state of one interview."""

    questions: Sequence[tuple[str, Shown]]
    ask: Ask
    marks: int
    asked: int = 0
    found: dict[str, int] = field(default_factory=dict)  # rule -> marks for it
    cleared: list[list[Rule]] = field(default_factory=list)
    sides: dict[str, bool] = field(
        default_factory=dict
    )  # rule -> whether the better wording stood second when it was found

    @property
    def left(self) -> int:
        return self.marks - self.asked

    def prefers(self, rules: Sequence[Rule], swapped: bool | None = None) -> bool:
        """One mark: does the wording that meets these rules win over the one that breaks them? It stands first, second if
        `swapped`, or either in turn."""
        question, own = self.questions[self.asked % len(self.questions)]
        met = bad = own
        ordered = sorted(rules, key=lambda rule: rule.id == _LAST)
        for rule in ordered:
            met = rule.meet(question, met)
        for rule in ordered:
            bad = rule.spoil(question, rule.meet(question, bad))
        self.asked += 1
        swapped = self.asked % 2 == 0 if swapped is None else swapped
        for rule in rules:
            self.sides[rule.id] = swapped
        choice = self.ask(question, *((bad, met) if swapped else (met, bad)))
        return choice == ("second" if swapped else "first")


def interview(
    questions: Sequence[tuple[str, Shown]], ask: Ask, marks: int = MARKS, author: str = ""
) -> Specification:
    """What the expert requires, after at most `marks` choices. Raises UserError without questions."""
    if not questions:
        raise UserError("there is nothing to ask about; the system answered none of the questions")
    state = _Interview(questions, ask, marks)
    # Dealt in turn: rules that add a sentence stand together in the list, and two of them at once make long wordings.
    groups = -(-len(RULES) // _TOGETHER)
    _search(state, [list(RULES[number::groups]) for number in range(groups)])
    _find_limit(state)
    _confirm(state)
    again = [group for group in state.cleared if state.left > 0]
    _search(state, again)
    _confirm(state)
    tests = [
        Requirement(identity, rule.told, weight, author=author)
        for identity, weight in state.found.items()
        if (rule := rule_of(identity)) is not None
    ]
    return Specification(tuple(sorted(tests, key=lambda test: (-test.weight, test.id))), state.asked, author)


def _search(state: _Interview, groups: Sequence[list[Rule]]) -> None:
    """Groups of rules, halved where a preference shows; the second half of a group needs no mark if the first was clear."""
    waiting: deque[tuple[list[Rule], bool]] = deque((group, False) for group in groups)
    while waiting and state.left > 0:
        rules, is_sure = waiting.popleft()
        rules = [rule for rule in rules if rule.id not in state.found]
        if not rules:
            continue
        if not (is_sure and len(rules) > 1) and not state.prefers(rules):
            if len(rules) > 1:
                state.cleared.append(rules)
            continue
        if len(rules) == 1:
            state.found[rules[0].id] = 1
            continue
        half = len(rules) // 2
        before = len(state.found)
        _search(state, [rules[:half]])
        waiting.appendleft((rules[half:], len(state.found) == before))


def _confirm(state: _Interview) -> None:
    """Rules that one mark spoke for are asked once more, on another question; a second no drops them."""
    for identity in [key for key, weight in state.found.items() if weight == 1]:
        rule = rule_of(identity)
        if state.left <= 0 or rule is None:
            return
        weight = state.found.pop(identity)
        # On the other side: who always takes the first wording, or the second, requires nothing.
        if state.prefers([rule], swapped=not state.sides[identity]):
            state.found[identity] = weight + 1


def _find_limit(state: _Interview) -> None:
    """The strictest limit on words that the expert wants: longer wordings are shown until one is as good as a short one."""
    first = words_at_most(LEVELS[-1]).id
    if first not in state.found:
        return
    for limit in LEVELS[:-1]:
        if state.left <= 0:
            return
        weight = state.found.pop(first)
        is_wanted = state.prefers([words_at_most(limit)])
        state.found[first if not is_wanted else words_at_most(limit).id] = weight + is_wanted
        if is_wanted:
            return


def added(found: Specification, told: str, author: str = "", blocking: bool = False) -> Specification:
    """The specification with a requirement in somebody's own words; the same words replace what was there."""
    words = " ".join(told.split())
    if not words:
        raise UserError("a requirement needs words, such as 'names the exception'")
    test = Requirement(f"{JUDGED}{words}", words, 1, blocking, author)
    return replace(found, tests=(*(item for item in found.tests if item.id != test.id), test))


def renewed(before: Specification, now: Specification) -> Specification:
    """What a new interview found, with what it does not replace: requirements in somebody's own words, those of other authors, and
    which of them must never fail."""
    blocking = {test.id for test in before.tests if test.blocking}
    found = [replace(test, blocking=test.blocking or test.id in blocking) for test in now.tests]
    known = {test.id for test in found}
    kept = [
        test
        for test in before.tests
        if test.id not in known and (is_judged(test.id) or test.author != now.author)
    ]
    return replace(now, tests=(*found, *kept))


# --- files and checks -----------------------------------------------------------------------------------------------------


def as_json(found: Specification) -> dict[str, Any]:
    """The specification as it is kept."""
    rows = [
        {
            "id": test.id,
            "told": test.told,
            "weight": test.weight,
            "blocking": test.blocking,
            "author": test.author,
        }
        for test in found.tests
    ]
    return {"metier_specification": 1, "author": found.author, "marks": found.marks, "tests": rows}


def read_specification(path: Path) -> Specification:
    """The specification of a file; people may edit it. Raises UserError naming what is wrong."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        rows = data["tests"]
        tests = tuple(
            Requirement(str(row["id"]), str(row["told"]), int(row.get("weight", 1)), row.get("blocking") is True, str(row.get("author", "")))
            for row in rows
        )  # fmt: skip
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}") from None
    except (KeyError, TypeError, ValueError):
        raise UserError(f"{path} is nothing that `metier evaluate specify` wrote") from None
    for test in tests:
        if rule_of(test.id) is None and not is_judged(test.id):
            raise UserError(
                f"{path}: there is no rule {test.id!r}; there are {', '.join(rule.id for rule in RULES)}"
            )
    return Specification(tests, int(data.get("marks", 0)), str(data.get("author", "")))


def check_run(
    run: Run, specification: Specification, judge: Judge | None = None, card: JudgeCard | None = None
) -> dict[str, Estimate]:
    """For each test the share of the run's answers that meet it, by groups; with fewer than 10 groups all it can be. Answers that
    the judge gave no usable mark are left out. Raises UserError where a test needs a judge and none is measured."""
    answers = [
        (row.case, shown(row.answer)) for row in run.rows
        if row.answer is not None and row.answer.outcome is Outcome.ANSWERED
    ]  # fmt: skip
    reader = measured(judge, card) if any(is_judged(test.id) for test in specification.tests) else None
    found = {}
    for test in specification.tests:
        marks = [(_meets(test, case.question, said, reader), case.group) for case, said in answers]
        kept = [(met, group) for met, group in marks if met is not None]
        found[test.id] = grouped_share([met for met, _ in kept], [group for _, group in kept])
    return found


def _meets(test: Requirement, question: str, said: Shown, judge: Judge | None) -> bool | None:
    if rule := rule_of(test.id):
        return rule.holds(question, said)
    assert judge is not None  # check_run asked for it
    return meets(judge, test.told, question, said.text)
