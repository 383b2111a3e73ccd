"""Measures a judge against people: every marked answer twice, pairs of answers in both orders, and the figures of its card."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import combinations
from statistics import median

import numpy as np

from metier.errors import Stopped, UserError
from metier.evaluate.estimates import Floats, Statistic, bootstrap, proportion
from metier.evaluate.judge_card import JudgeCard
from metier.evaluate.judges import Judge
from metier.evaluate.marks import Marked
from metier.evaluate.ppi import SURE
from metier.evaluate.run import SystemFailure
from metier.evaluate.scores import FEWEST_GROUPS
from metier.evaluate.verdict import percent, signed
from metier.types import Estimate, Progress

RIGHT = 0.5  # a mark above says "right": what is undecided does not
_MOST_PAIRS = 200  # questions to a judge are not free, and 200 give +-6 points
_NOTHING = Estimate(float("nan"), 0.0, 1.0, 0)
_RESAMPLES = 2_000


def measure_judge(
    judge: Judge,
    marked: Sequence[Marked],
    now: Callable[[], str],
    own: str = "",
    *,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> JudgeCard:
    """The card of a judge: every marked answer twice, and pairs of answers to one question in both orders.

    `own` is the source whose answers are of the judge's family. Raises UserError without answers of both kinds, or if the judge
    marked fewer than 10 independent ones; and Stopped."""
    people = [item for item in marked if item.right is not None]
    if len({item.right for item in people}) < 2:
        raise UserError(
            f"{len(people)} marks, all alike: agreement says nothing without answers that people find right and ones they find wrong"
        )
    if (groups := len({item.group for item in people})) < FEWEST_GROUPS:  # before the judge is asked
        raise UserError(
            f"{len(people)} answers are marked, in {groups} independent groups: at least {FEWEST_GROUPS} are needed to say anything"
        )
    pairs = _pairs(people) if judge.pairwise else []
    total = 2 * len(people) + 2 * len(pairs)
    asked, start = 0, time.monotonic()

    def step(identity: str) -> None:
        nonlocal asked
        if should_stop():
            raise Stopped("stopped before the judge had marked all answers; nothing is kept of a card")
        asked += 1
        on_progress(Progress(asked, total, 0, time.monotonic() - start, identity, "marks"))

    rows: list[tuple[Marked, bool, bool | None]] = []
    why = ""
    for item in people:
        step(item.id)
        try:
            said = _says(judge, item, seed=1)
        except SystemFailure as failure:
            why = str(failure)
            step(item.id)
            continue
        step(item.id)
        rows.append((item, said, _again(judge, item)))
    if len({item.group for item, _, _ in rows}) < FEWEST_GROUPS:
        more = f": {why}" if why else ""
        raise UserError(
            f"{len(rows)} of {len(people)} answers got a usable mark in fewer than {FEWEST_GROUPS} independent groups{more}"
        )
    swapped = [found for pair in pairs if (found := _swapped(judge, pair, step)) is not None]
    card = _card(judge.identity, rows, len(people) - len(rows), swapped, own, now())
    return replace(card, marks_print=_print_of(people), notes=_notes(card, judge, people, own, pairs))


# --- asking -----------------------------------------------------------------------------------------------------------


def _says(judge: Judge, item: Marked, seed: int) -> bool:
    return judge.mark(item.question, item.reference, item.answer, seed) > RIGHT


def _again(judge: Judge, item: Marked) -> bool | None:
    try:
        return _says(judge, item, seed=2)  # another seed: what only the dice decide is to be seen
    except SystemFailure:
        return None


def _pairs(people: Sequence[Marked]) -> list[tuple[Marked, Marked]]:
    """Two answers to one question, those first that people marked differently; at most 200, by hash."""
    by_question: dict[tuple[str, str], list[Marked]] = {}
    for item in people:
        by_question.setdefault((item.question, item.reference), []).append(item)
    found = [
        pair
        for rows in by_question.values()
        for pair in combinations(rows, 2)
        if pair[0].answer != pair[1].answer
    ]

    def order(pair: tuple[Marked, Marked]) -> tuple[bool, bytes]:
        text = f"{pair[0].id}\0{pair[0].answer}\0{pair[1].answer}"
        return pair[0].right == pair[1].right, sha256(text.encode("utf-8", "backslashreplace")).digest()

    return sorted(found, key=order)[:_MOST_PAIRS]


def _swapped(
    judge: Judge, pair: tuple[Marked, Marked], step: Callable[[str], None]
) -> tuple[str, bool, int] | None:
    """(group, the same preference in both orders, how many of the two asked for the first place); None if it failed."""
    one, two = pair
    try:
        step(one.id)
        there = judge.prefer(one.question, one.reference, one.answer, two.answer, 1)
        step(one.id)
        back = judge.prefer(one.question, one.reference, two.answer, one.answer, 1)
    except SystemFailure:
        return None
    same = (there, back) in (("first", "second"), ("second", "first"), ("same", "same"))
    return one.group, same, (there == "first") + (back == "first")


# --- counting ---------------------------------------------------------------------------------------------------------


def _card(
    identity: str, rows: Sequence[tuple[Marked, bool, bool | None]], failed: int,
    swapped: Sequence[tuple[str, bool, int]], own: str, issued: str,
) -> JudgeCard:  # fmt: skip
    human = [bool(item.right) for item, _, _ in rows]
    said = [mark for _, mark, _ in rows]
    groups = [item.group for item, _, _ in rows]
    again = [(item.group, first == second) for item, first, second in rows if second is not None]
    changed = [(group, firsts / 2) for group, same, firsts in swapped if not same]
    return JudgeCard(
        identity,
        len(rows),
        failed,
        sum(human) / len(human),
        agreement=_share([(group, a == b) for group, a, b in zip(groups, human, said, strict=True)]),
        kappa=_resampled([[float(a), float(b)] for a, b in zip(human, said, strict=True)], groups, kappa),
        sensitivity=_share([(group, b) for group, a, b in zip(groups, human, said, strict=True) if a]),
        specificity=_share(
            [(group, not b) for group, a, b in zip(groups, human, said, strict=True) if not a]
        ),
        retest=_share(again),
        swap=_share([(group, same) for group, same, _ in swapped]),
        first=_resampled([[value] for _, value in changed], [group for group, _ in changed], _mean_of_first),
        longer=_resampled(_contrast(rows, _longer_half(rows)), groups, stratified),
        own=_resampled(_contrast(rows, [item.source == own for item, _, _ in rows]), groups, stratified)
        if own
        else _NOTHING,
        marks_print="",
        issued=issued,
    )


def kappa(rows: Floats) -> float:
    """Cohen's kappa of two columns of 0 and 1; nan where chance alone explains everything."""
    a, b = rows[:, 0], rows[:, 1]
    chance = float(a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean()))
    return (float((a == b).mean()) - chance) / (1 - chance) if chance < 1 else float("nan")


