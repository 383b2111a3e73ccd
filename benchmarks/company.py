"""The example company, end to end: built, ingested, all its gold questions asked as their users, graded.

Seeds are different companies: 1 is for tuning, 2 for checking, 3 (the default) for this benchmark; nothing is fitted
here. `--data` is accepted for uniformity and not read. Intervals are clustered by the document a case rests on.

answerable_right: answerable and superseded (and injection) cases answered with the gold answer, the gold evidence
    cited, no outdated value unlabelled; list and comparison cases need every part.
abstain_recall: unanswerable cases that were abstained on. abstain_precision: share of unanswerable ones among all
    abstentions and refusals on questions of these four kinds.
citation_precision, citation_recall: over the citations shown, and the gold quotes, of the answered among the answerable. A file
    that is the same to the byte as the gold document is that document, whatever it is called; and a quote of another document that
    says the same (`says_the_same`) is a second true source of what it says: the data sheet's "up to 16 bar" beside the manual's.
sampled_right, sampled_wrong: with --samples, answers that came of further samples of the language model (n: questions on which any
    were drawn), and the seconds that they took (sampled_s, mean).
permission_leaks: cases, of any kind, in which something left that the asker may not see; `high` is the exact 95% upper
    bound for as many such cases.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.common import ROOT, Metric, emit, parser, percentile, say
from benchmarks.company_sources import files_of_one_content, with_one_name
from examples.company.access import may_see
from metier.errors import UserError
from metier.evaluate.cases import KINDS, read_cases
from metier.evaluate.estimates import clopper_pearson, mean, proportion
from metier.evaluate.grade import TO_ANSWER, Grade, glance, grade
from metier.evaluate.matching import contains_answer
from metier.system import System, open_system
from metier.types import Answer, Case, Progress, Sample, Trace


@dataclass(frozen=True, slots=True)
class Asked:
    """One case with what came back."""

    case: Case
    answer: Answer
    grade: Grade
    seconds: float
    trace: Trace | None = None


# --- which company ---------------------------------------------------------------------------------------------------


def which_company(options: argparse.ArgumentParser) -> None:
    """Adds --seed, --documents and --workspace."""
    options.add_argument("--seed", type=int, default=3, help="1 = tuning, 2 = checking, 3 = benchmark")
    options.add_argument("--documents", type=int, default=120)
    options.add_argument("--workspace", type=Path, help="keep (and reuse) the company in this folder")


def place_for(workspace: Path | None) -> AbstractContextManager[str]:
    """The folder for the company: the given one, or one that is gone afterwards."""
    return nullcontext(str(workspace)) if workspace else tempfile.TemporaryDirectory(prefix="metier-company-")


# --- doing ----------------------------------------------------------------------------------------------------------


def gguf(path: Path | None, samples: int = 1) -> dict[str, Any] | None:
    """`models.generator` of a file, where there is one; `samples`: its answers to choose from."""
    return None if path is None else {"source": f"path:{path.resolve()}", "samples": samples}


def build(place: Path, seed: int, documents: int, generator: Mapping[str, Any] | None) -> None:
    """The company of that seed as a workspace in `place`, with this `models.generator`; one that is there already is kept."""
    if not (place / "cases.jsonl").exists():
        command = [sys.executable, "-m", "examples.company", str(place)]
        command += ["--seed", str(seed), "--documents", str(documents)]
        made = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        if made.returncode:
            raise UserError(f"the example company could not be made:\n{made.stderr[-2000:]}")
        say(made.stdout.strip())
    path = place / "metier.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings.pop("models", None)
    if generator is not None:
        settings["models"] = {"generator": dict(generator)}
    path.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), encoding="utf-8")


def ingest(system: System) -> dict[str, Metric]:
    """Seconds until everything is searchable and until it is deepened, with the ledger said to stderr."""
    last = time.perf_counter()

    def progress(now: Progress) -> None:
        nonlocal last
        if time.perf_counter() - last > 5:
            last = time.perf_counter()
            say(f"ingest: {now.done} of {now.total}, {now.per_second:.1f} a second")

    report = system.ingest(on_progress=progress)
    states = ", ".join(f"{state.value} {count}" for state, count in report.count.states.items() if count)
    say(f"ingest: {report.seconds:.1f} s; {states}; {dict(report.count.reasons)}")
    seconds = 0.0
    while (deep := system.deepen(on_progress=progress)) is not None:  # one call stops after retrieve.deepen_s
        seconds += deep.seconds
        if deep.deep >= deep.live or not deep.sentences:
            break
    say(f"deepened in {seconds:.1f} s: {system.deepened()} documents")
    return {"ingest_s": Metric(report.seconds), "deepen_s": Metric(seconds)}


def ask_all(system: System, cases: Sequence[Case], one_file: Mapping[str, str]) -> list[Asked]:
    """Every case asked as its user and graded; `one_file` as `files_of_one_content` says."""
    out = []
    for number, case in enumerate(cases, start=1):
        start = time.perf_counter()
        answer = system.ask(case.question, case.user)
        seconds = time.perf_counter() - start
        graded = grade(with_one_name(answer, case, one_file, _sees(case.user)), case, _sees(case.user))
        out.append(Asked(case, answer, graded, seconds, system.trace(answer.id, case.user)))
        if number % 50 == 0:
            say(f"asked {number} of {len(cases)}, right {sum(asked.grade.right for asked in out)}")
    return out


def _sees(user: str) -> Callable[[str], bool]:
    """The company's own rules, not the system's reading of them."""
    return lambda uri: may_see(user, uri)


def choose(cases: Sequence[Case], only: Sequence[str], limit: int) -> list[Case]:
    """Cases of these kinds, or with these tags or ids; at most `limit` of them by the hash of their id (0 = all)."""
    kept = [case for case in cases if not only or {case.kind, case.id, *case.tags} & set(only)]
    if limit and len(kept) > limit:
        drawn = sorted(kept, key=lambda case: sha256(case.id.encode()).digest())[:limit]
        kept = [case for case in kept if case in drawn]
    if not kept:
        raise UserError(f"no case is of kind, tag or id {', '.join(only)}; kinds are {', '.join(KINDS)}")
    return kept


# --- counting -------------------------------------------------------------------------------------------------------


def summarize(rows: Sequence[Asked]) -> dict[str, Metric]:
    """The contract's metrics and a few more; intervals clustered by case.group."""
    to_answer = [row for row in rows if row.case.kind in TO_ANSWER]
    unanswerable = [row for row in rows if row.case.kind == "unanswerable"]
    declined = [row for row in (*to_answer, *unanswerable) if not row.grade.answered]
    cited = [
        (row.case.group, hit)
        for row in to_answer
        for hit in _flags(row.grade.citations_good, row.grade.citations)
    ]
    found = [
        (row.case.group, hit)
        for row in to_answer
        for hit in _flags(row.grade.evidence_found, row.grade.evidence)
    ]
    out = {
        "answerable_right": _share(to_answer, lambda row: row.grade.right),
        "abstain_precision": _share(declined, lambda row: row.case.kind == "unanswerable"),
        "abstain_recall": _share(unanswerable, lambda row: row.grade.right),
        "citation_precision": _of(cited),
        "citation_recall": _of(found),
        "permission_leaks": _leaks(rows),
        "wrong_and_shown": _share(to_answer, lambda row: row.grade.answered and not row.grade.right),
    }
    for kind in KINDS:
        if some := [row for row in rows if row.case.kind == kind]:
            out[f"right_{kind}"] = _share(some, lambda row: row.grade.right)
    answered = [row for row in rows if row.grade.answered]
    words = mean([row.grade.words for row in answered], [row.case.group for row in answered])
    out["words_shown"] = Metric.of(words)
    if sampled := [row for row in rows if _samples(row)]:
        served = [row for row in sampled if any(one.is_served for one in _samples(row))]
        out["sampled_right"] = Metric(sum(row.grade.right for row in served), n=len(sampled))
        out["sampled_wrong"] = Metric(sum(not row.grade.right for row in served), n=len(sampled))
        seconds = sum(row.answer.timings_ms["sample"] for row in sampled) / 1000
        out["sampled_s"] = Metric(seconds / len(sampled), n=len(sampled))
    out["ask_p95_ms"] = Metric(1000 * percentile([row.seconds for row in rows], 0.95), n=len(rows))
    return out


