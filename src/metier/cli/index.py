"""`metier reindex`, and how the state of the index looks."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape

from metier.cli.interrupt import stop_on_interrupt
from metier.cli.options import HERE, Json, Where
from metier.cli.show import (
    ProgressView,
    duration,
    out,
    print_json,
    show_deepened,
    show_legs_off,
    value_as_json,
)
from metier.errors import Busy
from metier.flow.deepen import DeepenReport
from metier.store.compaction import Compaction
from metier.system import IndexState, Reindexed, Reindexer, ReindexPlan, open_system


def reindex(
    check: Annotated[
        bool, typer.Option("--check", help="Only say what it would do and what room it needs.")
    ] = False,
    json_: Json = False,
    workspace: Where = HERE,
) -> None:
    """Build the index anew, beside the one that answers, from what was read: after a change of models, or where it is damaged.
    Ctrl-C is safe: the next run goes on."""
    view, deepened = ProgressView(quiet=json_), None
    with Reindexer(workspace) as work, stop_on_interrupt() as should_stop:
        if check:
            _tell(work.plan(), json_)
            return
        if not json_:
            _show_plan(work.plan())
        with view.drawing():
            done = work.run(view, should_stop)
            if not done.built.interrupted:
                deepened = _bring_up(work, view, should_stop, json_)
        is_stopped = done.built.interrupted or should_stop()
    if json_:
        print_json(_as_json(done, deepened))
    else:
        _show(done, deepened)
    if is_stopped:
        raise typer.Exit(130)
    if done.built.failures:
        raise typer.Exit(1)


def _bring_up(
    work: Reindexer, view: ProgressView, should_stop: Callable[[], bool], json_: bool
) -> DeepenReport | None:
    """What an ingest does after it has indexed: sentence vectors, and a look at the ways to search."""
    deepened = None
    with open_system(work.workspace.root) as system:
        with suppress(Busy):  # whoever writes now deepens in the end
            deepened = None if should_stop() else system.deepen(view, should_stop)
        if not should_stop():
            legs = system.check_legs()
            if not json_:
                show_legs_off(legs)
    return deepened


def _tell(plan: ReindexPlan, json_: bool) -> None:
    if json_:
        print_json(_plan_as_json(plan))
    else:
        _show_plan(plan)
    if not plan.is_possible:
        raise typer.Exit(1)


def _show_plan(plan: ReindexPlan) -> None:
    out.print(f"the index there is: {plan.why or 'nothing is known to be wrong with it'}", markup=False)
    begun = "; goes on with what a stopped run has built" if plan.begun else ""
    out.print(f"{plan.documents} documents, about {plan.passages} passages{begun}")
    out.print(f"needs {plan.room}")


def _plan_as_json(plan: ReindexPlan) -> dict[str, Any]:
    return value_as_json(plan) | {"possible": plan.is_possible}


def _show(done: Reindexed, deepened: DeepenReport | None) -> None:
    built = done.built
    rate = f", {built.passages / built.seconds:,.0f} passages/s" if built.seconds and built.passages else ""
    kept = f" ({built.kept} of a run before)" if built.kept else ""
    out.print(
        f"{built.documents} of {built.live} documents are in the new index{kept}; {built.passages} passages, {duration(built.seconds)}{rate}"
    )
    for uri in built.read_again:
        out.print(f"read again, since what was read of it was missing: {escape(uri)}")
    for failure in built.failures:
        out.print(f"[red]not in the index[/] {escape(failure.subject)}: {escape(failure.detail)}")
    if built.interrupted:
        out.print(
            "[yellow]stopped; the index before answers as ever: `metier reindex` goes on where it stopped[/]"
        )
        return
    out.print("the new index has taken the place of the old one, which is removed")
    if done.sentences:
        out.print(done.sentences)
    if deepened is not None:
        show_deepened(deepened)


def _as_json(done: Reindexed, deepened: DeepenReport | None) -> dict[str, Any]:
    return value_as_json(done.built) | {
        "plan": _plan_as_json(done.plan),
        "switched": not done.built.interrupted,
        "sentences": done.sentences,
        "deepened": None if deepened is None else deepened.deep,
        "deepened_share": None if deepened is None else deepened.share,
    }


# --- the state, for status, doctor and ingest -------------------------------------------------------------------------


def told_of(index: IndexState) -> list[tuple[bool, str]]:
    """What there is to say of the index: whether something must be done, and words."""
    told = [(True, index.problem)] if index.problem else []
    if index.without:
        told.append((True, f"{index.without} live documents are not in it: `metier ingest` indexes them"))
    if index.compaction is not None:
        told.append((index.compaction.is_lossy, compaction_in_words(index.compaction)))
    if index.begun_mb is not None:
        words = f"one that is being built anew, or was, takes {index.begun_mb} MB: `metier reindex` goes on with it"
        told.append((False, words))
    if index.other_sentences:
        words = "sentence vectors are another model's and are not used: `metier ingest` makes them anew"
        told.append((True, words))
    elif index.passages and index.deepened is not None and index.deepened < 1:
        words = f"{int(100 * index.deepened)}% of them have sentence vectors, by which meaning is found: `metier ingest` makes the rest"
        told.append((False, words))
    return told


def compaction_in_words(done: Compaction) -> str:
    """When and why it was compacted, and whether all was found after it as before."""
    day = datetime.fromtimestamp(done.ended, UTC).strftime("%Y-%m-%d %H:%M")
    words = f"compacted {day} UTC in {duration(done.seconds)}, since {done.why}"
    if not done.is_lossy:
        return f"{words}; {done.found_after} of {done.asked} known passages found before and after"
    return (
        f"{words}, and LOST something: {done.found_before} of {done.asked} known passages were found before and {done.found_after} "
        f"after, {done.rows_before} passages were there before and {done.rows_after} after; `metier reindex` builds it anew"
    )


def show_index(index: IndexState) -> None:
    """How many passages the index has, and what there is to say of it."""
    out.print(f"index: {index.passages} passages")
    for is_wrong, words in told_of(index):
        out.print(f"  [red]{escape(words)}[/]" if is_wrong else f"  {escape(words)}")


def show_loss(compaction: Compaction | None) -> None:
    """What the last compaction lost; nothing if all is as it was."""
    if compaction is not None and compaction.is_lossy:
        out.print(f"[red]index {escape(compaction_in_words(compaction))}[/]")
