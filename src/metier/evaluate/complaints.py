"""Do people find more answers wrong than the certificate allows? Told from their thumbs and corrections, which nobody drew at random.

Who says nothing counts as content, so what people say makes a lower bound of how many are wrong: if even that is surely above
alpha, the promise is broken. Few complaints prove nothing, for most people never click.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from metier.evaluate.certificate import binomial_p_value
from metier.evaluate.verdict import percent
from metier.types import Feedback, Trace

LEVEL = 0.01  # as of the drift test: both are looked at again and again


@dataclass(frozen=True, slots=True)
class Complaints:
    """`wrong` of `shown` answers were called wrong by who asked; `p` of as many, or more, if alpha of them are wrong."""

    shown: int
    wrong: int
    p: float
    broken: bool
    sentence: str


def complaints(
    traces: Iterable[Trace], feedback: Iterable[Feedback], release: str, alpha: float
) -> Complaints:
    """What people said of the answers that this release showed. The same question of the same person counts once, and wrong if
    the last thing said of any of its answers is a thumb down, or that it should have abstained."""
    said: dict[str, list[Feedback]] = {}
    for row in feedback:
        said.setdefault(row.answer, []).append(row)
    asked: dict[tuple[str, str], bool] = {}
    for trace in traces:
        if trace.answer.release == release and trace.answer.statements:
            key = (trace.principal, " ".join(trace.question.split()).casefold())
            asked[key] = asked.get(key, False) or is_wrong(said.get(trace.answer.id, ()))
    shown, wrong = len(asked), sum(asked.values())
    # P(at least `wrong` | alpha) = P(at most `shown - wrong` are content | 1 - alpha)
    p = binomial_p_value(shown - wrong, shown, 1 - alpha) if wrong else 1.0
    broken = p < LEVEL
    told = f"people called {wrong} of {shown} answers shown wrong"
    if broken:
        told += (
            f", more than the {percent(alpha)} that the certificate allows (p = {p:.2g}): it does not hold"
        )
    return Complaints(shown, wrong, p, broken, told[0].upper() + told[1:] + ".")


def is_wrong(rows: Sequence[Feedback]) -> bool:
    """True if the last word on the answer is that it is wrong."""
    replaced = {row.supersedes for row in rows}
    opinions = [row for row in rows if row.id not in replaced and row.kind in ("thumb", "should_abstain")]
    if not opinions:
        return False
    last = opinions[-1]
    return last.value == -1 if last.kind == "thumb" else last.value is True
