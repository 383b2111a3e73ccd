"""How many of a run's answers people would call right, from a few people's marks and a judge's marks of all of them.

A judge without a card helps no estimate, nor does one whose card is another's: PPI++ cannot be biased by a bad judge, but what
its interval says beside "human marks alone" is only understood by who knows what the judge is worth.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from metier.errors import Stopped, UserError
from metier.evaluate.judge_card import JudgeCard
from metier.evaluate.judges import Judge
from metier.evaluate.judging import RIGHT
from metier.evaluate.marks import Marked
from metier.evaluate.ppi import FEWEST, Powered, ppi_mean
from metier.evaluate.run import SystemFailure
from metier.evaluate.verdict import percent
from metier.types import Progress


@dataclass(frozen=True, slots=True)
class Judged:
    """The share of a run's answers that people would call right; `answers` counts all that the judge marked."""

    powered: Powered
    answers: int
    failed: int
    judge: str
    sentence: str


def judged_share(
    judge: Judge,
    card: JudgeCard | None,
    answers: Sequence[Marked],
    people: Sequence[Marked],
    *,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Judged:
    """The estimate over these answers; `people` marked some of them, drawn at random.

    Raises UserError without a card of this very judge, and where fewer than 20 of the answers are marked; and Stopped."""
    if card is None:
        raise UserError(
            f"the judge {judge.identity} has no card, so nothing is known of what it is worth: `metier evaluate judge MARKS --out "
            "card.json` measures it, then --card card.json"
        )
    if card.judge != judge.identity:
        raise UserError(f"the card is of {card.judge}, the judge is {judge.identity}; measure this one")
    human = _matched(answers, people)
    if len(human) < FEWEST:  # before the judge is asked: a language model takes its time
        raise UserError(
            f"{len(human)} of the {len(answers)} answers are marked, too few to correct a judge by; mark at least {FEWEST}"
        )
    if len(human) == len(answers):
        raise UserError(
            "people marked every answer, so a judge has nothing to add: their marks are the figure"
        )
    y: list[float] = []
    f: list[float] = []
    g: list[float] = []
    failed, start = 0, time.monotonic()
    for number, item in enumerate(answers, start=1):
        if should_stop():
            raise Stopped("stopped before the judge had marked all answers; nothing is kept")
        spent = time.monotonic() - start
        on_progress(Progress(number, len(answers), failed, spent, item.id, "answers"))
        try:
            mark = float(judge.mark(item.question, item.reference, item.answer, 1) > RIGHT)
        except SystemFailure:
            failed += 1
            continue
        if item.id in human:
            y.append(float(human[item.id]))
            f.append(mark)
        else:
            g.append(mark)
    found = ppi_mean(y, f, g)
    warnings = list(found.warnings)
    if not card.is_fair:
        warnings.append(f"{card.sentence} It narrows the interval little, if at all")
    if failed:
        warnings.append(f"{failed} answers got no usable mark and are left out")
    return Judged(
        Powered(found.estimate, found.human_only, found.weight, found.effective_n, tuple(warnings)),
        len(y) + len(g), failed, judge.identity, _sentence(found, len(y) + len(g), judge.identity),
    )  # fmt: skip


def _matched(answers: Sequence[Marked], people: Sequence[Marked]) -> Mapping[str, bool]:
    """Marks by id of those that are of these very answers: what was said of another system's answer does not count."""
    texts = {item.id: " ".join(item.answer.split()) for item in answers}
    return {
        item.id: item.right
        for item in people
        if item.right is not None and texts.get(item.id) == " ".join(item.answer.split())
    }


def _sentence(found: Powered, answers: int, judge: str) -> str:
    both, alone = found.estimate, found.human_only
    return (
        f"Of {answers:,} answers shown people would call {percent(both.value)} right (95% interval {percent(both.low)} to "
        f"{percent(both.high)}; from {both.n} human marks alone {percent(alone.low)} to {percent(alone.high)}): {judge} is worth "
        f"{max(0, round(found.effective_n) - both.n):,} more human marks."
    )
