"""How well the verifier tells supported statements from unsupported ones, beside plain word overlap.

Two suites: replies that people labelled against the text they were given (grounded/begin_wow), and sentences made wrong
in one place by `metier.verify.swaps` (from the same texts and from invented company sentences in English and German).
The weights shipped were fitted on the tuning halves by `benchmarks.fit_verifier`; nothing is fitted here.

auroc_test is the published test split as a whole; its tuning half is among the rows the weights were fitted on.
swap_accuracy is balanced: the mean of the share of faithful sentences with P(supported) >= 0.5 and the share of wrong ones
below it. Its peer, overlap, gets the threshold that suits it best on these very rows.
"""

import json
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Metric, emit, parser, say
from metier.errors import UserError
from metier.evaluate.estimates import bootstrap, mean, proportion
from metier.evaluate.metrics import auroc
from metier.text.sentences import split_sentences
from metier.types import Citation, Draft, Evidence, Finding, Passage, Query, Statement
from metier.verify.checks import all_checks
from metier.verify.combine import SupportModel
from metier.verify.swaps import Swap, business_sentences, half, swap_cases

SEED = 20261123
RESAMPLES = 500  # an AUROC of 2,000 rows per draw: the interval's ends change by < 0.001 with 2,000 draws
OVERLAP = "share of words in the source"
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled statement with its source."""

    group: str
    source: str
    statement: str
    question: str
    supported: bool
    split: str = ""


def labelled_rows(data: Path) -> list[Row]:
    """The rows of DIR/grounded/begin_wow without "Generic" replies, which state nothing."""
    path = data / "grounded" / "begin_wow" / "rows.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}); --data names the folder of test data"
        ) from None
    rows = [json.loads(line) for line in lines]
    return [
        Row(
            row["context"],
            row["context"],
            row["response"],
            row["message"],
            row["label"] == "Fully attributable",
            row.get("split", ""),
        )
        for row in rows
        if row["label"] != "Generic"
    ]


def swap_suite(rows: Sequence[Row], seed: int = SEED, contexts: int = 400) -> list[Swap]:
    """Swapped sentences of up to `contexts` sources of `rows` and of the invented company texts, the same each time."""
    rng = random.Random(seed)
    suite: list[Swap] = []
    sources = sorted({row.source for row in rows})
    for source in rng.sample(sources, min(contexts, len(sources))):
        sentences = [source[start:end] for start, end in split_sentences(source, "en")]
        sentence = max(sentences, key=len, default="")
        if sentence:
            suite += swap_cases(source, source, sentence, "en", rng)
    for group, source, sentence, language in business_sentences(rng, per_template=8):
        suite += swap_cases(group, source, sentence, language, rng)
    return suite


def findings(statement: str, source: str, question: str = "") -> list[Finding]:
    """What all checks say about a statement that cites the whole of `source`."""
    passage = Passage("p", "d", "source", "", 1, 0, len(source), source, (), "text", "", "", ())
    citation = Citation("c", "d", "source", "", "", 1, 0, len(source), source)
    return judged(Query(question), Statement("s", statement, (citation,)), (Evidence(passage, 1.0),))


def judged(query: Query, statement: Statement, evidence: Sequence[Evidence]) -> list[Finding]:
    """What all checks say about a statement."""
    draft = Draft((statement,), "benchmark")
    return [finding for check in all_checks() for finding in check.check(query, draft, evidence)]


def plain_overlap(statement: str, source: str) -> float:
    """The baseline: share of the words of `statement`, as written, that occur in `source`."""
    words, known = _WORD.findall(statement.lower()), set(_WORD.findall(source.lower()))
    return sum(word in known for word in words) / len(words) if words else 0.0


def area(rows: NDArray[np.float64]) -> float:
    """AUROC of rows (label, score), nan if one class is missing."""
    labels = rows[:, 0]
    return auroc(labels, rows[:, 1]) if 0 < labels.sum() < len(labels) else float("nan")


def balanced(rows: NDArray[np.float64]) -> float:
    """Balanced accuracy of rows (label, accepted), nan if one class is missing."""
    right, wrong = rows[rows[:, 0] == 1], rows[rows[:, 0] == 0]
    return (
        (float(right[:, 1].mean()) + 1 - float(wrong[:, 1].mean())) / 2
        if len(right) and len(wrong)
        else float("nan")
    )


def main() -> None:
    """Prints the JSON of the contract."""
    options = parser("verify_quality", __doc__ or "", needs_data=True).parse_args()
    model = SupportModel()
    rows = labelled_rows(options.data)
    say(f"{len(rows)} labelled replies")
    metrics = _labelled(rows, model)
    suite = swap_suite(rows)
    say(f"{len(suite)} cases of the swap suite")
    metrics |= _swapped(suite, model)
    emit("verify_quality", metrics, record=options.record)


def _labelled(rows: Sequence[Row], model: SupportModel) -> dict[str, Metric]:
    scores, milliseconds = [], []
    for row in rows:
        start = time.perf_counter()
        scores.append(model.probability(findings(row.statement, row.source, row.question)))
        sentences = max(1, len(split_sentences(row.statement, "en")))
        milliseconds.append((time.perf_counter() - start) * 1000 / sentences)
    table = np.array(
        [
            (row.supported, score, plain_overlap(row.statement, row.source))
            for row, score in zip(rows, scores, strict=True)
        ],
        dtype=np.float64,
    )
    groups = [row.group for row in rows]
    checking = np.array([half(group) == "checking" for group in groups])
    metrics = {"ms_per_sentence": Metric.of(mean(milliseconds, groups))}
    parts = [("", checking), ("_all", np.ones(len(rows), dtype=bool)), ("_tuning", ~checking)]
    if any(in_test := [row.split == "test" for row in rows]):
        parts.append(("_test", np.array(in_test)))
    for suffix, chosen in parts:
        picked = table[chosen]
        clusters = [group for group, take in zip(groups, chosen, strict=True) if take]
        rng = np.random.default_rng(SEED)
        plain = bootstrap(picked[:, [0, 2]], rng=rng, clusters=clusters, statistic=area, resamples=RESAMPLES)
        ours = bootstrap(picked[:, [0, 1]], rng=rng, clusters=clusters, statistic=area, resamples=RESAMPLES)
        metrics[f"auroc{suffix}"] = Metric.of(ours, plain.value, OVERLAP)
        metrics[f"auroc_overlap{suffix}"] = Metric.of(plain)
        say(f"auroc{suffix}: {ours.value:.4f}, overlap {plain.value:.4f}")
    return metrics


def _swapped(suite: Sequence[Swap], model: SupportModel) -> dict[str, Metric]:
    accepted = np.array(
        [model.probability(findings(case.statement, case.source)) >= 0.5 for case in suite], dtype=np.float64
    )
    faithful = np.array([case.kind == "faithful" for case in suite])
    overlap = np.array([plain_overlap(case.statement, case.source) for case in suite])
    checking = np.array([half(case.group) == "checking" for case in suite])
    metrics = {}
    for suffix, chosen in (("", checking), ("_all", np.ones(len(suite), dtype=bool)), ("_tuning", ~checking)):
        table = np.column_stack([faithful, accepted])[chosen].astype(np.float64)
        clusters = [case.group for case, take in zip(suite, chosen, strict=True) if take]
        rng = np.random.default_rng(SEED)
        ours = bootstrap(table, rng=rng, clusters=clusters, statistic=balanced, resamples=RESAMPLES)
        peer = max(
            balanced(np.column_stack([faithful, overlap >= cut])[chosen].astype(np.float64))
            for cut in np.unique(overlap[chosen])
        )
        metrics[f"swap_accuracy{suffix}"] = Metric.of(ours, peer, f"{OVERLAP}, its best threshold")
    for kind in sorted({case.kind for case in suite}):
        chosen = np.array([case.kind == kind for case in suite]) & checking
        clusters = [case.group for case, take in zip(suite, chosen, strict=True) if take]
        right = accepted[chosen] == (kind == "faithful")
        metrics[f"swap_accuracy_{kind}"] = Metric.of(proportion(right, clusters))
    for language in ("de", "en"):
        chosen = np.array([case.language == language for case in suite]) & checking
        table = np.column_stack([faithful, accepted])[chosen].astype(np.float64)
        clusters = [case.group for case, take in zip(suite, chosen, strict=True) if take]
        rng = np.random.default_rng(SEED)
        metrics[f"swap_accuracy_{language}"] = Metric.of(
            bootstrap(table, rng=rng, clusters=clusters, statistic=balanced, resamples=RESAMPLES)
        )
    return metrics


if __name__ == "__main__":
    main()
