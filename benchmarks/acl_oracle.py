"""Access: `python -m benchmarks.acl_oracle`. Random worlds through the product's own rooms, against a naive oracle.

In every world four people ask, some of them with a filter, before and after rights change; each leg is asked for everything and for a few, and the
whole journey runs with a generator that cites all it can. One check is one document in one result: is it there if and only
if its asker may see it (for a leg), and does its marker or uri occur nowhere in what leaves otherwise (for the journey: statements,
citations, notes, abstention, streamed statements, the pool of `--explain`); and do weights follow no closed document. Counts are checked besides. Fewer
worlds (`--doors`), because they are slower, are asked through HTTP as benchmarks/acl_doors.py says. The zero counts only if the same checks find
the access bugs of benchmarks/acl_bugs.py and acl_door_bugs.py, planted one by one.

leaks: checks that found something its asker may not see; `high` is the 95% upper bound on their share, times the checks.
missing: checks that missed something a leg must have returned, or a door must have shown.
door_*: the part of it that was found at the doors.
"""

import argparse
import dataclasses
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.acl_bugs import BUGS, Bug
from benchmarks.acl_count import Count, total_of
from benchmarks.acl_door_bugs import DOOR_BUGS
from benchmarks.acl_doors import check_doors
from benchmarks.acl_world import (
    Doc,
    Product,
    World,
    build,
    expected,
    may_see,
    most_echoed,
    random_world,
    rules_of,
)
from benchmarks.common import Metric, emit, parser, say
from metier.errors import UserError
from metier.evaluate.estimates import clopper_pearson, wilson
from metier.flow.answer import answer
from metier.text.echo import ECHO
from metier.types import Access, Answer, Query, Statement, Trace

Task = TypeVar("Task")
Result = TypeVar("Result")
_WORLDS_PER_BUG = 60  # the rarest planted bug shows in about every tenth world
_DOORS_PER_BUG = 12  # a mistake about old answers shows in every third world or so
_CHUNK = 5


# --- one world ------------------------------------------------------------------------------------------------------


def check_world(seed: int, bug: Bug | None = None) -> Count:
    """All checks of one world; with `bug`, planted in it, only until something is found."""
    rng = np.random.default_rng(seed)
    world = random_world(rng)
    later = world.changed(rng)
    with tempfile.TemporaryDirectory(prefix="metier-acl-") as folder:
        product = build(world, Path(folder))
        if bug is None:
            return total_of(_phases(product, world, later, rng))
        with bug.planted(product):
            return total_of(_phases(product, world, later, rng), until_found=True)


def _phases(product: Product, world: World, later: World, rng: np.random.Generator) -> Iterator[Count]:
    """As it was; with rules newer than the index; with all of it moved on. Who asks is drawn anew each time: a search costs
    Lance 12 ms whatever it finds, so many documents and few searches make the most checks."""
    asked = list(zip(world.people, world.questions, strict=True))

    def some(count: int) -> list[tuple[Access, Query]]:
        return [_narrowed(asked[number], world, rng) for number in rng.permutation(len(asked))[:count]]

    for number, (access, query) in enumerate(some(2)):
        yield _legs(product, world, query, access, few=number == 0)
    yield _journey(product, world, *some(1)[0], rules_of(world))
    product.rules = rules_of(later)  # metier.yaml was changed; nothing was ingested yet
    for access, query in some(2):
        yield _journey(product, world, access, query, rules_of(later))
    product.move_to(later)
    for number, (access, query) in enumerate(some(2)):
        yield _legs(product, later, query, access, few=number == 0)
    yield _journey(product, later, *some(1)[0], rules_of(later))


_NARROWED = 0.3  # share of the questions that are put to some of the documents


def _narrowed(asked: tuple[Access, Query], world: World, rng: np.random.Generator) -> tuple[Access, Query]:
    """The question, perhaps with a filter that leaves some documents, closed ones among them."""
    access, query = asked
    if rng.random() >= _NARROWED:
        return access, query
    share = rng.random()
    chosen = frozenset(doc.id for doc in world.docs if rng.random() < share)
    return dataclasses.replace(access, documents=chosen), query


def _legs(product: Product, world: World, query: Query, access: Access, few: bool) -> Count:
    """One check per document and leg, which is asked for everything, and per hit where it is asked for a `few` besides; and
    one of each count."""
    total = Count()
    for leg in product.legs:
        wanted = expected(world, leg.name, query, access)
        allowed = {doc.id for doc in world.docs if may_see(access, doc)}
        for k in (len(world.docs), 3) if few else (len(world.docs),):
            found = [hit.passage.document for hit in leg.retrieve(query, access, k)]
            where = f"{leg.name}, k = {k}, {sorted(access.groups)} asked {query.text!r}"
            leaked = [one for one in found if one not in allowed]
            lost = max(0, min(k, len(wanted)) - len(set(found) & wanted))
            extra = len(found) - len(set(found))  # one passage twice makes a count wrong
            told = (
                f"{where}: shown {leaked}, missing {lost}, repeated {extra}"
                if leaked or lost or extra
                else ""
            )
            checks = len(world.docs) if k > 3 else len(found)
            total += Count(checks + 1, len(leaked), lost + extra, told)
    return total


