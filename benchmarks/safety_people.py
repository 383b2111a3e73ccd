"""The gate as people feed it, for `specialize_safety`: thumbs on what the live release says, corrections of wrong answers alone, and
sixty answers that the gate asks for. Truth is known, labels are what such people say of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metier.specialize.gate import FEWEST_TOLD, gate
from metier.specialize.judging import judged
from metier.specialize.rows import Example
from metier.types import Answer, Citation, EvidenceQuote, Outcome, Statement

SILENT = -1  # the place of the candidate that is no answer
_CORRECTED, _WRONG_THUMBS = 0.1, 0.1  # of the wrong answers; of the thumbs
_LOOKS = 3  # at the most: before anybody is asked, and after each time


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the gate: which candidate each release gives, and which is right."""

    live: int
    candidate: int
    right: int


def passes(questions: Sequence[Asked], dice: np.random.Generator) -> bool:
    """Whether the gate lets the candidate pass, each look with what it asked for before."""
    told = [_said(number, one, dice) for number, one in enumerate(questions)]
    groups = [one.id for one in told]
    base, ours = (
        [answer_of(number, place) for number, place in enumerate(places)]
        for places in ([one.live for one in questions], [one.candidate for one in questions])
    )
    looks = 0
    for _ in range(_LOOKS):
        known = judged(told, groups, base, ours)
        if known.told >= FEWEST_TOLD:
            looks += 1
            more = {"bounded": known.bounded, "kept": known.kept}
            found = gate(known.pairs, looks, **more, to_label=known.to_label)  # type: ignore[arg-type]
            if found.verdict != "inconclusive":
                return found.verdict == "pass"
            wanted = found.label_next
        else:
            wanted = known.to_label[:60]
        if not wanted:
            return False
        told = [
            corrected(number, one.right) if said.id in wanted else said
            for number, (one, said) in enumerate(zip(questions, told, strict=True))
        ]
    return False


def _said(number: int, one: Asked, dice: np.random.Generator) -> Example:
    is_right, corrects, errs = one.live == one.right, *(dice.random(2) < (_CORRECTED, _WRONG_THUMBS))
    if corrects and not is_right:
        return corrected(number, one.right)
    return thumbed(number, one.live, 1.0 if is_right != errs else -1.0)


def corrected(number: int, right: int) -> Example:
    """Somebody wrote which candidate is right."""
    if right == SILENT:
        return example_of(number, declines=True)
    return example_of(number, evidence=(place_of(number, right),))


def thumbed(number: int, shown: int, thumb: float) -> Example:
    """Somebody clicked at what was shown."""
    return example_of(number, thumb=thumb, shown=() if shown == SILENT else (place_of(number, shown),))


def example_of(number: int, **said: object) -> Example:
    """The question with this number, and what people said."""
    return Example(f"q{number}", f"What of {number}?", "ann", f"{number:05}", **said)  # type: ignore[arg-type]


def place_of(number: int, candidate: int) -> EvidenceQuote:
    """Where a candidate stands."""
    return EvidenceQuote(f"{number}-{candidate}.txt", f"It is candidate {candidate} of {number}.")


def answer_of(number: int, candidate: int) -> Answer:
    """An answer that says this candidate, or nothing."""
    if candidate == SILENT:
        return Answer(f"q{number}", Outcome.ABSTAINED, "r", ())
    place = place_of(number, candidate)
    cited = Citation("c1", place.uri, place.uri, "", "", 1, 0, len(place.quote), place.quote)
    return Answer(f"q{number}", Outcome.ANSWERED, "r", (Statement("s1", place.quote, (cited,)),))
