"""How fast is scoring, and does it come out the same? A made-up run of N cases, graded, summed up, compared, certified.

`--data` is accepted for uniformity and not read. Answers are made from the seed: right, wrong, declined, some uncited;
two to three sentences with a citation each, as a workspace gives them. Asking the system is not in it.

cases_per_s: cases through scoring, figures, comparison with a second run, certificate and all four report files.
identical: 1 if a second pass over the same run gives the same bytes.
"""

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from benchmarks.common import Metric, emit, parser, say
from metier.evaluate.report import build_report
from metier.evaluate.report_files import as_html, as_json, as_junit, as_markdown
from metier.evaluate.run import Row, Run
from metier.evaluate.suites import fingerprint
from metier.types import Abstention, Answer, Case, Citation, EvidenceQuote, Outcome, Statement

_THEN = datetime(2026, 1, 1, tzinfo=UTC)  # the clock is an argument: a report of the same run is the same


def made_run(name: str, cases: int, seed: int) -> Run:
    """A run of made-up answers; the questions depend on their number alone, the answers on the seed."""
    rng = np.random.default_rng(seed)
    rows = tuple(_row(number, rng) for number in range(cases))
    return Run(name, "made", fingerprint(row.case for row in rows), "2026-01-01T00:00:00+00:00", rows)


def _row(number: int, rng: np.random.Generator) -> Row:
    days, uri = 10 + number % 90, f"contracts/{number // 2}.md"
    quote = f"The notice period of contract {number} is {days} days to the end of the month."
    kind = "unanswerable" if number % 10 == 9 else "answerable"
    case = Case(
        f"case-{number:05}", f"How long is the notice period of contract {number}?", "-", kind,  # type: ignore[arg-type]
        (f"{days} days",) if kind == "answerable" else (), "span", evidence=(EvidenceQuote(uri, quote),),
        group=uri, tags=(f"part-{number % 4}",),
    )  # fmt: skip
    confidence = float(rng.random())
    if rng.random() < 0.15:
        return Row(
            case, Answer("", Outcome.ABSTAINED, "", abstention=Abstention("not said")), 0.1, confidence
        )
    said = days if rng.random() < 0.6 + 0.4 * confidence else days + 1
    cited = Citation("c1", "d", uri, uri, "", 1, 0, len(quote), quote)
    sentences = (
        Statement("s1", f"The notice period is {said} days.", (cited,) if rng.random() < 0.95 else (), 0.9),
        Statement("s2", "It runs to the end of a month, as the contract says.", (cited,), 0.8),
    )
    return Row(case, Answer("", Outcome.ANSWERED, "", sentences), 0.1, confidence)


def everything(run: Run, baseline: Run) -> str:
    """All that a report of the run consists of, as one text."""
    report = build_report(run, baseline, 0.2, 0.05, _THEN)
    data = json.dumps(as_json(report), sort_keys=True)
    return "\n".join([data, as_html(report), as_junit(report), as_markdown(report)])


def measure(cases: int) -> dict[str, Metric]:
    """Seconds of the first pass, and whether a second one agrees to the byte."""
    run, baseline = made_run("new", cases, 1), made_run("old", cases, 2)
    begun = time.perf_counter()
    first = everything(run, baseline)
    seconds = time.perf_counter() - begun
    say(f"{cases} cases in {seconds:.2f} s")
    # Copied deeply, so that nothing cached with the values can help.
    again = dataclasses.replace(run, rows=tuple(dataclasses.replace(row) for row in run.rows))
    return {
        "cases_per_s": Metric(cases / seconds, n=cases),
        "seconds": Metric(seconds, n=cases),
        "identical": Metric(float(everything(again, baseline) == first), n=1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    options = _options(arguments)
    emit("eval_speed", measure(options.cases), record=options.record, options={"cases": options.cases})
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("eval_speed", "how fast cases are scored")
    options.add_argument("--cases", type=int, default=1000)
    return options.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
