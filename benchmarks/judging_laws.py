"""Laws of what the gate knows of an answer (specialize/judging.py), as in specialize_laws.py: each says what is broken, or nothing."""

from collections.abc import Sequence

import numpy as np

from benchmarks.safety_people import SILENT, answer_of, corrected, example_of, thumbed
from metier.specialize import judging
from metier.specialize.gate import gate
from metier.specialize.judging import Judged
from metier.specialize.rows import Example

Dice = np.random.Generator


def known_of(examples: Sequence[Example], before: Sequence[int], after: Sequence[int]) -> Judged:
    """By the product's own code, as it stands now; every question is a group of its own."""
    given = [[answer_of(number, one) for number, one in enumerate(places)] for places in (before, after)]
    return judging.judged(examples, [one.id for one in examples], *given)


def verdict(known: Judged) -> str:
    return gate(known.pairs, 1, bounded=known.bounded, kept=known.kept, to_label=known.to_label).verdict


def nothing_is_gained_that_nobody_judged(dice: Dice) -> str:
    """People called a hundred answers wrong, and they change: that may be better or not."""
    live = [int(one) for one in dice.choice([SILENT, 1], 150)]
    told = [thumbed(n, one, -1.0 if n < 100 else 1.0) for n, one in enumerate(live)]
    known = known_of(told, live, [2] * 100 + live[100:])
    if any(pair.candidate.right and not pair.base.right for pair in (*known.pairs, *known.bounded)):
        return "an answer that nobody judged counts as gained"
    return "" if verdict(known) == "inconclusive" else "it passes or fails though nobody judged what changed"


def corrections_of_wrong_answers_alone_fool_nobody(dice: Dice) -> str:
    """It repairs every third wrong answer, all of them corrected, and breaks every third right one, none of them corrected."""
    right = dice.random(300) < 0.5
    moves = dice.random(300) < 0.33
    told = [thumbed(n, 0, 1.0) if ok else corrected(n, 0) for n, ok in enumerate(right)]
    live = [0 if ok else 1 for ok in right]
    ours = [(1 if ok else 0) if moved else place for ok, moved, place in zip(right, moves, live, strict=True)]
    return (
        ""
        if verdict(known_of(told, live, ours)) != "pass"
        else "what it breaks of liked answers is forgotten"
    )


def what_did_not_change_is_worth_the_same(dice: Dice) -> str:
    live = [int(one) for one in dice.choice([SILENT, 0, 1], 90)]
    told = [thumbed(n, one, float(dice.choice([-1.0, 1.0]))) for n, one in enumerate(live)]
    known = known_of(told, live, live)
    if (
        known.to_label
        or known.told
        or any(pair.base != pair.candidate for pair in (*known.pairs, *known.bounded))
    ):
        return "an answer that did not change is gained, lost or to be judged"
    return "" if len(known.pairs) == 90 else f"{len(known.pairs)} of 90 answers that did not change count"


def the_sample_is_fair(dice: Dice) -> str:
    """A quarter of the changed answers has a label: so a quarter of the others counts beside them."""
    told = [corrected(n, 2) for n in range(20)] + [thumbed(n, 1, -1.0) for n in range(20, 80)]
    told += [thumbed(n, 1, 1.0) for n in range(80, 280)]
    known = known_of(told, [1] * 280, [2] * 80 + [1] * 200)
    counted = len(known.pairs)
    everything = sorted(one.id for one in (*known.pairs, *known.bounded))
    if everything != sorted(one.id for one in told):
        return f"{len(everything)} of 280 questions are in the sample or beside it"
    return "" if counted == 20 + 50 else f"{counted} count where 70 are a fair sample"


def who_is_asked_follows_from_what_changed(dice: Dice) -> str:
    thumbs = [float(one) for one in dice.choice([-1.0, 1.0], 60)]
    told = [thumbed(n, 1, thumb) for n, thumb in enumerate(thumbs)]
    known = known_of(told, [1] * 60, [2] * 40 + [1] * 20)
    asked = list(known.to_label)
    if sorted(asked) != sorted(one.id for one in told[:40]):
        return "asked is about other answers than those that changed"
    liked = [one.id for one in told[:40] if one.thumb > 0]
    if set(asked[: len(liked)]) != set(liked):
        return "what people liked and would lose is not asked first"
    rest = [int(one[1:]) for one in asked[len(liked) :]]
    return "" if rest != sorted(rest) else "who is asked follows the order of time"


def who_is_not_relied_on_judges_nothing(dice: Dice) -> str:
    told = [example_of(n, thumb=1.0, weight=0.0) for n in range(20)]
    return "" if not known_of(told, [1] * 20, [2] * 20).questions else "somebody who is never right judges"


LAWS = (
    nothing_is_gained_that_nobody_judged, corrections_of_wrong_answers_alone_fool_nobody,
    what_did_not_change_is_worth_the_same, the_sample_is_fair, who_is_asked_follows_from_what_changed,
    who_is_not_relied_on_judges_nothing,
)  # fmt: skip
