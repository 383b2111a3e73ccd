"""Is a wrong answer blamed on the stage that was broken? On the example company; `--data` is accepted and not read.

Questions that are answered right are asked again with one stage wrapped (benchmarks/faults.py: 15 faults of 8 stages, most
hit the passages of this case, some whatever is asked). What is wrong then goes to the attributor, which sees the answer's
row (what was found, shown, drafted, dropped) and the documents as the workspace has them; not the fault, nor the right
answer's row. A fault that leaves the answer right is not counted.

faults: wrong answers with one planted cause. agreed: share blamed on the stage that was wrapped (95% interval over the
groups of cases); agreed_* the same by stage.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path

from benchmarks.common import Metric, emit, parser, say
from benchmarks.company import build, ingest
from benchmarks.faults import CASE_FAULTS
from metier.errors import UserError
from metier.evaluate.attribution import Blame, attribute
from metier.evaluate.cases import read_cases
from metier.evaluate.estimates import proportion
from metier.evaluate.grade import TO_ANSWER, grade
from metier.evaluate.needed import Corpus, Needed, needed
from metier.flow.answer import rehearse
from metier.system import open_system
from metier.types import Case

Row = tuple[str, str, Case, Blame]  # stage, fault, case, what it was blamed on


def right_cases(corpus: Corpus, cases: Sequence[Case], most: int = 0) -> list[tuple[Case, list[Needed]]]:
    """Cases answered right now whose evidence is all there, in the order of their hash; at most `most` (0 = all)."""
    out: list[tuple[Case, list[Needed]]] = []
    for case in sorted(cases, key=lambda item: sha256(item.id.encode()).digest()):
        if case.kind not in TO_ANSWER or not case.evidence:
            continue
        access = corpus.settings.access(case.user)
        answer = rehearse(corpus.journey(), case.question, access).answer
        pieces = needed(case, corpus, access)
        if grade(answer, case).right and all(item.standing == "there" for item in pieces):
            out.append((case, pieces))
        if most and len(out) == most:
            break
    return out


def plant_all(corpus: Corpus, cases: Sequence[tuple[Case, list[Needed]]], each: int) -> list[Row]:
    """Every fault on `each` cases, dealt in turn so that faults share cases as little as can be."""
    rows: list[Row] = []
    named = [(stage, name, plant) for stage, some in CASE_FAULTS.items() for name, plant in some.items()]
    for number, (stage, name, plant) in enumerate(named):
        drawn = [cases[(number * each + i) % len(cases)] for i in range(min(each, len(cases)))]
        for case, pieces in drawn:
            view = plant(corpus, pieces)
            trace = rehearse(view.parts, case.question, view.settings.access(case.user))
            if not grade(trace.answer, case).right:
                rows.append((stage, name, case, attribute(case, trace.answer, trace, view)))
        mine = [row for row in rows if row[1] == name]
        told = Counter(row[3].stage for row in mine)
        say(f"{stage}: {name}: {len(mine)} wrong of {len(drawn)}; blamed on {dict(told)}")
    return rows


def figures(rows: Sequence[Row]) -> dict[str, Metric]:
    """The metrics of all planted faults that made an answer wrong."""
    out = {"faults": Metric(len(rows), n=len(rows)), "agreed": _agreed(rows)}
    for stage in CASE_FAULTS:
        if some := [row for row in rows if row[0] == stage]:
            out["agreed_" + stage.replace(" ", "_")] = _agreed(some)
    return out


def _agreed(rows: Sequence[Row]) -> Metric:
    if not rows:
        return Metric(float("nan"), n=0)
    return Metric.of(proportion([row[0] == row[3].stage for row in rows], [row[2].group for row in rows]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    options = parser("attribution", "whether a wrong answer is blamed on the stage that was broken")
    options.add_argument(
        "--seed", type=int, default=3, help="which example company; 1 was used in development"
    )
    options.add_argument("--documents", type=int, default=120)
    options.add_argument("--each", type=int, default=25, help="cases per fault")
    options.add_argument("--pool", type=int, default=120, help="cases that faults are dealt to; 0 = all")
    options.add_argument("--workspace", type=Path, help="keep the company here, or use the one that is there")
    chosen = options.parse_args(arguments)
    rows: list[Row] = []
    keep = nullcontext(chosen.workspace) if chosen.workspace else tempfile.TemporaryDirectory()
    with keep as folder:
        try:
            build(Path(folder), chosen.seed, chosen.documents, None)
            with open_system(Path(folder)) as system:
                ingest(system)
                cases = right_cases(system, read_cases(Path(folder) / "cases.jsonl"), chosen.pool)
                say(f"{len(cases)} cases are answered right")
                rows = plant_all(system, cases, chosen.each) if cases else []
        except UserError as error:
            say(str(error))
    told = {"seed": chosen.seed, "documents": chosen.documents, "each": chosen.each}
    emit("attribution", figures(rows), record=chosen.record, options=told)
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main())