def _samples(row: Asked) -> tuple[Sample, ...]:
    return row.trace.samples if row.trace else ()


def _share(rows: Sequence[Asked], holds: Callable[[Asked], bool]) -> Metric:
    return _of([(row.case.group, holds(row)) for row in rows])


def _of(flags: Sequence[tuple[str, bool]]) -> Metric:
    return Metric.of(proportion([flag for _, flag in flags], [group for group, _ in flags]))


def _flags(good: int, total: int) -> list[bool]:
    return [True] * good + [False] * (total - good)


def _leaks(rows: Sequence[Asked]) -> Metric:
    guarded = [row for row in rows if row.case.kind == "permission" or row.grade.leaked]
    leaks = sum(row.grade.leaked for row in guarded)
    bound = clopper_pearson(leaks, len(guarded))
    return Metric(leaks, len(guarded) * bound.low, len(guarded) * bound.high, len(guarded))


def breakdown(rows: Sequence[Asked]) -> str:
    """A table for people: every kind, tag, answer type and format with what happened to it."""
    parts: dict[str, list[Asked]] = {}
    for row in rows:
        for name in _labels(row.case):
            parts.setdefault(name, []).append(row)
    lines = [f"{'':28} {'n':>4} {'right':>6} {'stated':>7} {'cited':>6} {'declined':>9}"]
    for name in sorted(parts):
        some = parts[name]
        share = [
            float(np.mean([get(row.grade) for row in some]))
            for get in (_right, _stated, _cited, lambda graded: not graded.answered)
        ]
        lines.append(
            f"{name:28} {len(some):4} {share[0]:6.2f} {share[1]:7.2f} {share[2]:6.2f} {share[3]:9.2f}"
        )
    lost = Counter(stage for row in rows if (stage := lost_at(row)))
    lines += [f"lost at {stage}: {count}" for stage, count in sorted(lost.items())]
    return "\n".join(lines)


