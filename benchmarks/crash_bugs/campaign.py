"""Kills, and checks between them, until there were enough: on one folder, with one copy of the package."""

import json
import math
import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.crash_bugs import power
from benchmarks.crash_bugs.checks import Memory, Reader, Violation, at_rest, finished, same_as
from benchmarks.crash_bugs.corpus import Corpus
from benchmarks.crash_bugs.process import Program, Run, Step, kill, survivors

_HANG_S = 300.0  # a run over some hundred small files that takes this long hangs
_LOOK_S = 0.002  # between looks at the state
_ASK_S = 0.05  # between questions to the ledger, which are dearer
# Steps of the shim in a run of a few hundred documents, until one that ended has told.
_GUESS = {"open": 60, "rename": 60, "renamed": 60, "sync": 120, "remove": 20, "removed": 20, "change": 60,
          "commit": 8, "table": 4, "tabled": 4}  # fmt: skip
_ASKED = 0.15  # of the killed runs are followed by a search
_FEW, _MOST_OF_A_KIND = ("commit", "table", "tabled"), 10
_SIGHTS = ("passages", "documents", "blobs", "wal")


@dataclass(frozen=True, slots=True)
class Plan:
    """When a run is killed: after some time, at a step inside it, or at something seen from outside. Nothing = never."""

    at_s: float | None = None
    step: Step | None = None
    sight: str = ""
    after_s: float = 0.0  # how long after the sight
    whole_tree: bool = True
    cut: bool = False  # the power fails in the same moment

    def words(self) -> str:
        """For messages."""
        if self.step:
            when = f"{self.step.kind} {self.step.number} + {self.step.delay_s * 1000:.1f} ms"
        elif self.sight:
            when = f"new {self.sight} + {self.after_s * 1000:.1f} ms"
        else:
            when = "never" if self.at_s is None else f"{self.at_s:.2f} s"
        return when + (", power cut" if self.cut else "" if self.whole_tree else ", parent alone")


