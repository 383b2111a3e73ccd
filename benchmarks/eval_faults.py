"""Is a fault of one stage noticed, and the stage named, from answers alone? `--data` is accepted and not read.

The example company is asked once as it is, then with each of 12 faults (benchmarks/faults.py), planted by wrapping one stage's
protocol in the real pipeline; faults of reading wrap the extractor, and everything is ingested again. The evaluator
(evaluate/diagnosis.py) sees the answers of before and after as a run keeps them (with their confidence), and the documents as a workspace of its own reads
them; it may put a few questions to the broken system. It sees no trace, no wrapper and no name.

planted: faults. detected_with_stage: how many were noticed (exact test at 5%) with the right stage named. detected: noticed, whatever was named.
stage_*: 1 if the right stage was named, by fault; n = answers it broke.
"""

import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.common import Metric, emit, parser, say
from benchmarks.company import build, ingest
from benchmarks.faults import SYSTEMIC, Reading, Systemic
from metier.connect.containers import Containers
from metier.errors import UserError
from metier.evaluate.cases import read_cases
from metier.evaluate.diagnosis import Diagnosis, diagnose
from metier.evaluate.estimates import clopper_pearson
from metier.evaluate.needed import Corpus
from metier.evaluate.run import Row
from metier.flow.answer import Answering, rehearse
from metier.flow.ingestion import Ingestion
from metier.settings import load_settings
from metier.store.workspace import find_workspace
from metier.system import System, open_system
from metier.system.intake import Intake
from metier.system.opened import Opened
from metier.types import Answer, Case


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


def chosen_cases(cases: Sequence[Case], n: int) -> list[Case]:
    """`n` of the cases (0 = all) by the hash of their ids; kinds come in the shares they have."""
    ordered = sorted(cases, key=lambda case: sha256(case.id.encode()).digest())
    return ordered[:n] if n else ordered


def answers(system: Broken, cases: Sequence[Case]) -> list[Row]:
    """What the system says to each case, as it leaves."""
    return [system.row(case) for case in cases]


def examine(fault: Systemic, healthy: System, before: Sequence[Row], folder: Path, most: int) -> Diagnosis:
    """What the evaluator says of the system with the fault in it."""
    cases = [row.case for row in before]
    if fault.reads is None:
        return _told(Broken(healthy.settings, fault.journey(healthy.journey())), before, cases, healthy, most)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        copy_company(folder, Path(place))
        with MisreadSystem(Path(place), fault.reads) as system:
            ingest(system)
            return _told(Broken(system.settings, system.journey()), before, cases, healthy, most)


def _told(broken: Broken, before: Sequence[Row], cases: Sequence[Case], twin: Corpus, most: int) -> Diagnosis:
    return diagnose(before, answers(broken, cases), twin, broken.ask, most)


def copy_company(source: Path, target: Path) -> None:
    """The documents and settings of a company, without what was read from them."""
    for path in (source / "documents").rglob("*"):
        if path.is_file():
            to = target / path.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(path.read_bytes())
    (target / "metier.yaml").write_bytes((source / "metier.yaml").read_bytes())
    (target / ".metier").mkdir(exist_ok=True)


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
    options.add_argument("--cases", type=int, default=70, help="cases per fault; 0 = all 300 of the company")
    options.add_argument("--look", type=int, default=8, help="broken answers that are replayed per fault")
    options.add_argument("--workspace", type=Path, help="keep the company here, or use the one that is there")
    options.add_argument("--only", nargs="*", default=(), help="names of faults")
    chosen = options.parse_args(arguments)
    found: dict[str, Diagnosis] = {}
    keep = nullcontext(chosen.workspace) if chosen.workspace else tempfile.TemporaryDirectory()
    with keep as place:
        folder = Path(place) / "company"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            build(folder, chosen.seed, chosen.documents, None)
            with open_system(folder) as healthy:
                ingest(healthy)
                cases = chosen_cases(read_cases(folder / "cases.jsonl"), chosen.cases)
                before = answers(Broken(healthy.settings, healthy.journey()), cases)
                say(f"{len(cases)} cases asked of the system as it is")
                for name, fault in SYSTEMIC.items():
                    if chosen.only and name not in chosen.only:
                        continue
                    found[name] = examine(fault, healthy, before, folder, chosen.look)
                    say(f"{name} ({fault.stage}): {found[name]}")
        except UserError as error:
            say(str(error))
    told = {"seed": chosen.seed, "cases": chosen.cases, "look": chosen.look}
    emit("eval_faults", figures(found), record=chosen.record, options=told)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