def stratified(rows: Floats) -> float:
    """Columns: human mark, judge's mark, whether the row is of the group in question. How much more often the judge says right
    there, within each human mark, weighted by how many rows it has; nan if no human mark has rows on both sides."""
    gap, weight = 0.0, 0
    for mark in (0.0, 1.0):
        part = rows[rows[:, 0] == mark]
        there = part[:, 2] == 1
        if there.any() and not there.all():
            gap += len(part) * float(part[there, 1].mean() - part[~there, 1].mean())
            weight += len(part)
    return gap / weight if weight else float("nan")


def _mean_of_first(rows: Floats) -> float:
    return float(rows[:, 0].mean()) if len(rows) else float("nan")


def _contrast(rows: Sequence[tuple[Marked, bool, bool | None]], there: Sequence[bool]) -> list[list[float]]:
    return [
        [float(bool(item.right)), float(said), float(one)]
        for (item, said, _), one in zip(rows, there, strict=True)
    ]


def _longer_half(rows: Sequence[tuple[Marked, bool, bool | None]]) -> list[bool]:
    """Whether an answer is longer than the median of those that people marked alike."""
    middle = {
        mark: median(lengths)
        for mark in (True, False)
        if (lengths := [len(item.answer.split()) for item, _, _ in rows if item.right is mark])
    }
    return [len(item.answer.split()) > middle[bool(item.right)] for item, _, _ in rows]


def _share(flags: Sequence[tuple[str, bool]]) -> Estimate:
    if not flags:
        return _NOTHING
    found = proportion([flag for _, flag in flags], [group for group, _ in flags])
    return found if len({group for group, _ in flags}) >= FEWEST_GROUPS else replace(found, low=0.0, high=1.0)


def _resampled(values: Sequence[Sequence[float]], groups: Sequence[str], statistic: Statistic) -> Estimate:
    """With a bootstrap interval over groups; nothing where it cannot be computed or has too few groups to draw from."""
    if len(set(groups)) < FEWEST_GROUPS:
        return _NOTHING
    found = bootstrap(
        np.asarray(values),
        rng=np.random.default_rng(7),
        clusters=groups,
        statistic=statistic,
        resamples=_RESAMPLES,
    )
    return _NOTHING if np.isnan(found.value) or np.isnan(found.low) else found


def _notes(
    card: JudgeCard, judge: Judge, people: Sequence[Marked], own: str, pairs: Sequence[tuple[Marked, Marked]]
) -> tuple[str, ...]:
    out = []
    if card.marks < SURE:
        out.append(f"{card.marks} human marks: under {SURE} a card says little; mark more")
    if card.failed:
        out.append(f"{card.failed} answers got no usable mark and are left out")
    if not judge.pairwise:
        out.append("position: it sees one answer at a time, so there is no place to lean to")
    elif not pairs:
        out.append("position was not measured: no question has two answers that differ")
    if not own:
        out.append("self-preference was not measured: say with --own whose answers are of the judge's family")
    elif not any(item.source == own for item in people):
        out.append(f"self-preference was not measured: no answer has the source {own!r}")
    for name, item in (("longer answers", card.longer), ("answers of its own family", card.own)):
        if item.n and (item.low > 0 or item.high < 0):
            out.append(
                f"it leans {'to' if item.value > 0 else 'against'} {name}: {signed(item.value)} points"
            )
    if card.retest.n and card.retest.value < 0.95:
        out.append(
            f"asked again it says the same on {percent(card.retest.value)} only: its own dice are part of every mark"
        )
    if card.swap.n and card.swap.value < 0.9:
        out.append(
            f"two answers that change places change its preference in {percent(1 - card.swap.value)}: ask in both orders"
        )
    return tuple(out)


def _print_of(people: Sequence[Marked]) -> str:
    texts = sorted(f"{item.id}\0{item.question}\0{item.answer}\0{item.right}" for item in people)
    return sha256("\n".join(texts).encode("utf-8", "backslashreplace")).hexdigest()[:16]
