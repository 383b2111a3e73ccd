"""How long does one whole run of `metier specialize` take, and how long a rollback? `python -m benchmarks.specialize_speed`.

The example company with `--documents` documents (at least some 120; from 400 on its texts are copied under other names, with other figures) is ingested, `--events` of its
questions are asked and judged (a correction for one in ten, thumbs for the others), and `metier specialize` runs on the workspace: cleaning, all
components without LoRA, ledger, gate, and the release written. Ingesting and asking are not counted. `--data` is accepted for
uniformity and not read; `--documents 10000 --events 2000` is the size that the goal of 20 minutes speaks of.

minutes: of that run, with the questions asked per second beside it. rollback_s: from the call to the parent being live again.
same_manifest: 1 if a second run with the same seed makes a release with the same bytes (`--no-again` leaves it out).
"""

import argparse
import hashlib
import json
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

from benchmarks.common import Metric, emit, parser, say
from benchmarks.company import build
from metier.errors import UserError
from metier.evaluate.cases import read_cases
from metier.evaluate.grade import grade
from metier.specialize.run import Recipe
from metier.specialize.verb import Made, specialize_system
from metier.system import System, open_system
from metier.types import Case, Progress

_BUILT = 400  # documents that the company is made with at the most; beyond, texts are copied
_EDITED = 0.1
_TEXTS = frozenset({".md", ".txt", ".html", ".csv", ".eml"})
_FIGURE = re.compile(r"\d")


def grow(folder: Path, documents: int, dice: np.random.Generator) -> int:
    """Copies of the company's texts with other figures until there are so many documents; how many there are."""
    settings = yaml.safe_load((folder / "metier.yaml").read_text(encoding="utf-8"))
    roots = [folder / source["folder"] for source in settings["sources"]]
    own = [path for root in roots for path in sorted(root.rglob("*")) if path.is_file()]
    texts = [path for path in own if path.suffix in _TEXTS]
    count = len(own)
    while count < documents and texts:
        path = texts[int(dice.integers(len(texts)))]
        text = path.read_text(encoding="utf-8", errors="replace")
        digits = iter(dice.integers(10, size=len(text)).tolist())
        copy = path.with_name(f"{path.stem}-{count}{path.suffix}")
        copy.write_text(_FIGURE.sub(lambda _, digits=digits: str(next(digits)), text), encoding="utf-8")  # type: ignore[misc]
        count += 1
    return count


def asked(cases: Sequence[Case], events: int) -> list[Case]:
    """So many questions, again from the beginning where there are fewer, each time in other words."""
    out: list[Case] = []
    for number in range(events):
        case = cases[number % len(cases)]
        again = number // len(cases)
        text = case.question if not again else f"{case.question} (request {again})"
        out.append(Case(f"{case.id}-{again}", text, case.user, case.kind, case.answers, case.answer_type, case.scale,
                        case.tolerance, case.evidence, case.group))  # fmt: skip
    return out


def judge(system: System, cases: Sequence[Case]) -> None:
    """Everything is asked, and its asker says what was right."""
    for number, case in enumerate(cases, start=1):
        answer = system.ask(case.question, case.user)
        dice = np.random.default_rng([*hashlib.sha256(case.id.encode()).digest()])
        row: dict[str, object] = {"answer": answer.id}
        if dice.random() < _EDITED and case.evidence:
            place = case.evidence[0]
            row |= {"kind": "citation", "value": {"better": {"uri": place.uri, "quote": place.quote}}}
        else:
            row |= {"kind": "thumb", "value": 1 if grade(answer, case).right else -1}
        system.add_feedback([row], case.user)
        if number % 100 == 0:
            say(f"{number} of {len(cases)} questions asked and judged")


def run(system: System, seed: int) -> tuple[Made, float, int]:
    """What was made, in how many seconds, with how many questions asked again."""
    done = 0

    def progress(now: Progress) -> None:
        nonlocal done
        if now.done % 250 == 0:
            say(f"specialize: {now.current}: {now.done} of {now.total}")
        done = now.done

    started = time.perf_counter()
    made = specialize_system(system, Recipe(seed), progress)
    return made, time.perf_counter() - started, done


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Metric]:
    """The contract's metrics and a few more."""
    build(folder, options.company_seed, min(options.documents, _BUILT), None)
    count = grow(folder, options.documents, np.random.default_rng(options.seed))
    return time_it(folder, count, asked(read_cases(folder / "cases.jsonl"), options.events), options)


def time_it(
    folder: Path, count: int, cases: Sequence[Case], options: argparse.Namespace
) -> dict[str, Metric]:
    """The metrics of a workspace that holds so many documents."""
    with open_system(folder) as system:
        report = system.ingest()
        say(f"{count} files ingested in {report.seconds:.0f} s")
        judge(system, cases)
    with open_system(folder) as system:  # what was read and scored for the answers is not known any more
        made, seconds, questions = run(system, options.seed)
        say(
            f"specialized in {seconds:.0f} s, {questions} questions asked again; release {made.release[:12] or 'none'}"
        )
        out = {
            "minutes": Metric(seconds / 60, n=len(cases)),
            "documents": Metric(count),
            "questions_per_s": Metric(questions / seconds, n=questions),
        }
        if made.outcome is not None:
            out["components_kept"] = Metric(sum(item.kept for item in made.outcome.components))
        out["rollback_s"] = Metric(rollback_s(system, made.release or _changed(system, folder)))
    if options.again:
        with open_system(folder) as system:
            again, _, _ = run(system, options.seed)
        out["same_manifest"] = Metric(float(again.release == made.release and _said(again) == _said(made)))
    return out


def _said(made: Made) -> object:
    return made.outcome.manifest if made.outcome is not None else None


def _changed(system: System, folder: Path) -> str:
    """A release that differs in its name alone, where nothing was kept: there must be something to roll back from."""
    place = folder / "renamed"
    place.mkdir()
    told = {"name": "renamed", "parents": [system.release.id]}
    (place / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    return system.add_release(place).id


def rollback_s(system: System, release: str) -> float:
    """Seconds from the call until the parent is live, after the release was promoted; the slowest of three."""
    took = []
    parent = system.live_release()
    for _ in range(3):
        system.promote(release, anyway=True)
        started = time.perf_counter()
        system.rollback()
        took.append(time.perf_counter() - started)
        if system.live_release() != parent:
            raise UserError("the parent is not live after the rollback")
    return max(took)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; prints what was measured also where something ended it."""
    out = parser("specialize_speed", "a whole run of specialize, and a rollback (needs no --data)")
    out.add_argument("--documents", type=int, default=300)
    out.add_argument("--events", type=int, default=300, help="questions asked and judged")
    out.add_argument("--seed", type=int, default=7)
    out.add_argument("--company-seed", type=int, default=3)
    out.add_argument(
        "--again", action=argparse.BooleanOptionalAction, default=True, help="run twice and compare"
    )
    options = out.parse_args(arguments)
    metrics: dict[str, Metric] = {}
    try:
        with tempfile.TemporaryDirectory(prefix="metier-speed-") as folder:
            metrics = measure(Path(folder), options)
    finally:
        told = {"documents": options.documents, "events": options.events, "seed": options.seed}
        emit("specialize_speed", metrics, record=options.record, options=told)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"specialize_speed: {error}")
