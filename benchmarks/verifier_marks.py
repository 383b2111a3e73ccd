"""What marks of sentences teach the verifier, through its component and the tuning gate: python -m benchmarks.verifier_marks --data DIR

Replies of begin_wow that people labelled stand for sentences that were shown: `--marks` of the sources of one half of the sources of a half (tuning
or checking, by `--half`), a tenth of their labels turned, three in ten of them to choose on; measured are the other sources. Marks are
only of what the parent lets through, as people see nothing else. Two parents: the shipped weights, which know this kind of reply, and
weights fitted on the swap suite alone in their place, as a job stands to them that they do not know. Null marks are drawn without regard to the
sentence, inverse ones say the opposite of the label.

It does not say what real people mark, nor what a company's language model gets wrong.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, get_args
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Metric, emit, parser, say
from benchmarks.fit_verifier import logistic
from benchmarks.verify_quality import findings, labelled_rows, swap_suite
from metier.evaluate.estimates import mean
from metier.evaluate.metrics import auroc
from metier.flow.finding import Found
from metier.specialize.bench import Replay
from metier.specialize.components import verifier
from metier.specialize.rows import Example, Mark
from metier.types import Finding, Query, Release
from metier.verify import combine
from metier.verify.swaps import half

Kind = Literal["true", "null", "inverse"]
_TURNED = 0.1  # share of marks that people get wrong
_LEAST = 0.5  # the threshold that ships


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence with what the checks say of it."""

    group: str
    supported: bool
    findings: tuple[Finding, ...]


def main() -> None:
    """Prints the JSON of the contract."""
    options = parser("verifier_marks", __doc__ or "", needs_data=True)
    options.add_argument("--half", choices=("tuning", "checking"), default="checking")
    options.add_argument("--marks", type=int, nargs="+", default=[20, 100, 500])
    options.add_argument("--runs", type=int, default=20)
    given = options.parse_args()
    every = labelled_rows(given.data)
    rows = [row for row in every if half(row.group) == given.half]
    said = [Said(row.group, row.supported, tuple(findings(row.statement, row.source))) for row in rows]
    say(f"{len(said)} sentences")
    unknown = swap_weights([
        (tuple(findings(case.statement, case.source)), case.kind == "faithful")
        for case in swap_suite(every)
        if half(case.group) == "tuning"
    ])  # fmt: skip
    metrics: dict[str, Metric] = {}
    for name, weights in (("known", combine.DEFAULT), ("unknown", unknown)):
        with shipping(weights):
            for kind in get_args(Kind):
                for count in given.marks:
                    found = [
                        run(said, kind, count, np.random.default_rng(seed)) for seed in range(given.runs)
                    ]
                    metrics |= told(f"{name}_{kind}_{count}", np.array(found))
    emit("verifier_marks", metrics, record=given.record)


def told(name: str, found: NDArray[np.float64]) -> dict[str, Metric]:
    """Means over runs of (kept, gain of AUROC, gain of rightly told, gain of wrong ones shown)."""
    labels = ("kept", "auroc_gain", "right_gain", "wrong_shown_gain")
    groups = [str(number) for number in range(len(found))]
    means = {label: mean(found[:, place].tolist(), groups) for place, label in enumerate(labels)}
    say(
        name,
        *(f"{label} {value.value:+.4f}" for label, value in means.items()),
        f"worst {found[:, 2].min():+.3f}",
    )
    return {f"{label}_{name}": Metric.of(value) for label, value in means.items()}


def run(said: Sequence[Said], kind: Kind, count: int, dice: np.random.Generator) -> tuple[float, ...]:
    """What so many marks of one half of the sources bring on the other: kept or not, and three gains."""
    groups = sorted({one.group for one in said})
    dice.shuffle(groups)
    own = set(groups[: len(groups) // 2])
    parent = combine.SupportModel()
    shown = [one for one in said if one.group in own and parent.probability(one.findings) >= _LEAST]
    drawn = [shown[place] for place in dice.permutation(len(shown))[:count]]
    marks = [Replayed(one, marked(one, kind, dice)) for one in drawn]
    fitted = round(0.7 * len(marks))
    base = Release("r", (), "", {}, {"thresholds": {"support": _LEAST}})
    found = verifier.fit(base, [one.replay for one in marks[:fitted]], [one.replay for one in marks[fitted:]])
    if not found.kept:
        return (0.0, 0.0, 0.0, 0.0)
    model = combine.SupportModel(found.changes["verifier",])
    others = [one for one in said if one.group not in own]
    labels = np.array([one.supported for one in others])
    before, after = (np.array([each.probability(one.findings) for one in others]) for each in (parent, model))
    right = [float(((chance >= _LEAST) == labels).mean()) for chance in (after, before)]
    wrong = [float(((chance >= _LEAST) & ~labels).mean()) for chance in (after, before)]
    return (1.0, auroc(labels, after) - auroc(labels, before), right[0] - right[1], wrong[0] - wrong[1])


@dataclass(frozen=True, slots=True)
class Replayed:
    """A sentence that somebody marked."""

    said: Said
    supported: bool

    @property
    def replay(self) -> Replay:
        """As the component is given it."""
        mark = Mark(self.supported, "thumb", self.said.findings)
        example = Example(self.said.group, "q", "u", "", marks=(mark,))
        return Replay(example, Found(Query("q"), {}, ()), (), self.said.group)


def marked(one: Said, kind: Kind, dice: np.random.Generator) -> bool:
    """What somebody says of it."""
    if kind == "null":
        return bool(dice.random() < 0.5)
    is_turned = (dice.random() < _TURNED) != (kind == "inverse")
    return one.supported != is_turned


def swap_weights(suite: Sequence[tuple[tuple[Finding, ...], bool]]) -> dict[str, Any]:
    """Weights fitted on the swap suite alone, without those of the wrong sign."""
    found = [combine.features(own) for own, _ in suite]
    table = np.array([[one[name] for name in combine.FEATURES] for one in found])
    bias, *weights = logistic(table, np.array([float(good) for _, good in suite]), np.ones(len(suite)))
    signed = {
        name: float(value) if (value > 0) == combine.speaks_for(name) else 0.0
        for name, value in zip(combine.FEATURES, weights, strict=True)
    }
    return {"bias": min(0.0, float(bias)), "weights": signed}


@contextmanager
def shipping(weights: Any) -> Iterator[None]:
    """These weights in place of those that ship."""
    with patch.object(combine, "DEFAULT", weights), patch.object(verifier, "DEFAULT", weights):
        yield


if __name__ == "__main__":
    main()
