"""Is a fault of one stage noticed, and the stage named, from answers alone? `--data` is accepted and not read.

The example company is asked once as it is, then with each of 12 faults (benchmarks/faults.py), planted by wrapping one stage's
protocol in the real pipeline; faults of reading wrap the extractor, and everything is ingested again. The evaluator
(evaluate/diagnosis.py) sees the answers of before and after as a run keeps them (with their confidence), and the documents as a workspace of its own reads
them; it may put a few questions to the broken system. It sees no trace, no wrapper and no name.

Up to 800 cases are asked of a broken system: the company's 300, then cases made from its documents, then variants of these. They are asked in four parts (100,
200, 400 and 800 cases) with a quarter of the 5% for each, and no further once the fault is noticed, since more answers would only say so
again. What a fault does not touch is remembered: the same question retrieves, ranks and drafts the same.

planted: faults. detected_with_stage: how many were noticed (exact test at 5% over all four looks) with the right stage named. detected:
noticed, whatever was named. cases: how many there were. cases_asked: mean over the faults. stage_*: 1 if the right stage was named, by fault; n = answers it broke.
false_alarms: of the unbroken systems (documents read anew; one passage fewer given to the generator) so many were called broken, 200
cases asked of each. false_alarm_rate: of 20,000 simulated unbroken systems that answer a fifth of the cases anew, with the same four looks.
"""

import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.common import Metric, emit, parser, say
from benchmarks.company import build, ingest
from benchmarks.faults import SYSTEMIC, Reading, Systemic, View, remembered
from metier.connect.containers import Containers
from metier.errors import UserError
from metier.evaluate.cases import read_cases
from metier.evaluate.diagnosis import SURE, Diagnosis, diagnose, notice
from metier.evaluate.estimates import clopper_pearson
from metier.evaluate.grade import grade
from metier.evaluate.making.perturb import perturbed
from metier.evaluate.making.verb import generate_cases
from metier.evaluate.needed import Corpus
from metier.evaluate.run import Row
from metier.flow.answer import rehearse
from metier.flow.answering import Answering
from metier.flow.ingestion import Ingestion
from metier.settings import load_settings
from metier.store.workspace import find_workspace
from metier.system import System, open_system
from metier.system.intake import Intake
from metier.system.opened import Opened
from metier.types import Answer, Case

_UNBROKEN = (
    200  # cases asked of an unbroken system: all of them are asked, where a fault is noticed after some
)


_LONGEST_S = 300.0  # for the first pass over all cases: the whole takes about three times that


@dataclass(frozen=True, slots=True)
class Broken:
    """A system with one fault; answers leave it, and nothing else."""

    settings: Any
    parts: Answering

    def ask(self, case: Case) -> Answer:
        return rehearse(self.parts, case.question, self.settings.access(case.user)).answer

    def row(self, case: Case) -> Row:
        """As a run keeps it: the answer, and how sure its draft was."""
        trace = rehearse(self.parts, case.question, self.settings.access(case.user))
        return Row(case, trace.answer, 0.0, trace.draft.confidence if trace.draft else None)


class MisreadingIntake(Intake):
    """The real Intake, its extractor wrapped."""

    def __init__(self, opened: Opened, change: Any) -> None:
        super().__init__(opened)
        self._change = change

    def ingestion(self, connectors: Sequence[Containers]) -> Ingestion:
        made = super().ingestion(connectors)
        return replace(made, extractor=Reading(made.extractor, self._change))


class MisreadSystem(System):
    """The real System, reading with a fault."""

    def __init__(self, folder: Path, change: Any) -> None:
        workspace = find_workspace(folder)
        super().__init__(workspace, load_settings(workspace.settings))
        self._intake = MisreadingIntake(self._open, change)


def asked_within(system: Broken, cases: Sequence[Case], seconds: float) -> list[Row]:
    """Rows of as many cases, in their order, as are answered in about so long; a slow machine has a smaller suite, and says so."""
    begun, rows = perf_counter(), list[Row]()
    for start in range(0, len(cases), 50):
        if rows and perf_counter() - begun > seconds:
            break
        rows += answers(system, cases[start : start + 50])
    return rows


