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
        [_answer(number, place) for number, place in enumerate(places)]
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
            _corrected(number, one.right) if said.id in wanted else said
            for number, (one, said) in enumerate(zip(questions, told, strict=True))
        ]
    return False


def _said(number: int, one: Asked, dice: np.random.Generator) -> Example:
    is_right, corrects, errs = one.live == one.right, *(dice.random(2) < (_CORRECTED, _WRONG_THUMBS))
    if corrects and not is_right:
        return _corrected(number, one.right)
    thumb = 1.0 if is_right != errs else -1.0
    shown = () if one.live == SILENT else (_place(number, one.live),)
    return _example(number, thumb=thumb, shown=shown)


def _corrected(number: int, right: int) -> Example:
    if right == SILENT:
        return _example(number, declines=True)
    return _example(number, evidence=(_place(number, right),))


def _example(number: int, **said: object) -> Example:
    return Example(f"q{number}", f"What of {number}?", "ann", f"{number:05}", **said)  # type: ignore[arg-type]


def _place(number: int, candidate: int) -> EvidenceQuote:
    return EvidenceQuote(f"{number}-{candidate}.txt", f"It is candidate {candidate} of {number}.")


def _answer(number: int, candidate: int) -> Answer:
    if candidate == SILENT:
        return Answer(f"q{number}", Outcome.ABSTAINED, "r", ())
    place = _place(number, candidate)
    cited = Citation("c1", place.uri, place.uri, "", "", 1, 0, len(place.quote), place.quote)
    return Answer(f"q{number}", Outcome.ANSWERED, "r", (Statement("s1", place.quote, (cited,)),))
