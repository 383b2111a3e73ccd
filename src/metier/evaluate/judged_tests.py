"""Requirements on meaning, which no rule of requirements.py states: "names the exception". A judge reads each answer and says yes or no.

A judge is used only with a card for this very work: people mark answers as meeting such a requirement or not
(`metier evaluate judge --requirement`), and the judge is measured beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from metier.errors import UserError
from metier.evaluate.judge_card import JudgeCard
from metier.evaluate.judges import Judge, ModelJudge, Preference, preferred
from metier.evaluate.marks import Marked
from metier.evaluate.run import SystemFailure

JUDGED = "judged: "  # before the words of the requirement, in the id of its test
_TASK = (
    "Does the answer meet the requirement? Judge nothing but the requirement, not whether the answer is right. Reply with one "
    "word: yes or no."
)


@dataclass(frozen=True, slots=True)
class RequirementJudge:
    """A judge whose `reference` is a requirement; its identity is its own, since a card for right and wrong says nothing about it."""

    model: ModelJudge
    pairwise: bool = False

    @property
    def identity(self) -> str:
        return f"{self.model.identity} on requirements"

    def mark(self, question: str, reference: str, answer: str, seed: int) -> float:
        data = {"requirement": reference, "question": question, "answer": answer}
        return self.model.yes_or_no(_TASK, data, seed)

    def prefer(self, question: str, reference: str, first: str, second: str, seed: int) -> Preference:
        return preferred(self, question, reference, first, second, seed)


def is_judged(identity: str) -> bool:
    """True for a test that no rule checks."""
    return identity.startswith(JUDGED) and bool(identity.removeprefix(JUDGED).strip())


def to_mark(answers: Sequence[Marked], requirement: str) -> list[Marked]:
    """The answers as a sheet shows them on which people mark whether the requirement is met."""
    return [replace(item, reference=requirement) for item in answers]


def measured(judge: Judge | None, card: JudgeCard | None) -> Judge:
    """The judge, if it may be used. Raises UserError without one, without its card, or if people and it agree too little."""
    if judge is None or card is None:
        raise UserError(
            "some of the tests need a judge: --judge workspace --card card.json; `metier evaluate judge MARKS --judge workspace "
            "--requirements --out card.json` measures it on a sheet of `metier evaluate judge --run RUN --sheet MARKS --requirement '...'`"
        )
    if card.judge != judge.identity:
        raise UserError(f"the card is of {card.judge}, the judge is {judge.identity}; measure this one")
    if not card.is_fair:
        raise UserError(card.sentence)
    return judge


def meets(judge: Judge, requirement: str, question: str, answer: str) -> bool | None:
    """Whether the answer meets it, by the judge; None where it gave no usable mark."""
    try:
        return judge.mark(question, requirement, answer, 1) > 0.5
    except SystemFailure:
        return None