def _right(graded: Grade) -> bool:
    return graded.right


def _stated(graded: Grade) -> bool:
    return graded.stated


def _cited(graded: Grade) -> bool:
    return graded.cited


def _labels(case: Case) -> Iterable[str]:
    yield f"kind {case.kind}"
    if case.kind not in TO_ANSWER:
        return
    yield f"type {case.answer_type}"
    yield from (f"tag {tag}" for tag in case.tags if ":" not in tag)
    yield from {f"format {quote.uri.rsplit('.', 1)[-1]}" for quote in case.evidence}


def lost_at(row: Asked) -> str:
    """The stage at which an answerable case was lost, by the document of its evidence; "" if right or untraced."""
    if row.grade.right or row.trace is None or row.case.kind not in TO_ANSWER:
        return ""
    gold = {quote.uri for quote in row.case.evidence}
    pool = {item["uri"] for item in row.trace.pool}
    shown = {item["uri"] for item in row.trace.pool if item["shown"]}
    drafted = glance(row.trace.draft.statements) if row.trace.draft else ""
    if not row.trace.pool:
        return "1 admission: refused"
    if not gold <= pool:
        return "2 retrieval: document not in the pool"
    if not gold <= shown:
        return "3 reranking: document not shown"
    if not contains_answer(
        drafted, row.case.answers, row.case.answer_type, row.case.tolerance, row.case.scale
    ):
        return "4 generation: not drafted"
    return "5 settling: drafted, but not shown" if not row.grade.stated else "6 citation or label"


