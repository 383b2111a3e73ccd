"""Claim: whenever `metier ingest` is killed, nothing is lost, nothing is there twice, and the next run goes on.

Makes a workspace over generated texts, broken files and the PDFs of DIR/extract/pages/pdf, kills the ingest (its whole
process tree, or the parent alone, or the power of the machine) at moments drawn by dice, changes the folder in between,
and checks the laws of the workspace from outside. On a small folder it then kills in every window between two writes.
`--bugs` plants known crash bugs in copies of the package and counts how many of them the kills on the small folder find,
`--suite` plants bugs of the sandbox and counts how many of them the tests find.

    python -m benchmarks.crash --data DIR [--kills 50] [--bugs] [--suite] [--seed N] [--documents N] [--jobs N]
"""

import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.common import Metric, emit, parser, say
from benchmarks.crash_bugs.aimed import aim
from benchmarks.crash_bugs.bugs import BUGS, Bug, copy_package
from benchmarks.crash_bugs.campaign import Campaign, Result
from benchmarks.crash_bugs.checks import DUPLICATES, LOSSES
from benchmarks.crash_bugs.corpus import Corpus
from benchmarks.crash_bugs.process import Program
from benchmarks.crash_bugs.suite import SUITE_BUGS, SuiteBug, run_tests
from metier.evaluate.estimates import clopper_pearson

_MOST_PDFS = 100
_DEEPEN_S = 1.0  # sentence vectors are killed too, without waiting for all of them
# Aimed kills need a folder with some of everything, not a large one: each kill then takes a second or two.
_FEW_DOCUMENTS, _FEW_PDFS = 24, 2
# A run of that folder has 25 to 45 windows, and there are three: enough for all of them.
_AIMED, _THEN = 120, 10


def main() -> int:
    """Exit code: 1 if a law was broken, or if fewer than nine in ten planted bugs were found."""
    options = parser("crash", "Kills ingests and looks for what is lost or doubled.", needs_data=True)
    options.add_argument(
        "--kills", type=int, default=50, help="at moments drawn by dice; 0 = the small folder alone"
    )
    options.add_argument("--documents", type=int, default=350, help="generated text files")
    options.add_argument("--bugs", action="store_true", help="also plant crash bugs and count those found")
    options.add_argument(
        "--suite", action="store_true", help="also plant sandbox bugs, to be found by the tests"
    )
    options.add_argument("--only", nargs="*", default=None, help="with --bugs: only these")
    options.add_argument(
        "--jobs", type=int, default=2, help="so many copies of the package are killed at a time"
    )
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    pdfs = sorted((given.data / "extract" / "pages" / "pdf").glob("*.pdf"))[:_MOST_PDFS]
    if not pdfs:
        options.error(f"there are no PDFs in {given.data}/extract/pages/pdf")
    bugs = [bug for bug in BUGS if given.bugs and (given.only is None or bug.name in given.only)]
    drawn = at_random(pdfs, given.documents, given.kills, given.seed) if given.kills else Result()
    tell(drawn)
    began = time.perf_counter()
    with ThreadPoolExecutor(given.jobs) as pool:
        sound = pool.submit(everywhere, pdfs, given.seed)
        found = dict(zip(bugs, pool.map(lambda bug: found_by(bug, pdfs, given.seed), bugs), strict=True))
        aimed = sound.result()
    tell(aimed)
    metrics = measured(drawn, aimed)
    good = not drawn.violations and not aimed.violations
    if bugs:
        for bug, how in found.items():
            say(f"{bug.name:28} {how or 'NOT FOUND'}")
        count = sum(bool(how) for how in found.values())
        metrics |= {"bugs_planted": Metric(len(bugs)), "bugs_found": Metric(count, n=len(bugs)),
                    "bugs_s": Metric(time.perf_counter() - began, n=len(bugs))}  # fmt: skip
        good = good and count >= 0.9 * len(bugs)
    if given.suite:
        planted = [item for item in SUITE_BUGS if given.only is None or item.bug.name in given.only]
        caught = caught_by_tests(planted)
        metrics |= {"suite_bugs_planted": Metric(len(planted)),
                    "suite_bugs_found": Metric(caught, n=len(planted))}  # fmt: skip
        good = good and caught >= 0.95 * len(planted)
    emit("crash", metrics, record=given.record, options={"kills": given.kills, "documents": given.documents,
                                                         "seed": given.seed, "bugs": given.bugs})  # fmt: skip
    return 0 if good else 1


