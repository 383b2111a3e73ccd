"""How long an answer takes in a large workspace: python -m benchmarks.latency --data DIR [--passages 100000] [--llm GGUF]

The example company's documents stand among distractors made of real text (every collection under DIR/ir, shuffled into
documents of their own until there are about so many passages). One process is warmed by a few questions, then asked the
company's gold questions, one after the other.

first_sentence_p50_s: until the first verified statement is told, of those answered. answer_p95_ms: until the whole answer, an
abstention included. cost_per_answer: what a model behind an endpoint charged; in process it is 0, so that
cpu_s_per_answer, the processor's seconds of this process, stands beside it. With --llm all of them end in _llm.
Sentence vectors are made for --deepen seconds; `deepened` says of which share of documents, and from 0.95 on they are used.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import yaml

from benchmarks.common import Metric, emit, parser, percentile, say
from benchmarks.company import build, gguf
from benchmarks.ir_collections import read_collections
from metier.errors import UserError
from metier.evaluate.cases import read_cases
from metier.evaluate.estimates import bootstrap
from metier.system import System, open_system
from metier.text.sentences import split_sentences
from metier.types import VISIBLE, Case, Entry, Statement

SEED = 20261126
WARM = 5  # questions before the clock runs: models, caches and the files of the index are read by then
SECTIONS = 40  # of one distractor document
WORDS = 150  # of one section: about one passage


@dataclass(frozen=True, slots=True)
class Timed:
    """One question: seconds to the first statement (nan without one) and to the answer, and what it cost."""

    first_s: float
    whole_s: float
    cpu_s: float
    cost: float


def sections(texts: Sequence[str], rng: random.Random) -> Iterator[str]:
    """Endless sections of real sentences, each of neighbouring sentences of several texts."""
    words: list[str] = []
    while True:
        order = [text for text in texts if text.strip()]
        if not order:
            raise UserError("the collections under --data hold no text")
        rng.shuffle(order)
        for text in order:
            spans = split_sentences(text, "en")
            start = rng.randrange(max(1, len(spans) - 2))
            words += " ".join(text[a:b] for a, b in spans[start : start + 3]).split()
            if len(words) >= WORDS:
                yield " ".join(words)
                words = []


def write_distractors(folder: Path, texts: Sequence[str], count: int) -> int:
    """Documents of about `count` sections altogether; how many documents there are."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(SEED)
    source = sections(texts, rng)
    made = 0
    for number in range(-(-count // SECTIONS)):
        part = islice(source, min(SECTIONS, count - number * SECTIONS))
        body = "\n\n".join(f"## Part {place}\n\n{text}" for place, text in enumerate(part, start=1))
        (folder / f"report-{number:05}.md").write_text(f"# Report {number}\n\n{body}\n", encoding="utf-8")
        made += 1
    return made


def add_source(root: Path) -> None:
    """The distractors as a second source that everybody may read."""
    path = root / "metier.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    groups = sorted({group for user in settings["users"] for group in user["groups"]})
    if not any(source["folder"] == "distractors" for source in settings["sources"]):
        settings["sources"].append({"folder": "distractors"})
        settings["groups"].insert(0, {"match": "distractors/**", "allow": groups})
    path.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), encoding="utf-8")


def ask_all(system: System, cases: Sequence[Case]) -> list[Timed]:
    """Every case asked once, in one process that is warm."""
    for case in cases[:WARM]:
        system.ask(case.question, case.user)
    rows = []
    for number, case in enumerate(cases, start=1):
        first: list[float] = []

        def heard(statement: Statement, first: list[float] = first) -> None:
            first.append(time.perf_counter())

        began, cpu = time.perf_counter(), time.process_time()
        answer = system.ask(case.question, case.user, on_statement=heard)
        whole = time.perf_counter() - began
        begun = first[0] - began if first else float("nan")
        rows.append(Timed(begun, whole, time.process_time() - cpu, answer.cost))
        if number % 25 == 0:
            say(f"asked {number} of {len(cases)}, median {statistics.median(r.whole_s for r in rows):.2f} s")
    return rows


