"""Exact match and numeracy-focused F1 of an answer against a gold answer, scale included, as the authors of TAT-QA score.

After Zhu et al. 2021, "TAT-QA", and its published evaluation: figures are compared with their scale applied, to two decimals
of what is written; words as sets, without articles and punctuation; of calculations and counts only exact ones count.
"""

import re
import string
from collections.abc import Mapping, Sequence
from typing import Any

SCALES: Mapping[str, float] = {"": 1.0, "thousand": 1e3, "million": 1e6, "billion": 1e9, "percent": 0.01}
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def score(question: Mapping[str, Any], values: Sequence[str], scale: str) -> tuple[float, float]:
    """(exact match, F1), both 0 or up to 1, of the values given for a question of the data set."""
    if not values:
        return 0.0, 0.0
    kind, answer = question["answer_type"], question["answer"]
    gold = (
        [str(item) for item in answer]
        if isinstance(answer, list)
        else [str(int(answer)) if kind == "count" else str(answer)]
    )
    wanted = _normal(_joined(gold, question["scale"]))
    told = [_joined(values, scale)]
    if (
        len(values) == 1
        and not scale
        and "%" not in values[0]
        and (number := number_of(values[0])) is not None
    ):
        told.append(f"{number:.4f}")  # 0.2342 for 23.42 percent
    exact = max(float(_normal(one) == wanted) for one in told)
    f1 = max(_f1(_normal(one).split(), wanted.split()) for one in told)
    return exact, exact if kind in ("arithmetic", "count") else f1


def number_of(text: str) -> float | None:
    """The number that a text is, brackets read as a minus and a per cent sign as hundredths; None if it is none."""
    plain = re.sub(r"[$€£¥,\s]", "", text).replace("−", "-")
    match = re.fullmatch(
        r"(?P<open>\()?(?P<sign>-)?(?P<number>\d+(?:\.\d*)?|\.\d+)\)?(?P<percent>%)?\)?", plain
    )
    if match is None:
        return None
    value = float(match["number"]) * (-1 if match["open"] or match["sign"] else 1)
    return value / 100 if match["percent"] else value


def _joined(values: Sequence[str], scale: str) -> str:
    out = []
    for value in sorted(values):
        number = number_of(value)
        if number is None:
            out.append(f"{value} {scale}".strip())
        else:
            out.append(f"{number:.4f}" if "%" in value else f"{round(number, 2) * SCALES[scale]:.4f}")
    return " ".join(out)


def _normal(text: str) -> str:
    words = (_word(word) for word in _ARTICLES.sub(" ", text.lower()).split())
    return " ".join(word for word in words if word)


def _word(word: str) -> str:
    number = number_of(word)
    return (
        str(number) if number is not None else "".join(c for c in word if c not in string.punctuation + "’“”")
    )


def _f1(told: Sequence[str], wanted: Sequence[str]) -> float:
    one, two = set(told), set(wanted)
    return round(2 * len(one & two) / (len(one) + len(two)), 2) if one and two else 0.0