def _journey(
    product: Product, world: World, access: Access, query: Query, rules: Mapping[str, tuple[str, ...]]
) -> Count:
    """One check per document: its marker leaves only if it is live and open to the asker by the rules and the index."""
    heard: list[Statement] = []
    product.traces.clear()
    got = answer(product.parts(), query.text, access, on_statement=heard.append)
    out = _everything(got, heard, product.traces)
    closed = [doc for doc in world.docs if not (doc.is_live and access.allows(rules[doc.uri]))]
    leaked = [doc.id for doc in closed if doc.marker in out or doc.uri in out]
    left_out = [doc for doc in world.docs if not access.reads(doc.id)]
    leaked += [doc.id for doc in left_out if doc.marker in out]  # that it is the newer version may be told
    opened = [doc for doc in world.docs if doc not in closed and may_see(access, doc)]
    leaked += ["the echo of a closed document"] if _echoes_more(product, opened) else []
    told = f"the journey of {sorted(access.groups)} asking {query.text!r} let out {leaked}" if leaked else ""
    return Count(len(world.docs) + 1, len(leaked), 0, told)


def _echoes_more(product: Product, opened: Sequence[Doc]) -> bool:
    """Whether the weights of a first search followed more than any document that is open to its asker holds."""
    for trace in product.traces:
        added = {identity for step in trace.steps for identity in step["added"]}
        echo = max(
            (row.get("scores", {}).get(ECHO, 0.0) for row in trace.pool if row["passage"] not in added),
            default=0.0,
        )
        if echo > most_echoed(product, opened, trace.query) + 1e-9:
            return True
    return False


def _everything(got: Answer, heard: Sequence[Statement], traces: Sequence[Trace]) -> str:
    """All text that leaves: the answer, what was streamed, and what `--explain` shows of the trace; not the draft, which
    a mad generator filled and which is only kept beside what the checks made of it."""
    pools = [trace.pool for trace in traces]
    return f"{got!r} {heard!r} {pools!r}"


# --- many worlds ----------------------------------------------------------------------------------------------------


def check_worlds(check: Callable[[Sequence[int]], Count], worlds: int, jobs: int) -> Count:
    """All checks of worlds 0, 1, ...; in child processes if there is more than one job."""
    chunks = [range(start, min(start + _CHUNK, worlds)) for start in range(0, worlds, _CHUNK)]
    total = Count()
    for number, count in enumerate(_spread(check, chunks, jobs), start=1):
        total += count
        if number % 20 == 0:
            say(f"{min(number * _CHUNK, worlds)} worlds, {total.checks} checks, {total.leaks} leaks")
    return total


def _in_rooms(seeds: Sequence[int]) -> Count:
    return total_of(check_world(seed) for seed in seeds)


def _at_doors(seeds: Sequence[int]) -> Count:
    return total_of(check_doors(seed) for seed in seeds)


def find_bug(name: str) -> str:
    """What the checks said of the planted bug; empty if no world showed it."""
    bug = next(bug for bug in BUGS if bug.name == name)
    return _first(check_world(seed, bug) for seed in range(_WORLDS_PER_BUG))


def find_door_bug(name: str) -> str:
    """What the checks of the doors said of the planted bug; empty if no world showed it."""
    bug = next(bug for bug in DOOR_BUGS if bug.name == name)
    return _first(check_doors(seed, bug) for seed in range(_DOORS_PER_BUG))


def _first(counts: Iterable[Count]) -> str:
    return next((count.first for count in counts if count.first), "")


def _spread(work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int) -> Iterator[Result]:
    if jobs <= 1:
        yield from map(work, tasks)
        return
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn")
    ) as pool:  # Lance's threads do not survive a fork
        yield from pool.map(work, tasks)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; exit status 1 if something leaked or was missing."""
    options = _options(arguments)
    doors = check_worlds(_at_doors, options.doors, options.jobs)
    total = doors + check_worlds(_in_rooms, options.worlds, options.jobs)
    planted: list[tuple[Callable[[str], str], list[str]]] = [
        (find_door_bug, [bug.name for bug in DOOR_BUGS[: options.bugs if options.doors else 0]]),
        (find_bug, [bug.name for bug in BUGS[: options.bugs]]),
    ]
    names = [name for _, some in planted for name in some]
    found = 0
    for find, some in planted:
        for name, told in zip(some, _spread(find, some, options.jobs), strict=True):
            found += bool(told)
            say(f"planted {name}: {told[:160] or 'NOT FOUND'}")
    metrics = {
        "checks": Metric(total.checks),
        "worlds": Metric(options.worlds),
        "leaks": _leaks(total),
        "missing": Metric(total.missing, n=total.checks),
        "door_worlds": Metric(options.doors),
        "door_checks": Metric(doors.checks),
        "door_leaks": _leaks(doors),
        "bugs_planted": Metric(len(names)),
        "bugs_found": Metric.of(wilson(found, len(names))),
    }
    if total.first:
        say(f"first violation: {total.first}")
    emit(
        "acl_oracle",
        metrics,
        record=options.record,
        options={"worlds": options.worlds, "doors": options.doors},
    )
    return int(bool(total.leaks or total.missing))


def _leaks(count: Count) -> Metric:
    if not count.checks:
        return Metric(0, n=0)
    bound = clopper_pearson(count.leaks, count.checks)
    return Metric(count.leaks, count.checks * bound.low, count.checks * bound.high, count.checks)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("acl_oracle", "random worlds of documents, groups and people against a naive oracle")
    options.add_argument("--worlds", type=int, default=1000)
    options.add_argument("--doors", type=int, default=20, help="worlds asked through the HTTP doors")
    options.add_argument(
        "--bugs", type=int, default=len(BUGS), help="plant only the first so many of each kind"
    )
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return options.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"acl_oracle: {error}")