@dataclass(slots=True)
class Result:
    """What a campaign found."""

    kills: int = 0
    ended: int = 0  # runs that ended before their kill
    hit: Counter[str] = field(default_factory=Counter)  # kills by kind of moment
    repairs: int = 0  # times the operator had to do what a message said (after power cuts)
    taken: int = 0  # files that power cuts took
    resume_s: list[float] = field(default_factory=list)
    violations: list[tuple[str, Violation]] = field(default_factory=list)  # with what came before
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a campaign knows of a state of its workspace."""

    ids: set[str]
    visible: set[str]
    closed: frozenset[str]


class Campaign:
    """One workspace that is killed again and again."""

    def __init__(
        self,
        base: Path,
        program: Program,
        corpus: Corpus,
        rng: random.Random,
        deepen_s: float,
        workers: int,
        says: Callable[[str], None],
    ) -> None:
        self.base, self.corpus, self.rng = base, corpus, rng
        self._program, self._says = program, says
        self._deepen_s, self._workers = deepen_s, workers
        self.root = base / "workspace"
        self.init = ["init", str(self.root), "--docs", str(corpus.folder)]
        self.ingest = ["ingest", "-w", str(self.root)]
        self._reader = Reader(self.root / ".metier", base / "scratch")
        self._memory = Memory()
        self._steps = dict(_GUESS)
        self._startup_s, self._duration_s = 1.5, 8.0
        self._closed: set[str] = set()
        self._torn = False  # the power failed, and no run has ended since
        self._taken: set[str] = set()  # names of files that power cuts took
        self._tried: Counter[tuple[str, int]] = Counter()
        self._before = power.Before({})
        self._rows: list[dict[str, Any]] = []  # what the shim wrote down of the last run
        self.result = Result()

    def run(self, kills: int, enough: Callable[[], bool] = lambda: False) -> Result:
        """At least `kills` kills at moments drawn by dice and what follows them; stops when it is `enough`."""
        wanted, number, killed = self.result.kills + kills, 0, 0
        self._first_starts(max(2, kills // 8), enough)
        while self.result.kills < wanted and not enough():
            if number:
                self.change(self.rng.choice((0.05, 0.15, 0.4)))
            number += 1
            ended = self.result.ended
            self.once(self.ingest, Plan() if killed == 4 else self._draw())
            killed = 0 if self.result.ended > ended else killed + 1  # in a row: every fifth run at least ends
        if not enough():
            self._end()
        return self.result

    # --- what is done -----------------------------------------------------------------------------------------------

    def _first_starts(self, kills: int, enough: Callable[[], bool]) -> None:
        """A workspace that is killed while it is made must be made by the next start."""
        self.fresh()
        self._go(self.init, Plan())
        for _ in range(kills):
            if enough():
                return
            self.fresh()
            dice = self.rng.random()
            if dice < 0.4:  # while the schemas of three databases are made
                plan = Plan(step=Step("change", self.rng.randint(1, 14)))
            elif dice < 0.6:
                plan = Plan(step=self._draw_step(("commit", "open", "renamed", "sync"), 8))
            else:
                plan = Plan(sight="table", after_s=self.rng.choice((0.0, self._small() / 10)))
            self._go(self.init, plan)
            self._go(self.init, Plan())
        self.write_settings()

    def fresh(self) -> None:
        """No workspace, and nothing known of one."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir()
        self._memory = Memory()

    def once(self, arguments: list[str], plan: Plan) -> None:
        """One command, killed or not, and the laws that hold then."""
        files = self.corpus.files()
        ended = self._go(arguments, plan)
        if ended is None or not (self._reader.state / "ledger.db").exists():
            return
        self._note(plan, at_rest(self._reader, self._memory, files, self._torn, self._taken))
        if ended and arguments == self.ingest:
            readable = self.corpus.must_be_readable()
            self._note(plan, finished(self._reader, files, readable, self._groups(files)))
        elif not ended and not plan.cut and self.rng.random() < _ASKED:
            self._ask(plan)

    def whole(self, arguments: list[str]) -> list[dict[str, Any]]:
        """A command that nobody disturbs, checked; what the shim wrote down of it."""
        self.once(arguments, Plan())
        return self._rows

    def change(self, share: float) -> None:
        """About this share of the folder, and perhaps who may see a part of it."""
        self.corpus.change(share)
        if self.rng.random() < 0.7:
            self.regroup()

    def regroup(self) -> None:
        """A folder is closed to most people, or opened again."""
        self._closed ^= {f"text{self.rng.randrange(7)}"}
        self.write_settings()

    def remembered(self) -> "Remembered":
        """What is known of the workspace, to be given back to `remember` when its files are put back."""
        return Remembered(set(self._memory.ids), set(self._memory.visible), frozenset(self._closed))

    def remember(self, known: "Remembered") -> None:
        """The workspace is as it was when this was known."""
        self._memory, self._closed = Memory(set(known.ids), set(known.visible)), set(known.closed)

    def _go(self, arguments: list[str], plan: Plan) -> bool | None:
        """True if the command came to its end, False if it was killed, None if it failed (which is noted)."""
        self._before = power.look(self._reader.state)
        run = self._program.start(self.root, self.base / "run.log", arguments, plan.step)
        self._says(f"{arguments[0]}: kill {self.result.kills + 1}, {plan.words()}")
        hung = not self._watch(run, plan)
        code = run.process.wait()
        if left := survivors(run):
            self._note(plan, [Violation("survivors", f"{len(left)} child processes outlived their parent")])
        rows = self._rows = run.rows()
        losses = power.at_risk(self._reader.state, self._before, rows)
        self._note(plan, [Violation("not_synced", text) for text in power.broken_promises(losses, rows)[:3]])
        self._note(plan, [Violation("in_place", text) for text in power.written_in_place(rows)[:3]])
        if hung:
            self._note(plan, [Violation("hung", f"no end after {_HANG_S:g} s")])
            return None
        if code == -9:
            self.result.kills += 1
            self.result.hit[
                "power" if plan.cut else "step" if plan.step else "sight" if plan.sight else "time"
            ] += 1
            if plan.cut:
                taken = power.cut(losses, self.rng)
                self.result.taken += len(taken)
                self._taken |= taken
                self._torn = True
            return False
        return self._ended(run, code, plan, arguments)

    def _ended(self, run: Run, code: int, plan: Plan, arguments: list[str]) -> bool | None:
        self.result.ended += 1
        if code == 0:
            self._torn = False
            if arguments[0] == "ingest":
                counts: dict[str, int] = next((row["counts"] for row in run.rows() if "counts" in row), {})
                # half-way between: this run had more work or less than the next one
                self._steps = {
                    kind: (self._steps[kind] + max(2, counts.get(kind, 0))) // 2 for kind in _GUESS
                }
                self._duration_s = run.seconds()
            return True
        said = run.output()[1].strip()[-600:]
        if table := self._operator(said):
            self.result.repairs += 1
            shutil.rmtree(self._reader.state / table)
            self._memory.visible = set()  # what was visible is built anew
            return self._go(arguments, Plan())
        self._note(plan, [Violation("does_not_run", f"exit code {code}: {said}")])
        return None

    @staticmethod
    def _operator(said: str) -> str:
        """The table that a message asks to rename or remove after a power cut tore it, or ""."""
        if "if a disk error is ruled out" not in " ".join(said.split()):
            return ""
        return next((name for name in ("passages.lance", "sentences.lance") if name in said), "")

    def _watch(self, run: Run, plan: Plan) -> bool:
        """Follows the run to its end or its kill; False if it had to be killed because it hung."""
        seen = self._sight(plan.sight)
        known = self._visible()
        asked, resumed, started = 0.0, not self.result.kills, False
        while run.process.poll() is None:
            now = run.seconds()
            if now > _HANG_S:
                kill(run, True)
                return False
            if plan.at_s is not None and now >= plan.at_s:
                kill(run, plan.whole_tree)
            elif plan.sight and self._sight(plan.sight) > seen:
                time.sleep(plan.after_s)
                kill(run, plan.whole_tree)
            elif now - asked > _ASK_S:
                asked = now
                if not started and (self._reader.state / "writer.json").exists():
                    started, self._startup_s = True, now
                if not resumed and self._visible() - known:
                    resumed = True
                    self.result.resume_s.append(now)
            if plan.sight != "table":
                time.sleep(_LOOK_S)
        if not resumed and run.process.returncode == 0:
            self.result.resume_s.append(run.seconds())
        return True

    def _visible(self) -> set[str]:
        """Ids of visible documents now, read beside the writer as every reader does."""
        path = self._reader.state / "ledger.db"
        try:
            connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1)
            try:
                query = "SELECT id FROM documents WHERE state IN ('live', 'partial')"
                return {row[0] for row in connection.execute(query)}
            finally:
                connection.close()
        except sqlite3.OperationalError:  # not there yet, or just being made
            return set()

    def _sight(self, what: str) -> float:
        """A number that grows when the thing appears."""
        state = self._reader.state
        try:
            if what == "table":
                return float((state / "passages.lance").exists())
            if what == "passages":
                return len(list((state / "passages.lance" / "_versions").iterdir()))
            if what == "wal":
                return (state / "ledger.db-wal").stat().st_size
            return len(list((state / what).iterdir())) if what else 0
        except FileNotFoundError:
            return 0

    def _ask(self, plan: Plan) -> None:
        """What the next reader is shown, before any new run: passages of visible documents only."""
        words = " ".join(
            random.Random(self.result.kills).sample(("notice", "pump", "lease", "audit", "salary"), 3)
        )
        arguments = ["ask", words, "--json", "--explain", "-w", str(self.root)]
        run = self._program.start(self.root, self.base / "ask.log", arguments)
        code = run.process.wait(timeout=_HANG_S)
        try:
            found = json.loads(run.output()[0])
        except ValueError:
            self._note(plan, [Violation("does_not_run", f"ask: exit code {code}: {run.output()[1][-300:]}")])
            return
        self.result.asked += 1
        pool = {row["document"] for row in (found.get("explain") or {}).get("pool", ())}
        cited = {
            item["document"] for statement in found.get("statements", ()) for item in statement["citations"]
        }
        hidden = (pool | cited) - {
            row["id"] for row in self._reader.ledger() if row["state"] in ("live", "partial")
        }
        self._note(
            plan, [Violation("hidden_shown", f"a search shows {identity}") for identity in sorted(hidden)]
        )

    def _end(self) -> None:
        """To the end, a second time without work, and beside a run that nobody disturbed."""
        self.once(self.ingest, Plan())
        self.second_run()
        clean = self.base / "clean"
        clean.mkdir()
        self.write_settings(clean)
        run = self._program.start(clean, self.base / "run.log", ["ingest", "-w", str(clean)])
        run.process.wait(timeout=_HANG_S)
        self._note(Plan(), same_as(self._reader, Reader(clean / ".metier", self.base / "scratch")))

    def second_run(self) -> None:
        """After a run that came to its end, over the same folder: there is nothing to do, and nothing is done."""
        before, version = self._reader.ledger(), self._reader.table_version()
        run = self._program.start(self.root, self.base / "run.log", [*self.ingest, "--json"])
        run.process.wait(timeout=_HANG_S)
        report = json.loads(run.output()[0] or "{}")
        work = {name: report.get(name) for name in ("added", "changed", "removed", "regrouped", "done")}
        if any(value != 0 for value in work.values()) or self._reader.ledger() != before:
            self._note(Plan(), [Violation("second_run_works", str(work))])
        if self._reader.table_version() != version:
            self._note(Plan(), [Violation("second_run_works", "the table has a new version")])

    # --- settings and dice ------------------------------------------------------------------------------------------

    def write_settings(self, root: Path | None = None) -> None:
        """metier.yaml of the workspace, or of another one over the same folder."""
        rules = [{"match": "**", "allow": ["all"]}]
        rules += [{"match": f"{name}/**", "allow": ["board"]} for name in sorted(self._closed)]
        settings = {
            "users": [{"id": "me", "groups": ["all", "board"]}],
            "groups": rules,
            "sources": [{"folder": str(self.corpus.folder)}],
            "retrieve": {"deepen_s": self._deepen_s},
            "extract": {"workers": self._workers},
        }
        (root or self.root).joinpath("metier.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")

    def _groups(self, files: Sequence[str] | dict[str, str]) -> dict[str, list[str]]:
        return {uri: ["board" if uri.partition("/")[0] in self._closed else "all"] for uri in files}

    def _draw(self) -> Plan:
        """A moment: by the clock (uniform, or log-uniform so that early phases are hit), at a step, at a sight."""
        rng = self.rng
        tree, dice = rng.random() < 0.6, rng.random()
        if dice < 0.55:
            step = self._next_step() if rng.random() < 0.75 else self._draw_step(tuple(_GUESS))
            return Plan(step=step, whole_tree=False, cut=rng.random() < 0.4)
        cut = rng.random() < 0.15
        if dice < 0.65:
            return Plan(
                sight=rng.choice(_SIGHTS), after_s=rng.choice((0.0, self._small())), whole_tree=tree, cut=cut
            )
        work = max(0.5, self._duration_s - self._startup_s)
        early = rng.random() < 0.1
        if early:
            at = rng.uniform(0, self._startup_s)
        elif rng.random() < 0.5:
            at = self._startup_s + rng.uniform(0, work)
        else:
            at = self._startup_s + math.exp(rng.uniform(math.log(0.005), math.log(work)))
        return Plan(at_s=at, whole_tree=tree, cut=cut)

    def _next_step(self) -> Step:
        """One of the few steps that everything hangs on (commits, writes to a table), those tried least first."""
        every = [
            (kind, number)
            for kind in _FEW
            for number in range(1, min(self._steps[kind], _MOST_OF_A_KIND) + 1)
        ]
        self.rng.shuffle(every)
        chosen = min(every, key=lambda step: self._tried[step])
        self._tried[chosen] += 1
        return Step(*chosen, self.rng.choice((0.0, self._small())))

    def _draw_step(self, kinds: Sequence[str], most: int = 0) -> Step:
        kind = self.rng.choice(kinds)
        # not the last part: the next run may have less work, and one that ends has not been killed
        number = self.rng.randint(1, most or max(2, int(0.7 * self._steps[kind])))
        return Step(kind, number, self.rng.choice((0.0, self._small())))

    def _small(self) -> float:
        """0.2 to 50 ms, log-uniform: what native code does after a step takes about this long."""
        return math.exp(self.rng.uniform(math.log(0.0002), math.log(0.05)))

    def _note(self, plan: Plan, violations: Sequence[Violation]) -> None:
        for violation in violations:
            self.result.violations.append((plan.words(), violation))
            if len(self.result.violations) <= 20:
                self._says(f"VIOLATION {violation.kind}: {violation.detail} (after: {plan.words()})")
