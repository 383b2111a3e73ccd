"""Are other kinds of questions asked now than the suite asks? Told from the questions alone, by what they ask for and their language.

A certificate holds for questions of the same kinds in the same shares. Where the shares differ surely (chi-square test of
homogeneity, Holm over the two views) and by a tenth of the questions or more, it does not apply; smaller shifts move the risk by
less than a tenth of what the kinds differ in. It does not see other topics: of production only the questions are known.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

from metier.evaluate.adjust import holm
from metier.evaluate.drift import FEWEST, LEVEL
from metier.text.answer_type import expected_answer_type
from metier.text.language import detect_language

Counts = Mapping[str, int]
_EXPECTED = 5.0  # Cochran 1954: rarer kinds are counted together, or the distribution of the statistic is not that of chi-square
_NOTICED = 0.1  # total variation distance
_OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the shares of kinds in one view are apart (total variation distance), and P(as far by chance)."""

    view: str
    distance: float
    p: float
    shifted: bool
    sentence: str


def mix_of(questions: Iterable[str]) -> dict[str, dict[str, int]]:
    """How many questions there are of each kind, by view."""
    asked = list(questions)
    for_what = Counter("+".join(sorted(expected_answer_type(question))) for question in asked)
    language = Counter(detect_language(question) or "unknown" for question in asked)
    return {"what is asked for": dict(sorted(for_what.items())), "language": dict(sorted(language.items()))}


def shifts(then: Mapping[str, Counts], now: Mapping[str, Counts]) -> list[Shift]:
    """One for each view that both sides have at least 30 questions in."""
    views = [
        view
        for view, counts in then.items()
        if min(sum(counts.values()), sum(now.get(view, {}).values())) >= FEWEST
    ]
    found = [(view, *_compared(then[view], now[view])) for view in views]
    adjusted = holm([p for _, _, p in found])
    return [
        _shift(view, then[view], now[view], distance, p)
        for (view, distance, _), p in zip(found, adjusted, strict=True)
    ]


def _shift(view: str, then: Counts, now: Counts, distance: float, p: float) -> Shift:
    shifted = p < LEVEL and distance >= _NOTICED
    most = max(then.keys() | now.keys(), key=lambda kind: abs(_part(then, kind) - _part(now, kind)))
    told = f"{most}: {100 * _part(then, most):.0f}% of the suite, {100 * _part(now, most):.0f}% of what is asked now"
    verdict = (
        "is another mix than the suite's: the certificate does not apply" if shifted else "is as in the suite"
    )
    return Shift(view, distance, p, shifted, f"By {view} what people ask {verdict} ({told}; p = {p:.2g}).")


def _part(counts: Counts, kind: str) -> float:
    return counts.get(kind, 0) / sum(counts.values())


def _compared(then: Counts, now: Counts) -> tuple[float, float]:
    """(total variation distance, p-value of homogeneity)."""
    kinds = sorted(kind for kind in then.keys() | now.keys() if then.get(kind, 0) + now.get(kind, 0))
    distance = sum(abs(_part(then, kind) - _part(now, kind)) for kind in kinds) / 2
    sizes = [sum(side.values()) for side in (then, now)]
    table: dict[str, list[int]] = {}
    for kind in kinds:
        total = then.get(kind, 0) + now.get(kind, 0)
        name = kind if total * min(sizes) / sum(sizes) >= _EXPECTED else _OTHERS
        pair = table.setdefault(name, [0, 0])
        pair[0] += then.get(kind, 0)
        pair[1] += now.get(kind, 0)
    if len(table) < 2:
        return distance, 1.0
    statistic = sum(
        (seen - (expected := sum(pair) * size / sum(sizes))) ** 2 / expected
        for pair in table.values()
        for seen, size in zip(pair, sizes, strict=True)
    )
    return distance, _beyond(statistic, len(table) - 1)


def _beyond(statistic: float, degrees: int) -> float:
    """P(chi-square with so many degrees of freedom > statistic), by Wilson and Hilferty's cube root (1931): within .012."""
    if statistic <= 0:
        return 1.0
    part = 2 / (9 * degrees)
    return NormalDist().cdf(-(((statistic / degrees) ** (1 / 3)) - (1 - part)) / math.sqrt(part))
