"""How values look on a terminal, and as JSON."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pydantic import TypeAdapter
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from metier.flow.deepen import DeepenReport
from metier.flow.describe import DescribeReport
from metier.flow.ingest import IngestReport
from metier.flow.ingestion import NO_SOURCE
from metier.retrieve.expansion import Added
from metier.retrieve.known_item import KnownItemCheck
from metier.retrieve.mixture import BEGUN
from metier.text.echo import ECHO
from metier.types import (
    Answer,
    Draft,
    Entry,
    LedgerCount,
    Outcome,
    Progress,
    Sample,
    State,
    Suspect,
    Trace,
    UnsurePage,
)

_PIPE_WIDTH = 10_000  # in a pipe or file a line stays one line, so that paths can be copied and grep finds what it seeks
out = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
err = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else _PIPE_WIDTH)

_LINE_SECONDS = 5.0  # between progress lines where there is no terminal to draw on


def value_as_json(value: Any) -> dict[str, Any]:
    """A value of the vocabulary as JSON data."""
    data: dict[str, Any] = TypeAdapter(type(value)).dump_python(value, mode="json")
    return data


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    data = value if isinstance(value, dict | list) else value_as_json(value)
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def count_as_json(count: LedgerCount) -> dict[str, Any]:
    """The ledger with its law, for --json."""
    states = {state.value: number for state, number in count.states.items()}
    return {
        "version": count.version,
        "received": count.received,
        "states": states,
        "reasons": dict(count.reasons),
    }


def show_count(count: LedgerCount) -> None:
    """The conservation law in one line, then reasons."""
    states = count.states
    waiting = sum(states[state] for state in (State.RECEIVED, State.IN_FLIGHT, State.PARSED, State.INDEXED))
    out.print(
        f"[bold]{count.received}[/] received = [green]{states[State.LIVE]}[/] live + {states[State.PARTIAL]} partial + "
        f"[red]{states[State.QUARANTINED]}[/] quarantined + {waiting} in flight + {states[State.SUPERSEDED]} superseded "
        f"+ {states[State.REMOVED]} removed + {states[State.ERASED]} erased"
    )
    for reason, number in count.reasons.items():
        out.print(f"  {number} {reason}")


def show_failures(entries: Sequence[Entry], most: int) -> None:
    """One line per document that is not (wholly) there: state, uri, why, what to do."""
    for entry in entries[:most]:
        colour = "red" if entry.state is State.QUARANTINED else "yellow"
        out.print(
            f"[{colour}]{entry.state.value}[/] {escape(entry.uri)}: {escape(entry.detail or entry.reason)}"
        )
    if len(entries) > most:
        out.print(f"... and {len(entries) - most} more; `metier status --failed` lists them all")


def show_suspects(suspects: Sequence[Suspect], most: int) -> None:
    """How many documents give orders to machines, and the first of those sentences; nothing if there are none."""
    if not suspects:
        return
    documents = len({item.document for item in suspects})
    out.print(
        f"[yellow]{documents} documents hold text that gives orders to a machine; it is not read for answers[/]"
        + ("" if most else ": `metier status --suspicious` lists it")
    )
    for item in suspects[:most]:
        out.print(f"  {escape(item.uri)}, page {item.page} ({item.kind}): {escape(item.text)}")


def show_unsure(pages: Sequence[UnsurePage], most: int) -> None:
    """How many pages somebody should compare with what is printed, and the least sure ones; nothing if there are none."""
    if not pages:
        return
    out.print(
        f"[yellow]{len(pages)} pages were read unsurely: compare them with what is printed[/]"
        + ("" if most else "; `metier status --unsure` lists them")
    )
    for item in pages[:most]:
        how = "read from its picture, " if item.ocr else ""
        out.print(
            f"  {escape(item.uri)}, page {item.page}: {how}confidence {item.confidence:.0%}, {item.blocks} blocks in doubt"
        )


def show_report(report: IngestReport) -> None:
    """What one ingest run did."""
    words = [f"{report.added} new", f"{report.changed} changed", f"{report.removed} removed"]
    if report.regrouped:
        words.append(f"{report.regrouped} with other readers")
    rate = f", {report.done / report.seconds:.1f} documents/s" if report.done and report.seconds else ""
    out.print(
        f"{report.found} files: {', '.join(words)}, {report.unchanged} unchanged; {report.seconds:.1f} s{rate}"
    )
    show_count(report.count)
    for failure in report.failures:
        if failure.reason in NO_SOURCE:
            out.print(f"[red]{escape(failure.detail)}[/]")
    if report.interrupted:
        out.print("[yellow]stopped; nothing is lost: `metier ingest` goes on where it stopped[/]")


_OF_THE_QUESTION = (ECHO, BEGUN)  # among scores and weights: what is told once for all passages


def show_deepened(report: DeepenReport) -> None:
    """How far the sentence vectors are."""
    words = (
        f"{report.deep} of {report.live} documents are deepened (sentence vectors), {report.seconds:.1f} s"
    )
    if report.renewed:
        out.print("sentence vectors were another model's: they are made anew")
    rest = f"; {int(100 * report.share)}% of the passages, the next `metier ingest` goes on"
    out.print(words if report.deep == report.live else words + rest)


def show_described(report: DescribeReport) -> None:
    """How far the descriptions of figures are, and what this run cost."""
    spent = report.usage
    tokens = spent.prompt_tokens + spent.completion_tokens
    told = f", {tokens} tokens, cost {spent.cost:.4f}" if tokens else ""
    out.print(f"{report.described} of {report.figures} figures are described, {report.seconds:.1f} s{told}")
    if report.problem:
        out.print(f"[yellow]figures: {escape(report.problem)}[/]")
    if report.left:
        out.print(f"figures of {report.left} documents wait; the next `metier ingest` goes on")


def show_answer(answer: Answer) -> None:
    """The statements with numbered citations, or why there are none."""
    number = 0
    sources: list[str] = []
    for statement in answer.statements:
        marks = []
        for citation in statement.citations:
            number += 1
            marks.append(f"\\[{number}]")
            place = f", page {citation.page}" if citation.page else ""
            place = f", {citation.place}" if citation.place else place
            quote = " ".join(citation.quote.split())
            sources.append(
                f"\\[{number}] [bold]{escape(citation.title or citation.uri)}[/] ({escape(citation.uri)}{escape(place)})"
            )
            sources.append(f"    [dim]“{escape(quote[:300])}{'…' if len(quote) > 300 else ''}”[/]")
        out.print(f"{escape(statement.text)} [cyan]{' '.join(marks)}[/]")
    if sources:
        out.print()
        for line in sources:
            out.print(line)
    if (abstention := answer.abstention) is not None:
        colour = "red" if answer.outcome is Outcome.REFUSED else "yellow"
        is_asked = answer.outcome is not Outcome.ABSTAINED or abstention.missing
        verdict = f"[{colour}]{answer.outcome.value}[/]: " if is_asked else ""
        out.print(f"{verdict}{escape(abstention.reason)}")
        if abstention.found:
            out.print(f"  nearest documents: {escape('; '.join(abstention.found))}")
        if abstention.next:
            out.print(f"  {escape(abstention.next)}")
    for conflict in answer.conflicts:
        out.print(f"[yellow]the sources disagree:[/] {escape(conflict.note or conflict.statement)}")
    for item in answer.figures:
        box = item.figure.box
        place = f"[bold]{escape(item.title or item.uri)}[/] ({escape(item.uri)}, page {box.page})"
        caption = f" “{escape(item.figure.caption)}”" if item.figure.caption else ""
        out.print(f"[cyan]figure[/] {place}{caption}")
        out.print(
            f"    described by {escape(item.model)}, not the document's words: [dim]{escape(item.description)}[/]"
        )
    for note in answer.notes:
        out.print(f"[yellow]note:[/] {escape(note)}")
    out.print(f"[dim]answer {answer.id}, {answer.timings_ms.get('total', 0):.0f} ms[/]")


def show_trace(
    trace: Trace, thresholds: Mapping[str, float], weights: Mapping[str, float], expanded: Added
) -> None:
    """How an answer came about: how the question was read and what is searched besides its words, milliseconds per stage, what each retriever contributed and weighed,
    what the generator chose from or was told, the decision, what the checks found, tokens and cost."""
    query = trace.query
    out.print(
        f"[bold]question[/] in {query.language or 'an unknown language'}, asked as {escape(trace.principal)}"
    )
    for part in (*query.parts, *query.rewrites):
        out.print(f"  {'side' if query.compares else 'part'}: {escape(part)}")
    if query.filter is not None:
        out.print(f"[bold]filter[/] {escape(str(query.filter))}: {trace.searched or 0} documents")
    for word, others in expanded.items():
        told = ", ".join(f"{other} {weight:.2f}" for other, weight in others.items())
        out.print(f"[bold]searched besides[/] for “{escape(word)}”, as colleagues mean it: {escape(told)}")
    stages = ", ".join(f"{name} {value:.0f}" for name, value in trace.answer.timings_ms.items())
    out.print(f"[bold]milliseconds[/] {stages}")
    shown = sorted((item for item in trace.pool if item["shown"]), key=lambda item: item["shown"])
    rows = [
        (
            str(item["shown"]),
            f"{item['uri']} p.{item['page']}"
            + (f" (orders to a machine: {', '.join(marked)})" if (marked := item.get("suspicious")) else "")
            + (" (preferred by metier.yaml)" if item["scores"].get("preferred") else ""),
            ", ".join(f"{name} #{rank}" for name, rank in item["ranks"].items()),
            ", ".join(
                f"{name} {value:.2f}"
                for name, value in item["scores"].items()
                if name not in _OF_THE_QUESTION
            ),
        )
        for item in shown
    ]
    show_table(("order", "passage", "found by", "scores"), rows)
    if weights:
        named = ", ".join(
            f"{name} {value:.2f}" for name, value in weights.items() if name not in _OF_THE_QUESTION
        )
        so_far = (
            f"; sentence vectors of {weights[BEGUN]:.0%} of the passages so far" if BEGUN in weights else ""
        )
        out.print(
            f"[bold]mixed[/] {escape(named)}: the documents echo the question by {weights[ECHO]:.2f} of 1{so_far}"
        )
    for search in trace.reordered:
        model = trace.models.get("models.reranker", "a model")
        told = f"{search['scored']} of {search['of']} passages scored in {search['ms']:.0f} ms"
        told += f", {search['tokens']} tokens, cost {search['cost']:.4f}" if search["tokens"] else ""
        why = f"; the others keep their order: {search['problem']}" if search["problem"] else ""
        out.print(f"[bold]reordered[/] by {escape(model)}: {told}{escape(why)}")
    if trace.engine:
        out.print(f"[bold]searched[/] {escape(trace.engine)}")
    for search in trace.steps:
        if "reworded" in search:
            out.print(
                f"[bold]reworded[/] “{escape(search['search'])}”: answered with a confidence of {search['confidence']:.2f}"
            )
            continue
        found = f"{len(search['added'])} passages more" if search["added"] else "nothing new"
        out.print(f"[bold]step {search['step']}[/] searched “{escape(search['search'])}”: {found}")
    if trace.samples:
        _show_samples(trace.samples)
    if trace.draft:
        _show_draft(trace, trace.draft, thresholds)
    if checker := trace.models.get("models.entailment"):
        out.print(f"[bold]contradictions[/] by {escape(checker)}")
    for finding in trace.findings:
        mark = "ok" if finding.ok else "[red]no[/]"
        out.print(
            f"  {finding.statement} {finding.check} {mark} {finding.score:.2f} {escape(finding.detail)}"
        )


def _show_samples(samples: Sequence[Sample]) -> None:
    """Every further answer of the language model: its chance by the policy, what may leave of it, and what may not."""
    rows = [
        (
            f"{sample.chance:.2f}" + (" served" if sample.is_served else ""),
            f"{sample.seed} at {sample.temperature:.1f}",
            "" if sample.logprob is None else f"{sample.logprob:.2f}",
            " ".join(item.text for item in sample.statements) or "nothing that may leave",
            " ".join(item.text for item in sample.left_out),
        )
        for sample in samples
    ]
    show_table(("chance", "seed", "log-probability", "sample", "left out"), rows)


def _show_draft(trace: Trace, draft: Draft, thresholds: Mapping[str, float]) -> None:
    """What the generator chose from, what a language model was sent, how sure it is and what that decides."""
    places = {item["passage"]: f"{item['uri']} p.{item['page']}" for item in trace.pool}
    if draft.options:
        rows = [(f"{item.chance:.2f}", item.text, places.get(item.passage, "")) for item in draft.options]
        show_table(("chance", "candidate", "from"), rows)
    if draft.prompt:
        out.print("[bold]sent to the language model[/]")
        for message in draft.prompt:
            out.print(f"  [dim]{message['role']}:[/] {escape(message['content'])}")
    out.print(f"[bold]draft[/] by {escape(draft.generator)}, confidence {draft.confidence:.2f}")
    least = thresholds[draft.generator.partition(":")[0]]
    is_shown = draft.confidence >= least
    out.print(
        f"[bold]decision[/] {'at or above' if is_shown else 'below'} the threshold of {least:.3f}: "
        + ("its statements are shown if they are supported" if is_shown else "nothing is shown")
    )
    tokens, cost = (
        getattr(trace.answer, name) - sum(search[name] for search in trace.reordered)
        for name in ("tokens", "cost")
    )
    if tokens:
        out.print(f"[bold]language model[/] {tokens} tokens, cost {cost:.4f}")


def show_legs(check: KnownItemCheck) -> None:
    """What the known-item check found of each retriever."""
    if check.legs:
        told = "; ".join(f"{leg.name} {'on' if leg.is_on else 'off'}, {leg.why}" for leg in check.legs)
        out.print(f"retrievers: {told}", markup=False)


def show_legs_off(check: KnownItemCheck) -> None:
    """The retrievers that are switched off, and why; nothing if all are on."""
    for leg in check.legs:
        if not leg.is_on:
            out.print(f"[yellow]{leg.name} is not used on these documents:[/] {escape(leg.why)}")


def show_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table."""
    table = Table(*headers, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    out.print(table)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        rate, left = task.fields["rate"], task.fields["left"]
        words = f"{rate:.1f}/s" if rate else ""
        if left is not None:
            words += f", {duration(left)} left"
        return Text(words + f", {task.fields['failed']} failed" if words else "")


def duration(seconds: float) -> str:
    """12 s, 3:05 min, 2:10 h."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02} h"


class ProgressView:
    """Draws Progress values: a bar on a terminal, a line now and then elsewhere, nothing with --json."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Bar | None = None
        self._task: Any = None
        self._last = 0.0

    @contextmanager
    def drawing(self) -> Iterator["ProgressView"]:
        """Call the view with Progress values inside."""
        if self._quiet or not err.is_terminal:
            yield self
            return
        columns = (
            BarColumn(),
            TaskProgressColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TextColumn("{task.description}"),
        )
        with Bar(*columns, console=err, transient=True) as bar:
            self._bar = bar
            self._task = bar.add_task("", total=None, rate=0.0, left=None, failed=0)
            yield self

    def __call__(self, progress: Progress) -> None:
        if self._quiet:
            return
        if self._bar is not None:
            self._bar.update(
                self._task,
                completed=progress.done,
                total=progress.total or None,
                description=progress.current[-60:],
                rate=progress.per_second,
                left=progress.seconds_left,
                failed=progress.failed,
            )
            return
        now = time.monotonic()
        if progress.total and now - self._last >= _LINE_SECONDS:
            self._last = now
            left = f", {duration(progress.seconds_left)} left" if progress.seconds_left is not None else ""
            words = f"{progress.done}/{progress.total} {progress.unit}, {progress.per_second:.1f}/s{left}, {progress.failed} failed"
            err.print(words)
