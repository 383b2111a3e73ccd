"""Fits the weights that ship with the verifier: python -m benchmarks.fit_verifier --data DIR

Logistic regression on the tuning halves of grounded/begin_wow (CC BY 4.0) and of the generated swap suite, each set with
the same total weight. Writes src/metier/verify/weights.json: numbers and where they come from, never rows. Not a
benchmark: `benchmarks.verify_quality` measures on the checking halves.
"""

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import ROOT, parser, say
from benchmarks.verify_quality import findings, labelled_rows, swap_suite
from metier.verify.combine import FEATURES, features
from metier.verify.swaps import half

RIDGE = 0.3  # on weights in units of one; keeps the weights of rare faults finite, 0.03-3 changed AUROC by < 0.001
FITTED = ROOT / "src" / "metier" / "verify" / "weights.json"
# Overlap can only speak for a statement, faults only against it. A weight that comes out with the other sign has fitted
# an accident of the sets, and is dropped.
_POSITIVE = ("words", "tokens", "order", "pairs", "known")


def logistic(
    table: NDArray[np.float64], labels: NDArray[np.float64], weight: NDArray[np.float64], ridge: float = RIDGE
) -> NDArray[np.float64]:
    """Intercept and coefficients of a weighted, ridge-penalised logistic regression (Newton's method)."""
    design = np.column_stack([np.ones(len(table)), table])
    penalty = np.diag([0.0, *[ridge] * table.shape[1]])
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (weight * (labels - p)) - penalty @ beta
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design + penalty
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    return np.asarray(beta, dtype=np.float64)


def main() -> None:
    """Fits, prints and writes the weights."""
    options = parser("fit_verifier", __doc__ or "", needs_data=True).parse_args()
    rows = labelled_rows(options.data)
    labelled = [(row.statement, row.source, row.supported) for row in rows if half(row.group) == "tuning"]
    swapped = [
        (case.statement, case.source, case.kind == "faithful")
        for case in swap_suite(rows)
        if half(case.group) == "tuning"
    ]
    table = np.array([_row(statement, source) for statement, source, _ in (*labelled, *swapped)])
    labels = np.array([supported for _, _, supported in (*labelled, *swapped)], dtype=np.float64)
    each = (len(labelled) + len(swapped)) / 2
    weight = np.array([each / len(labelled)] * len(labelled) + [each / len(swapped)] * len(swapped))
    names = list(FEATURES)
    while True:
        used = [FEATURES.index(name) for name in names]
        beta = logistic(table[:, used], labels, weight)
        wrong = [
            name for name, value in zip(names, beta[1:], strict=True) if (value > 0) != (name in _POSITIVE)
        ]
        if not wrong:
            break
        say("dropped for its sign:", *wrong)
        names = [name for name in names if name not in wrong]
    write(names, beta, len(labelled), len(swapped))


def write(names: Sequence[str], beta: NDArray[np.float64], labelled: int, swapped: int) -> None:
    """Writes the weights with what they were fitted on."""
    weights = {name: round(float(value), 3) for name, value in zip(names, beta[1:], strict=True)}
    fitted = {
        "bias": round(float(beta[0]), 3),
        "weights": weights,
        "fitted": {
            "sets": [
                {
                    "name": "begin_wow (google/BEGIN-dataset)",
                    "licence": "CC BY 4.0",
                    "half": "tuning",
                    "rows": labelled,
                },
                {"name": "metier.verify.swaps", "licence": "Apache-2.0", "half": "tuning", "rows": swapped},
            ],
            "halves": "sha256 of the source text or template, first byte even",
            "script": "benchmarks/fit_verifier.py",
        },
    }
    FITTED.write_text(json.dumps(fitted, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    say(json.dumps({"bias": fitted["bias"], **weights}))


def _row(statement: str, source: str) -> list[float]:
    found = features(findings(statement, source))
    return [found[name] for name in FEATURES]


if __name__ == "__main__":
    main()
