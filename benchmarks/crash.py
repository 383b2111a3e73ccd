"""Claim: whenever `metier ingest` is killed, nothing is lost, nothing is there twice, and the next run goes on.

Makes a workspace over generated texts, broken files and the PDFs of DIR/extract/pages/pdf, kills the ingest (its whole
process tree, or the parent alone, or the power of the machine) at random and at chosen moments, changes the folder in
between, and checks the laws of the workspace from outside. `--bugs` plants known crash bugs in a copy of the package and
counts how many of them the same campaign finds.

    python -m benchmarks.crash --data DIR [--kills 50] [--bugs] [--seed N] [--documents N]
"""

import random
import statistics
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.common import Metric, emit, parser, say
from benchmarks.crash_bugs.bugs import BUGS, Bug, copy_package
from benchmarks.crash_bugs.campaign import Campaign, Result
from benchmarks.crash_bugs.checks import DUPLICATES, LOSSES
from benchmarks.crash_bugs.corpus import Corpus
from metier.evaluate.estimates import clopper_pearson

_MOST_PDFS = 100
# A bug is looked for on a smaller folder, because each kill then takes less time; the moments are drawn alike.
_BUG_DOCUMENTS, _BUG_PDFS, _BUG_KILLS = 90, 8, 40
_DEEPEN_S = 1.0  # sentence vectors are killed too, without waiting for all of them


def main() -> int:
    """Exit code: 1 if a law was broken, or if fewer than nine in ten planted bugs were found."""
    options = parser("crash", "Kills ingests and looks for what is lost or doubled.", needs_data=True)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--documents", type=int, default=350, help="generated text files")
    options.add_argument("--bugs", action="store_true", help="also plant crash bugs and count those found")
    options.add_argument("--only", nargs="*", default=None, help="with --bugs: only these")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    pdfs = sorted((given.data / "extract" / "pages" / "pdf").glob("*.pdf"))[:_MOST_PDFS]
    if not pdfs:
        options.error(f"there are no PDFs in {given.data}/extract/pages/pdf")
    metrics: dict[str, Metric] = {}
    good = True
    if given.kills:
        result = campaign(pdfs, given.documents, given.kills, given.seed, _DEEPEN_S)
        tell(result)
        metrics, good = measured(result), not result.violations
    if given.bugs:
        bugs = [bug for bug in BUGS if given.only is None or bug.name in given.only]
        found = {bug.name: found_by(bug, pdfs, given.seed) for bug in bugs}
        count = sum(bool(kind) for kind in found.values())
        for name, kind in found.items():
            say(f"{name:28} {kind or 'NOT FOUND'}")
        metrics["bugs_planted"] = Metric(len(found))
        metrics["bugs_found"] = Metric(count, n=len(found))
        good = good and count >= 0.9 * len(found)
    emit("crash", metrics, record=given.record, options={"kills": given.kills, "documents": given.documents,
                                                         "seed": given.seed, "bugs": given.bugs})  # fmt: skip
    return 0 if good else 1


def campaign(
    pdfs: list[Path],
    documents: int,
    kills: int,
    seed: int,
    deepen_s: float,
    bug: Bug | None = None,
) -> Result:
    """What `kills` kills did to a new workspace, with the package as it is or with a bug in it."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="metier-crash-") as folder:
        base = Path(folder).resolve()
        # a copy either way: whoever edits the package during a long campaign must not take part in it
        source = copy_package(base / "source", bug)
        corpus = Corpus(base / "documents", pdfs, documents, rng)
        return Campaign(base, source, corpus, rng, deepen_s, say).run(kills, stop_at_first=bug is not None)


def found_by(bug: Bug, pdfs: list[Path], seed: int) -> str:
    """The laws that the planted bug was seen to break and after how many kills, or "" if it was not found."""
    say(f"--- planted: {bug.name}: {bug.says}")
    result = campaign(pdfs[:_BUG_PDFS], _BUG_DOCUMENTS, _BUG_KILLS, seed, 0.0, bug)
    kinds = sorted({violation.kind for _, violation in result.violations})
    return f"{', '.join(kinds)} after {result.kills} kills" if kinds else ""


def tell(result: Result) -> None:
    """What happened, to stderr."""
    say(f"kills {result.kills}: {dict(result.hit)}; runs that ended {result.ended}; searches checked {result.asked}; "
        f"files taken by power cuts {result.taken}; tables an operator had to rename {result.repairs}")  # fmt: skip
    kinds = Counter(violation.kind for _, violation in result.violations)
    say("violations:", ", ".join(f"{kind} {number}" for kind, number in kinds.most_common()) or "none")


def measured(result: Result) -> dict[str, Metric]:
    """The figures of the contract; shares of kills carry the exact 95% interval, also where nothing happened."""
    lost = [item for item in result.violations if item[1].kind in LOSSES]
    double = [item for item in result.violations if item[1].kind in DUPLICATES]
    resumed = result.resume_s

    def share(found: list[object]) -> Metric:
        return Metric.of(clopper_pearson(min(len(found), result.kills), result.kills))

    return {
        "kills": Metric(result.kills),
        "lost": Metric(len(lost), n=result.kills),
        "duplicates": Metric(len(double), n=result.kills),
        "loss_rate": share(list(lost)),
        "duplicate_rate": share(list(double)),
        "violations": Metric(len(result.violations), n=result.kills),
        "resume_s": Metric(statistics.median(resumed) if resumed else float("nan"), n=len(resumed)),
    }


if __name__ == "__main__":
    raise SystemExit(main())