def suite_of(folder: Path, healthy: System, n: int) -> list[Case]:
    """`n` cases (0 = the company's own): the company's by hash, then cases made from its documents, then these asked otherwise."""
    own = chosen_cases(read_cases(folder / "cases.jsonl"), n)
    if n <= len(own):
        return own
    known = {case.id for case in own}
    made = [
        case for case in generate_cases(healthy, n - len(own), seed=5).suite.cases if case.id not in known
    ]
    asked = own + chosen_cases(made, 0)
    varied = chosen_cases([variant for case in made for variant in perturbed(case)], 0)
    return asked + varied[: max(0, n - len(asked))]


def _is_right(row: Row) -> bool:
    return row.answer is not None and grade(row.answer, row.case).right


def chosen_cases(cases: Sequence[Case], n: int) -> list[Case]:
    """`n` of the cases (0 = all) by the hash of their ids; kinds come in the shares they have."""
    ordered = sorted(cases, key=lambda case: sha256(case.id.encode()).digest())
    return ordered[:n] if n else ordered


def answers(system: Broken, cases: Sequence[Case]) -> list[Row]:
    """What the system says to each case, as it leaves; two are asked at a time."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(system.row, cases))


def examine(
    fault: Systemic, healthy: System, parts: Answering, before: Sequence[Row], folder: Path, most: int
) -> tuple[Diagnosis, int]:
    """What the evaluator says of the system with the fault in it, and after how many cases. `parts` are the healthy system's, which
    remember what was asked of them."""
    twin = View(healthy.settings, parts, healthy.passages)
    if fault.reads is None:
        return told(Broken(healthy.settings, fault.journey(parts)), before, twin, most)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        copy_company(folder, Path(place))
        with MisreadSystem(Path(place), fault.reads) as system:
            ingest(system)
            return told(Broken(system.settings, system.journey()), before, twin, most)


def told(broken: Broken, before: Sequence[Row], twin: Corpus, most: int) -> tuple[Diagnosis, int]:
    """The diagnosis at the first look that notices a fault, else at the last, and how many cases were asked by then."""
    sizes = looks(len(before))
    now: list[Row] = []
    found = Diagnosis(0, 0, 1.0, "", {})
    for size in sizes:
        now += answers(broken, [row.case for row in before[len(now) : size]])
        found = diagnose(before[:size], now, twin, broken.ask, most, SURE / len(sizes))
        if found.p <= SURE / len(sizes):
            break
    return found, len(now)


def looks(n: int) -> list[int]:
    """After how many of `n` cases is looked: an eighth, a quarter, half, all."""
    return sorted({max(1, n // part) for part in (8, 4, 2, 1)})


def false_alarm_rate(right: Sequence[bool], runs: int, changed: float = 0.2) -> Metric:
    """The share of unbroken systems that the four looks call broken: each answers a fifth of the cases anew, as often right."""
    rng = np.random.default_rng(11)
    was = np.asarray(right, dtype=bool)
    sizes = looks(len(was))
    alarms = 0
    for _ in range(runs):
        again = rng.random(len(was)) < changed
        now = np.where(again, rng.random(len(was)) < was.mean(), was)
        alarms += any(
            notice(int((was & ~now)[:size].sum()), int((now & ~was)[:size].sum())) <= SURE / len(sizes)
            for size in sizes
        )
    found = clopper_pearson(alarms, runs)
    return Metric(alarms / runs, found.low, found.high, runs)


def copy_company(source: Path, target: Path) -> None:
    """The documents and settings of a company, without what was read from them."""
    for path in (source / "documents").rglob("*"):
        if path.is_file():
            to = target / path.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(path.read_bytes())
    (target / "metier.yaml").write_bytes((source / "metier.yaml").read_bytes())
    (target / ".metier").mkdir(exist_ok=True)


def false_alarms(healthy: System, parts: Answering, before: Sequence[Row], folder: Path) -> Metric:
    """How many unbroken systems are called broken: read anew, and with one passage fewer for the generator."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        copy_company(folder, Path(place))
        with open_system(Path(place)) as system:
            ingest(system)
            anew = told(Broken(system.settings, system.journey()), before, healthy, 0)
    fewer = told(Broken(healthy.settings, replace(parts, narrow=parts.narrow - 1)), before, healthy, 0)
    alarms = 0
    for name, (found, asked) in (("read anew", anew), ("one passage fewer", fewer)):
        say(f"unbroken, {name}: {found} after {asked} cases")
        alarms += found.p <= SURE / len(looks(len(before)))
    bound = clopper_pearson(alarms, 2)
    return Metric(alarms, 2 * bound.low, 2 * bound.high, 2)