def describe(row: Asked) -> str:
    """One case for reading: question, gold, what came back, where retrieval had the evidence."""
    case, answer = row.case, row.answer
    lines = [
        f"## {case.id} ({case.kind}, {case.answer_type}; {', '.join(case.tags)}): {row.grade.reason or 'right'}"
    ]
    lines.append(f"{case.user}: {case.question}")
    lines.append(f"gold: {' / '.join(case.answers) or '(none)'} {case.scale}".rstrip())
    lines += [
        f"  in {quote.uri} p{quote.page or '-'}: {quote.quote} {_where(row.trace, quote.uri)}"
        for quote in case.evidence
    ]
    lines.append(f"got: {answer.outcome}")
    for statement in answer.statements:
        lines.append(f"  ({statement.support:.2f}) {statement.text}")
        lines += [f"      [{c.uri} p{c.page}] {c.quote}" for c in statement.citations]
    if answer.abstention:
        lines.append(f"  because: {answer.abstention.reason}")
        lines += [f"      found: {text}" for text in answer.abstention.found]
    lines += [f"  note: {note}" for note in answer.notes]
    if row.trace and row.trace.draft:
        draft = row.trace.draft
        lines.append(
            f"  draft of {draft.generator} ({draft.confidence:.2f}): {[s.text for s in draft.statements][:3]}"
        )
    return "\n".join(lines)


def _where(trace: Trace | None, uri: str) -> str:
    if trace is None:
        return ""
    ranks = [number for number, item in enumerate(trace.pool, start=1) if item["uri"] == uri]
    shown = sorted(int(item["shown"]) for item in trace.pool if item["uri"] == uri and item["shown"])
    return f"(document in the pool at {ranks[0]}, shown at {shown})" if ranks else "(document not retrieved)"


# --- the run --------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; exit status 0 however good the answers are."""
    options = _options(arguments)
    generator = _generator(options)
    with place_for(options.workspace) as folder:
        build(Path(folder), options.seed, options.documents, generator)
        cases = choose(read_cases(Path(folder) / "cases.jsonl"), options.only, options.limit)
        with open_system(Path(folder)) as system:
            took = ingest(system)
            rows = ask_all(system, cases, files_of_one_content(Path(folder) / "documents"))
    print(breakdown(rows), file=sys.stderr)
    if options.failures:
        wrong = [describe(row) for row in rows if not row.grade.right]
        options.failures.write_text("\n\n".join(wrong) + "\n", encoding="utf-8")
        say(f"{len(wrong)} of {len(rows)} cases that are not right are in {options.failures}")
    if options.grades:
        _write_grades(options.grades, rows)
    metrics: Mapping[str, Metric] = summarize(rows) | took
    suffix = "_llm" if generator else ""
    told = {
        "seed": options.seed,
        "only": options.only,
        "limit": options.limit,
        "documents": options.documents,
        "samples": options.samples,
        "decides": options.decides,
    }
    emit(
        "company",
        {name + suffix: metric for name, metric in metrics.items()},
        record=options.record,
        options=told,
    )
    return 0


def _generator(options: argparse.Namespace) -> dict[str, Any] | None:
    """`models.generator` as the options name it; None without a language model."""
    if options.endpoint:
        found = {"source": f"endpoint:{options.endpoint}", "name": options.name, "key_env": options.key_env}
        return {**found, "decides": options.decides}
    named = gguf(options.llm, options.samples)
    return named and {**named, "decides": options.decides}


def _write_grades(path: Path, rows: Sequence[Asked]) -> None:
    """One JSON line per case, for comparing two runs case by case."""
    lines = [
        {"id": row.case.id, "kind": row.case.kind, "right": row.grade.right, "reason": row.grade.reason}
        for row in rows
    ]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("company", "the example company, end to end")
    which_company(options)
    options.add_argument("--llm", type=Path, help="a GGUF file; metrics then end in _llm")
    options.add_argument("--endpoint", help="the URL of a language model instead; metrics then end in _llm")
    options.add_argument("--name", default="", help="the model's name there")
    options.add_argument("--key-env", default="", help="the environment variable with the key")
    options.add_argument(
        "--decides",
        choices=("auto", "policy", "model"),
        default="auto",
        help="who decides if passages answer",
    )
    options.add_argument("--samples", type=int, default=1, help="answers of the model to choose from")
    options.add_argument(
        "--only", type=lambda text: text.split(","), default=[], help="kinds, tags or case ids"
    )
    options.add_argument(
        "--limit", type=int, default=0, help="at most this many cases, drawn by hash of their id"
    )
    options.add_argument("--failures", type=Path, help="write every case that is not right here, for reading")
    options.add_argument("--grades", type=Path, help="write one JSON line per case here")
    return options.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"company: {error}")