@contextmanager
def campaign(
    pdfs: list[Path],
    documents: int,
    seed: int,
    deepen_s: float,
    workers: int,
    bug: Bug | None = None,
    says: Callable[..., None] = say,
) -> Iterator[Campaign]:
    """A new folder to be ingested, and the package as it is or with a bug in it, ready to be killed."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="metier-crash-") as folder:
        base = Path(folder).resolve()
        # a copy either way: whoever edits the package during a long campaign must not take part in it
        source = copy_package(base / "source", bug)
        corpus = Corpus(base / "documents", pdfs, documents, rng)
        with Program(source, base) as program:
            yield Campaign(base, program, corpus, rng, deepen_s, workers, says)


def at_random(pdfs: list[Path], documents: int, kills: int, seed: int) -> Result:
    """What `kills` kills at moments drawn by dice did to the package as it is."""
    with campaign(pdfs, documents, seed, _DEEPEN_S, workers=0) as running:
        return running.run(kills)


def everywhere(pdfs: list[Path], seed: int, bug: Bug | None = None) -> Result:
    """What a kill in each window did, and a few by dice; with a bug, until a law was seen broken."""
    says = partial(say, f"{bug.name}:") if bug else say
    with campaign(pdfs[:_FEW_PDFS], _FEW_DOCUMENTS, seed, 0.0, 1, bug, says) as running:

        def enough() -> bool:
            return bug is not None and bool(running.result.violations)

        aim(running, _AIMED, enough)
        return running.result if enough() else running.run(_THEN, enough)


def found_by(bug: Bug, pdfs: list[Path], seed: int) -> str:
    """The laws that the planted bug was seen to break and after how many kills, or "" if it was not found."""
    began = time.perf_counter()
    result = everywhere(pdfs, seed, bug)
    kinds = sorted({violation.kind for _, violation in result.violations})
    seconds = time.perf_counter() - began
    say(f"--- {bug.name}: {', '.join(kinds) or 'NOT FOUND'} after {result.kills} kills, {seconds:.0f} s")
    return f"{', '.join(kinds)} after {result.kills} kills" if kinds else ""


def caught_by_tests(bugs: Sequence[SuiteBug]) -> int:
    """How many of the bugs make a test of their room fail. Raises RuntimeError if one fails without them."""
    passed, test = run_tests(sorted({test for planted in bugs for test in planted.tests}))
    if not passed:
        raise RuntimeError(f"{test} fails without any bug")
    caught = 0
    for planted in bugs:
        passed, test = run_tests(planted.tests, planted.bug)
        say(f"{planted.bug.name:28} {'NOT FOUND' if passed else test}")
        caught += not passed
    return caught


def tell(result: Result) -> None:
    """What happened, to stderr."""
    say(f"kills {result.kills}: {dict(result.hit)}; runs that ended {result.ended}; searches checked {result.asked}; "
        f"files taken by power cuts {result.taken}; tables an operator had to rename {result.repairs}")  # fmt: skip
    kinds = Counter(violation.kind for _, violation in result.violations)
    say("violations:", ", ".join(f"{kind} {number}" for kind, number in kinds.most_common()) or "none")


def measured(drawn: Result, aimed: Result) -> dict[str, Metric]:
    """The figures of the contract; shares of kills carry the exact 95% interval, also where nothing happened."""
    violations = [violation for _, violation in drawn.violations + aimed.violations]
    kills, resumed = drawn.kills + aimed.kills, drawn.resume_s or aimed.resume_s
    lost = sum(violation.kind in LOSSES for violation in violations)
    double = sum(violation.kind in DUPLICATES for violation in violations)

    def share(found: int) -> Metric:
        return Metric.of(clopper_pearson(min(found, kills), kills))

    return {
        "kills": Metric(kills),
        "kills_by_dice": Metric(drawn.kills),
        "kills_aimed": Metric(aimed.kills),
        "lost": Metric(lost, n=kills),
        "duplicates": Metric(double, n=kills),
        "loss_rate": share(lost),
        "duplicate_rate": share(double),
        "violations": Metric(len(violations), n=kills),
        "resume_s": Metric(statistics.median(resumed) if resumed else float("nan"), n=len(resumed)),
    }


if __name__ == "__main__":
    raise SystemExit(main())
