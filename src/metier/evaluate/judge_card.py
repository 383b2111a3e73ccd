"""What a judge is worth, measured against people: a card, without which no estimate uses it.

Cohen's kappa (1960) beside plain agreement, which is high by chance where most answers are right; the same mark when asked
again; the same preference when two answers change places; and how often it says "right" to the longer half, or to its own
family's answers, more than to others that people marked alike. What it does not know: whether people are right, and how the
judge does on answers of another kind than the marked ones.
"""

from dataclasses import dataclass
from pathlib import Path

from metier.evaluate.plain import kept_text, read_kept
from metier.evaluate.verdict import interval, percent, signed
from metier.types import Estimate

FAIR = 0.4  # kappa under which agreement is called poor to fair (Landis and Koch 1977)
_SHARES = (
    ("agrees with people", "agreement"), ("says right to what people call right", "sensitivity"),
    ("says wrong to what people call wrong", "specificity"), ("same mark when asked again", "retest"),
    ("same preference when answers change places", "swap"), ("of those that changed, first place won", "first"),
)  # fmt: skip
_POINTS = (("leans to longer answers by", "longer"), ("leans to its own family by", "own"))


@dataclass(frozen=True, slots=True)
class JudgeCard:
    """How far a judge can be believed; n = 0 where something could not be measured, and `notes` say why."""

    judge: str
    marks: int  # of people, which the judge answered
    failed: int  # to which it gave no usable mark
    right: float  # share that people marked as right
    agreement: Estimate
    kappa: Estimate
    sensitivity: Estimate  # of what people call right, so many by the judge
    specificity: Estimate  # of what people call wrong, so many by the judge
    retest: Estimate  # same mark when asked again
    swap: Estimate  # same preference when two answers change places
    first: Estimate  # of the preferences that changed, how often the first place won: .5 = no lean
    longer: Estimate  # points more often "right" for the longer half, among answers that people marked alike
    own: Estimate  # the same for answers of its own family
    marks_print: str
    issued: str
    notes: tuple[str, ...] = ()

    @property
    def is_fair(self) -> bool:
        """True if the judge surely agrees with people more than chance does, and not poorly."""
        return self.kappa.n > 0 and self.kappa.low > 0 and self.kappa.value >= FAIR

    @property
    def sentence(self) -> str:
        """What the card says, in one sentence."""
        told = (
            f"The judge {self.judge} agrees with people on {percent(self.agreement.value)} of {self.marks} answers, kappa {self.kappa.value:.2f} "
            f"({self.kappa.low:.2f} to {self.kappa.high:.2f})"
        )
        return f"{told}: {'fair enough to help' if self.is_fair else 'not to be used by itself'}."


def card_rows(found: JudgeCard) -> list[tuple[str, str, str, str]]:
    """Rows for people: what, value, interval, n; what was not measured is left out."""
    rows = [
        (
            "kappa",
            f"{found.kappa.value:.2f}",
            f"{found.kappa.low:.2f} to {found.kappa.high:.2f}",
            str(found.kappa.n),
        )
    ]
    for name, key in _SHARES:
        item: Estimate = getattr(found, key)
        rows.append((name, percent(item.value), interval(item), str(item.n)))
    for name, key in _POINTS:
        item = getattr(found, key)
        rows.append(
            (name, f"{signed(item.value)} points", f"{signed(item.low)} to {signed(item.high)}", str(item.n))
        )
    return [row for row in rows if row[3] != "0"]


def card_text(card: JudgeCard) -> str:
    """The card as the file that `read_card` reads."""
    return kept_text(card, "metier_judge_card")


def read_card(path: Path) -> JudgeCard:
    """What `metier evaluate judge --out` wrote. Raises UserError if the file is something else."""
    return read_kept(path, JudgeCard, "metier_judge_card", "metier evaluate judge --out")