def figures(found: dict[str, Diagnosis]) -> dict[str, Metric]:
    """The contract's metrics, and one a fault."""
    right = [found[name].stage == fault.stage for name, fault in SYSTEMIC.items() if name in found]
    bound = clopper_pearson(sum(right), len(right))
    out = {
        "planted": Metric(len(right), n=len(right)),
        "detected_with_stage": Metric(
            sum(right), len(right) * bound.low, len(right) * bound.high, len(right)
        ),
        "detected": Metric(sum(bool(item.votes) for item in found.values()), n=len(right)),
    }
    for name, fault in SYSTEMIC.items():
        if name in found:
            out["stage_" + name.replace(" ", "_")] = Metric(
                float(found[name].stage == fault.stage), n=found[name].broken
            )
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    options = parser("eval_faults", "whether a fault is noticed, and its stage named, from answers alone")
    options.add_argument(
        "--seed", type=int, default=3, help="which example company; 1 was used in development"
    )
    options.add_argument("--documents", type=int, default=120)
    options.add_argument(
        "--cases", type=int, default=800, help="most cases asked per fault; the first 300 are the company's"
    )
    options.add_argument("--look", type=int, default=8, help="broken answers that are replayed per fault")
    options.add_argument("--workspace", type=Path, help="keep the company here, or use the one that is there")
    options.add_argument("--only", nargs="*", default=(), help="names of faults")
    chosen = options.parse_args(arguments)
    found: dict[str, Diagnosis] = {}
    asked: dict[str, int] = {}
    extra: dict[str, Metric] = {}
    before: list[Row] = []
    keep = nullcontext(chosen.workspace) if chosen.workspace else tempfile.TemporaryDirectory()
    with keep as place:
        folder = Path(place) / "company"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            build(folder, chosen.seed, chosen.documents, None)
            with open_system(folder) as healthy:
                ingest(healthy)
                cases = suite_of(folder, healthy, chosen.cases)
                parts = remembered(healthy.journey())
                before = asked_within(Broken(healthy.settings, parts), cases, _LONGEST_S)
                say(f"{len(before)} of {len(cases)} cases asked of the system as it is")
                extra["false_alarm_rate"] = false_alarm_rate([_is_right(row) for row in before], 20_000)
                for name, fault in SYSTEMIC.items():
                    if chosen.only and name not in chosen.only:
                        continue
                    found[name], asked[name] = examine(fault, healthy, parts, before, folder, chosen.look)
                    say(f"{name} ({fault.stage}): {found[name]} after {asked[name]} cases")
                if not chosen.only:
                    extra["false_alarms"] = false_alarms(healthy, parts, before[:_UNBROKEN], folder)
        except UserError as error:
            say(str(error))
    if asked:
        extra["cases"] = Metric(len(before), n=len(before))
        extra["cases_asked"] = Metric(sum(asked.values()) / len(asked), n=len(asked))
    used = {"seed": chosen.seed, "cases": chosen.cases, "look": chosen.look}
    emit("eval_faults", figures(found) | extra, record=chosen.record, options=used)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