def summarize(rows: Sequence[Timed], suffix: str) -> dict[str, Metric]:
    """The contract's metrics with bootstrap intervals over questions."""
    firsts = [row.first_s for row in rows if row.first_s == row.first_s]
    wholes = [1000 * row.whole_s for row in rows]
    out = {
        "first_sentence_p50_s": _quantile(firsts, 0.5),
        "answer_p50_ms": _quantile(wholes, 0.5),
        "answer_p95_ms": _quantile(wholes, 0.95),
        "cost_per_answer": Metric(statistics.fmean(row.cost for row in rows), n=len(rows)),
        "cpu_s_per_answer": Metric(statistics.fmean(row.cpu_s for row in rows), n=len(rows)),
    }
    return {name + suffix: metric for name, metric in out.items()}


def _quantile(values: Sequence[float], share: float) -> Metric:
    if not values:
        return Metric(float("nan"), n=0)
    found = bootstrap(
        np.array(values)[:, None],
        rng=np.random.default_rng(SEED),
        statistic=lambda rows: percentile(list(rows[:, 0]), share),
        resamples=500,
    )
    return Metric.of(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the JSON of the contract."""
    options = _options(arguments)
    texts = [
        passage.text
        for collection in read_collections(options.data)
        for passage in collection.passages.values()
    ]
    place: AbstractContextManager[str] = (
        nullcontext(str(options.workspace)) if options.workspace else tempfile.TemporaryDirectory("-latency")
    )
    with place as folder:
        root = Path(folder)
        build(root, options.seed, options.documents, gguf(options.llm))
        add_source(root)
        documents = write_distractors(root / "distractors", texts, options.passages)
        say(f"{documents} documents of distractors")
        cases = [case for case in read_cases(root / "cases.jsonl") if case.kind == "answerable"]
        with open_system(root) as system:
            report = system.ingest()
            say(f"ingest: {report.done} documents in {report.seconds:.0f} s")
            metrics = {
                "ingest_s": Metric(report.seconds),
                "deepened": Metric(_deepen(system, options.deepen)),
            }
            metrics["passages"] = Metric(float(sum(entry.passages for entry in _live(system))))
            rows = ask_all(system, cases[: options.questions])
    suffix = "_llm" if options.llm else ""
    told = {"passages": options.passages, "documents": options.documents, "seed": options.seed}
    emit("latency", metrics | summarize(rows, suffix), record=options.record, options=told)
    return 0


def _deepen(system: System, seconds: float) -> float:
    """Share of live documents with sentence vectors after so many seconds of making them."""
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        found = system.deepen(should_stop=lambda: time.perf_counter() - started >= seconds)
        if found is None or found.deep >= found.live or not found.sentences:
            break
    deep = system.deepened()
    return deep / max(1, len(_live(system))) if deep else 0.0


def _live(system: System, user: str | None = None) -> list[Entry]:
    """Live documents that the first user sees: all distractors, and most of the company's."""
    rows = system.documents(user, limit=10**9)
    return [row for row in rows if row.state in VISIBLE]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("latency", __doc__ or "", needs_data=True)
    options.add_argument("--passages", type=int, default=20_000, help="about so many passages of distractors")
    options.add_argument("--documents", type=int, default=120, help="documents of the example company")
    options.add_argument("--questions", type=int, default=100)
    options.add_argument("--deepen", type=float, default=0.0, help="seconds of making sentence vectors")
    options.add_argument("--seed", type=int, default=3, help="of the example company")
    options.add_argument("--llm", type=Path, help="a GGUF file; metrics then end in _llm")
    options.add_argument("--workspace", type=Path, help="keep (and reuse) the workspace in this folder")
    return options.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"latency: {error}")
