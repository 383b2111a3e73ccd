"""The command line: the same verbs as the library, each with --json."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from metier.cli import doctor as doctor_report
from metier.cli import evaluate as evaluate_commands
from metier.cli import extract as extract_command
from metier.cli import feedback as feedback_commands
from metier.cli import grid as grid_command
from metier.cli import index as index_command
from metier.cli import model as model_commands
from metier.cli import specialize as specialize_commands
from metier.cli.index import show_index, show_loss
from metier.cli.interrupt import stop_on_interrupt
from metier.cli.options import HERE, As, Json, Where
from metier.cli.show import (
    ProgressView,
    count_as_json,
    err,
    out,
    print_json,
    show_answer,
    show_count,
    show_deepened,
    show_described,
    show_failures,
    show_legs,
    show_legs_off,
    show_report,
    show_suspects,
    show_table,
    show_trace,
    show_unsure,
    value_as_json,
)
from metier.errors import Stopped, UserError
from metier.flow.ingestion import NO_ROOM, NO_SOURCE, no_room
from metier.flow.replay import compare_traces
from metier.serve.run import serve as serve_doors
from metier.serve.run import workers_here
from metier.store.workspace import SETTINGS_FILE, create_workspace, find_workspace
from metier.system import available_cores, open_system
from metier.text.filters import read_filter
from metier.types import Entry, Release, State

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
feedback_app = typer.Typer(no_args_is_help=True, help="What people say about answers.")
release_app = typer.Typer(no_args_is_help=True, help="Releases: what was fitted, and which one is live.")
app.add_typer(feedback_app, name="feedback")
app.add_typer(release_app, name="release")
app.add_typer(model_commands.app, name="model")
app.add_typer(evaluate_commands.app, name="evaluate")
app.command("extract")(extract_command.extract)
app.command("grid")(grid_command.grid)
app.command("reindex")(index_command.reindex)
app.command("specialize")(specialize_commands.specialize)
feedback_app.command("export")(feedback_commands.export)
feedback_app.command("import")(feedback_commands.import_)
release_app.command("show")(specialize_commands.release_show)
release_app.command("diff")(specialize_commands.release_diff)
release_app.command("export")(specialize_commands.release_export)
release_app.command("import")(specialize_commands.release_import)

LOOK_S = 5.0  # most seconds that an ingest looks for what people should see; `status --suspicious` and `--unsure` look to the end


def main() -> None:
    """Runs the command line; problems the user can solve are printed without a traceback, exit code 2."""
    try:
        app()
    except Stopped as error:
        _fail(str(error), 130)
    except UserError as error:
        _fail(str(error))
    except OSError as error:  # of the workspace's own files: a full disk, permissions
        if error.errno in NO_ROOM:
            _fail(no_room(error))
        if error.filename is None:
            raise
        _fail(
            f"{error.filename}: {error.strerror}; check that it is there and that you may read and write it"
        )


def _fail(message: str, code: int = 2) -> NoReturn:
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({"error": message}, ensure_ascii=False) + "\n")
    err.print(f"metier: {message}", markup=False, style="red")
    raise SystemExit(code) from None


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where the workspace is made.")],
    docs: Annotated[
        Path | None, typer.Option(help="The folder of documents; default: `documents` inside.")
    ] = None,
    json_: Json = False,
) -> None:
    """Make a workspace: metier.yaml with comments, .metier/ for state."""
    if docs is not None and not docs.is_dir():
        raise UserError(f"{docs} is not a folder; name the folder that holds the documents")
    is_new = not (folder / SETTINGS_FILE).exists()
    workspace = create_workspace(folder, str(docs.resolve()) if docs else None)
    with open_system(workspace.root) as system:
        data = {
            "workspace": str(workspace.root),
            "settings": str(workspace.settings),
            "release": system.release.id,
            "new": is_new,
        }
    if json_:
        print_json(data)
        return
    if not is_new:
        unused = f"; --docs {docs} is not used" if docs else ""
        out.print(f"{workspace.settings} was there already and stays as it is{unused}", markup=False)
    out.print(
        f"workspace {workspace.root}\nedit {workspace.settings}, then run: metier ingest -w {folder}",
        markup=False,
    )


@app.command()
def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="Only these files or folders.")] = None,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """Add or refresh documents. Ctrl-C is safe: what is done stays done, the next run goes on."""
    _ingest(workspace, paths or [], json_, retry=False)


Reasons = Annotated[
    list[str] | None,
    typer.Option("--reason", help="Only these reasons, e.g. timeout; may be given more than once."),
]


@app.command()
def retry(
    failed: Annotated[
        bool,
        typer.Option("--failed", help="Every quarantined document; this is also what happens without it."),
    ] = False,
    reason: Reasons = None,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """Try quarantined documents again."""
    _ingest(workspace, [], json_, retry=True, reasons=reason or [])


def _check_reasons(reasons: Sequence[str], known: Mapping[str, int]) -> None:
    """Raises UserError for a reason that no document has."""
    for reason in reasons:
        if reason not in known:
            have = ", ".join(f"{name} ({count})" for name, count in known.items()) or "none"
            raise UserError(f"no document failed with the reason {reason!r}; reasons here: {have}")


def _ingest(
    workspace: Path, paths: list[Path], json_: bool, retry: bool, reasons: Sequence[str] = ()
) -> None:
    view = ProgressView(quiet=json_)
    with open_system(workspace) as system, stop_on_interrupt() as should_stop, view.drawing():
        _check_reasons(reasons, system.count().reasons)
        report = system.ingest(paths, view, should_stop, retry, reasons)
        failures = system.failures()
        if not json_:
            show_report(report)
            show_failures(failures, most=10)
        deepened = None if should_stop() else system.deepen(view, should_stop)
        described = None if should_stop() else system.describe(view, should_stop)
        if (report.done or report.removed or (deepened and deepened.sentences)) and not should_stop():
            system.check_legs()
        legs, suspects = system.legs(), [] if should_stop() else system.suspects(LOOK_S)
        pages, is_stopped = system.unsure_pages(), report.interrupted or should_stop()
        compaction = system.compaction()
    if json_:
        names = (
            "found",
            "unchanged",
            "added",
            "changed",
            "removed",
            "regrouped",
            "done",
            "interrupted",
            "seconds",
        )
        data = {name: getattr(report, name) for name in names}
        data["deepened"] = None if deepened is None else deepened.deep
        data["deepened_share"] = None if deepened is None else deepened.share
        data["described"] = None if described is None else value_as_json(described)
        data["suspicious"], data["unsure"] = len(suspects), len(pages)
        data["compaction"] = compaction.as_json() if compaction else None
        print_json(data | {"ledger": count_as_json(report.count), "failures": _failures_as_json(failures)})
    else:
        if deepened is not None:
            show_deepened(deepened)
        if described is not None:
            show_described(described)
        show_loss(compaction)
        show_legs_off(legs)
        show_suspects(suspects, most=0)
        show_unsure(pages, most=0)
    if is_stopped:
        raise typer.Exit(130)
    if report.found == 0:
        err.print("no documents were found; look at `sources` in metier.yaml", style="red")
    is_missing = any(failure.reason in NO_SOURCE for failure in report.failures)
    visible = report.count.states[State.LIVE] + report.count.states[State.PARTIAL]
    if report.found == 0 or is_missing or not visible:
        raise typer.Exit(1)


def _failures_as_json(entries: list[Entry]) -> list[dict[str, Any]]:
    names = ("uri", "reason", "detail", "retry")
    return [
        {"state": entry.state.value} | {name: getattr(entry, name) for name in names} for entry in entries
    ]


@app.command()
def status(
    failed: Annotated[
        bool, typer.Option("--failed", help="List every document that is not wholly there.")
    ] = False,
    reason: Reasons = None,
    suspicious: Annotated[
        bool, typer.Option("--suspicious", help="List every sentence that gives orders to a machine.")
    ] = False,
    unsure: Annotated[
        bool, typer.Option("--unsure", help="List every page whose reading somebody should look at.")
    ] = False,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """What is in the workspace, what failed and why, which release is live."""
    with open_system(workspace) as system:
        count, failures, running = system.count(), system.failures(), system.workspace.is_being_written()
        canary = system.canary()
        look_s = math.inf if suspicious or unsure else 0.0
        legs, suspects, pages = system.legs(), system.suspects(look_s), system.unsure_pages()
        index = system.index()
        _check_reasons(reason or [], count.reasons)
        failures = [entry for entry in failures if not reason or entry.reason in reason]
        waiting = sum(
            count.states[state] for state in (State.RECEIVED, State.IN_FLIGHT, State.PARSED, State.INDEXED)
        )
        if json_:
            print_json(
                {
                    "workspace": str(system.workspace.root),
                    "release": system.release.id,
                    "canary": None if canary is None else canary.as_json(),
                    "ledger": count_as_json(count),
                    "writing": system.workspace.who_writes() if running else None,
                    "index": index.as_json(),
                    "legs": legs.as_json(),
                    "failures": _failures_as_json(failures),
                    "suspicious": [value_as_json(item) for item in suspects],
                    "unsure": [value_as_json(item) for item in pages],
                }
            )
            return
        out.print(f"workspace {system.workspace.root}, release {system.release.id[:12]}", markup=False)
        if canary is not None:
            out.print(canary.sentence, markup=False)
        show_count(count)
        show_index(index)
        show_legs(legs)
        if running:
            out.print(f"being written by {system.workspace.who_writes()}", markup=False)
        elif waiting:
            out.print(
                f"{waiting} documents wait since the last run was stopped: `metier ingest` goes on with them"
            )
        show_failures(failures, most=len(failures) if failed or reason else 10)
        show_suspects(suspects, most=len(suspects) if suspicious else 0)
        show_unsure(pages, most=len(pages) if unsure else 0)


@app.command()
def cancel(json_: Json = False, workspace: Where = HERE) -> None:
    """Ask a running ingest to stop; what is done stays done."""
    place = find_workspace(workspace)
    running = place.is_being_written()
    if running:
        place.cancel_request.write_bytes(b"")
    if json_:
        print_json({"cancelled": running})
    else:
        out.print("asked it to stop" if running else "nothing is running")


@app.command()
def ask(
    question: str,
    user: As = None,
    paths: Annotated[
        list[str] | None,
        typer.Option(
            "--in",
            help="Only documents in this folder or matching this glob, e.g. 'contracts/**'; may be given more than once.",
        ),
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="Only files that end so, e.g. pdf; may be given more than once."),
    ] = None,
    since: Annotated[
        str,
        typer.Option(help="Only documents that state this date or a later one: 2025-01-31, 2025-01 or 2025."),
    ] = "",
    until: Annotated[str, typer.Option(help="Only documents that state this date or an earlier one.")] = "",
    as_of: Annotated[str, typer.Option("--as-of", help="Only the versions in force on this day.")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="Show how the answer came about.")] = False,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """A cited answer, or an abstention with the reason."""
    wanted = read_filter(paths or (), types or (), since, until, as_of)
    with open_system(workspace) as system:
        answer = system.ask(question, user, filter=wanted)
        trace = system.trace(answer.id, user) if explain else None
        legs = system.legs()
        is_first = len(system.traces(limit=2)) == 1
        thresholds = system.thresholds(answer.release)
        weights = system.weights(trace) if trace else {}
        expanded = system.expanded(trace) if trace else {}
        quotes_only = system.settings.models.generator is None
    if json_:
        print_json(
            value_as_json(answer)
            | (
                {"explain": value_as_json(trace) | {"weights": weights, "expanded": expanded}}
                if trace
                else {}
            )
        )
        return
    show_answer(answer)
    if trace:
        show_trace(trace, thresholds, weights, expanded)
        show_legs(legs)
    if is_first and quotes_only:
        out.print(
            "[dim]Answers are quotes for now; a language model would phrase and combine: `metier model list`[/]"
        )


@app.command()
def replay(answer_id: str, json_: Json = False, workspace: Where = HERE) -> None:
    """Ask a stored question again as its asker: the same bit for bit, or what differs and what had changed."""
    with open_system(workspace) as system:
        old = system.stored_trace(answer_id)
        if old is None:
            raise UserError(f"there is no answer {answer_id!r} in this workspace")
        answer = system.ask_again(old)
        new = system.stored_trace(answer.id)
    if new is None:
        raise UserError(f"the answer {answer.id} was not kept; is the disk full? `metier doctor`")
    found = compare_traces(old, new)
    if json_:
        told = {"same": found.same, "differences": list(found.differences), "changes": list(found.changes)}
        print_json(told | {"before": value_as_json(old.answer), "now": value_as_json(answer)})
        return
    show_answer(answer)
    out.print("the same answer as before, bit for bit" if found.same else "not the same answer as before:")
    for line in found.differences:
        out.print(f"  {line}", markup=False)
    for line in found.changes:
        out.print(f"since then: {line}", markup=False)
    if not found.same:
        out.print("before:")
        show_answer(old.answer)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Default: serve.host of metier.yaml.")] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Default: serve.port of metier.yaml; 0 = any free one."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=0, max=64, help="Processes that answer. Default: serve.workers; 0 = as suits."),
    ] = None,
    workspace: Where = HERE,
) -> None:
    """Web page and API on this machine."""
    with open_system(workspace) as system:
        chosen = system.settings.serve
        asked = chosen.workers if workers is None else workers
        several = workers_here(asked, system.settings.models, available_cores())
        serve_doors(system, host or chosen.host, chosen.port if port is None else port, workers=several)


@app.command()
def doctor(json_: Json = False, workspace: Where = HERE) -> None:
    """What this machine can and cannot do for metier, and what to change."""
    doctor_report.run(workspace, json_)


@feedback_app.command("add")
def feedback_add(
    answer_id: str,
    kind: Annotated[
        str, typer.Argument(help="thumb, reason, edit, citation, should_abstain, expert_answer, extraction")
    ],
    value: Annotated[
        str, typer.Argument(help='Text, or JSON: up, down, true, \'{"before": ..., "after": ...}\'')
    ],
    statement: Annotated[str, typer.Option(help="Id of the statement meant, e.g. s1.")] = "",
    citation: Annotated[str, typer.Option(help="Id of the citation meant, e.g. c1.")] = "",
    user: As = None,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """Say something about an answer you asked for."""
    row = {
        "answer": answer_id,
        "kind": kind,
        "value": value if kind in _TEXTS else _parsed(value),
        "statement": statement,
        "citation": citation,
    }
    with open_system(workspace) as system:
        (stored,) = system.add_feedback([row], user)
    if json_:
        print_json(stored)
    else:
        out.print(f"stored as {stored.id}", markup=False)


_TEXTS = ("reason", "expert_answer")  # kinds whose value is text even where it reads like JSON, as "140" does


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


@release_app.command("list")
def release_list(json_: Json = False, workspace: Where = HERE) -> None:
    """All releases; the live one is marked, and the canary by its share."""
    with open_system(workspace) as system:
        canary = system.canary()
        releases, live, damaged = system.releases(), system.live_release(), system.damaged_releases()

    def mark(identity: str) -> str:
        if identity == live:
            return "*"
        is_canary = canary is not None and canary.is_running and canary.canary.release == identity
        return f"{canary.canary.share:.0%}" if canary is not None and is_canary else ""

    if json_:
        told = {} if canary is None else {canary.canary.release: {"canary": canary.as_json()}}
        rows: list[dict[str, Any]] = [{"id": item.id, "manifest": dict(item.manifest)} for item in releases]
        rows += [{"id": identity, "damaged": True} for identity in damaged]
        print_json([row | {"live": row["id"] == live} | told.get(row["id"], {}) for row in rows])
        return
    lines = [
        (mark(item.id), item.id[:12], _verdict(item), str(item.manifest.get("name", ""))) for item in releases
    ]
    lines += [(mark(identity), identity[:12], "", "changed after it was made") for identity in damaged]
    show_table(("live", "id", "gate", "name"), lines)
    if canary is not None:
        out.print(canary.sentence, markup=False)


def _verdict(release: Release) -> str:
    """What the gate said; empty of a release that went through none."""
    gate = release.manifest.get("gate")
    return str(gate.get("verdict", "")) if isinstance(gate, Mapping) else ""


@release_app.command("promote")
def release_promote(
    release: str,
    canary: Annotated[
        float | None,
        typer.Option(help="Only for this share of the people (0.1: one in ten), until harm shows."),
    ] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Also if it did not pass its gate.")] = False,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """Make a release live, from the next question on; its id may be shortened."""
    with open_system(workspace) as system:
        if canary is None:
            _show_release(system.promote(release, anyway=anyway).id, json_)
            return
        report, live = system.start_canary(release, canary, anyway=anyway), system.live_release()
    if json_:
        print_json({"live": live, "canary": report.as_json()})
    else:
        out.print(f"live: {live}\n{report.started}", markup=False)


@release_app.command("rollback")
def release_rollback(
    only_canary: Annotated[
        bool,
        typer.Option(
            "--canary", help="Only end the canary: what is live stays live, also if it ended already."
        ),
    ] = False,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """End the canary; without one, make the release before the live one live again."""
    with open_system(workspace) as system:
        if only_canary:
            ended, live = system.end_canary(), system.live_release()
            _show_rollback(live, ended, json_)
            return
        canary, live = system.running_canary(), system.rollback().id
    _show_rollback(live, canary, json_)


def _show_rollback(live: str, canary: str, json_: bool) -> None:
    if json_:
        print_json({"live": live} | ({"canary_ended": canary} if canary else {}))
        return
    out.print(f"live: {live}", markup=False)
    if canary:
        out.print(f"the canary {canary[:12]} has ended", markup=False)


def _show_release(identity: str, json_: bool) -> None:
    if json_:
        print_json({"live": identity})
    else:
        out.print(f"live: {identity}", markup=False)
