"""The vault: a suite nobody reads, looked at a declared number of times, which says one word a look.

It protects against peeking and against trying until it fits. It does not protect against an administrator: who can
read the key's file or this process can read the cases. A look asks both systems in memory; answers, grades and counts
of single cases are dropped. Asking again about the same configuration repeats the word and costs nothing.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from metier.errors import Stopped, UserError
from metier.evaluate.cases import parse_case
from metier.evaluate.near import Guard, prints
from metier.evaluate.run import Run, run_suite
from metier.evaluate.scores import FEWEST_GROUPS, score_run
from metier.evaluate.spending import Word, judge, level_of_next
from metier.evaluate.suites import Suite
from metier.evaluate.targets import Target
from metier.store.audit import FileAudit
from metier.store.database import open_database
from metier.store.ledger import utc_now
from metier.store.sealing import make_key, read_key, seal, unseal
from metier.store.vault import SealedSuite, VaultStore
from metier.types import Progress

KEY_ENV = "METIER_VAULT_KEY_FILE"
PROTECTS = "the vault protects against peeking and against trying until it fits, not against an administrator of this machine"


@dataclass(frozen=True, slots=True)
class Status:
    """What may be known of the vault without reading a case. `checked` is False if no key was there to check with."""

    generation: int
    cases: int
    looks: int
    spent: int
    alpha: float
    checked: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What one look said. `low` is the proven gain, as a share, and is told only of a pass."""

    word: Word
    look: int
    looks: int
    level: float
    low: float | None
    again: bool  # this configuration had been looked at: nothing was spent


class BudgetSpent(UserError):
    """All declared looks have been taken."""


def create(state: Path, suite: Suite, looks: int, alpha: float, key_file: Path) -> Status:
    """Seals the suite as the first generation, with a new key if the file is not there yet."""
    if _file(state).exists() and _open(state).current() is not None:
        raise UserError("there is a vault; `metier evaluate vault rotate` puts other cases in its place")
    return _seal_generation(state, suite, looks, alpha, key_file, 1)


def rotate(state: Path, suite: Suite, looks: int, alpha: float, key_file: Path) -> Status:
    """Seals other cases as the next generation, with looks of their own. Raises UserError if some are the old ones."""
    current = _current(state)
    old = guard_of(state)
    if known := sum(old.resembles(case.question) for case in suite.cases):
        raise UserError(
            f"{known} of {len(suite.cases)} cases resemble cases that were looked at; take other questions"
        )
    return _seal_generation(state, suite, looks, alpha, key_file, current.generation + 1)


def status(state: Path, key_file: Path | None) -> Status:
    """What is in it and how many looks are spent; the ledger is checked if the key is there."""
    store, current = _open(state), _current(state)
    if key_file is not None:
        store.check(read_key(key_file))
    spent = len(_looks(store, current.generation))
    return Status(
        current.generation, current.cases, current.looks, spent, current.alpha, key_file is not None
    )


def guard_of(state: Path) -> Guard:
    """What tells near-duplicates of the sealed questions, without the key; an empty one if there is no vault."""
    current = _open(state).current() if _file(state).exists() else None
    if current is None:
        return Guard()
    return Guard(current.salt, tuple(frozenset(item) for item in current.prints))


def resembles(state: Path, text: str) -> bool:
    """True if training on the text would train on a sealed question. For many texts use `guard_of` once."""
    return guard_of(state).resembles(text)


def look(
    state: Path,
    key_file: Path,
    candidate: Target,
    baseline: Target,
    margin: float = 0.0,
    *,
    workers: int = 2,
    timeout_s: float = 120.0,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Look:
    """One word about the candidate. Raises BudgetSpent if no look is left; UserError if a system is down, and Stopped (nothing is
    spent then)."""
    with FileLock(state / "vault.lock"):
        store, current, key = _open(state), _current(state), read_key(key_file)
        store.check(key)
        done = _looks(store, current.generation)
        subject = configuration(candidate, baseline, margin, current.generation)
        for number, row in enumerate(done, start=1):
            if row["subject"] == subject:
                return _look(row["data"], number, current.looks, again=True)
        level = level_of_next(current.alpha, current.looks, [row["data"]["word"] for row in done])
        if not level:
            raise BudgetSpent(
                f"all {current.looks} looks of this vault are spent; seal other cases with `metier evaluate vault rotate`"
            )
        suite = _unsealed(current, key)
        a, b = (
            run_suite(
                target.ask, suite, system=target.name, now=utc_now, workers=workers, timeout_s=timeout_s,
                about=target.about, on_progress=on_progress, should_stop=should_stop,
            )
            for target in (candidate, baseline)
        )  # fmt: skip
        if a.missing or b.missing:
            raise Stopped("stopped; no look was spent")
        data = _said(a, b, level, margin)
        sequence_hash = store.append(key, "look", current.generation, subject, data)
        FileAudit(state / "audit.jsonl").append(
            "vault", subject, "operator", {"row": sequence_hash, "look": len(done) + 1}
        )
        return _look(data, len(done) + 1, current.looks, again=False)


def configuration(candidate: Target, baseline: Target, margin: float, generation: int) -> str:
    """The hash looks are counted by: the names and states of both systems. What changes behind a URL is not seen."""
    told = [
        [*((target.name, dict(target.about)) for target in (candidate, baseline))],
        margin,
        generation,
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def key_file_named(environment: Mapping[str, str], needed: bool = True) -> Path | None:
    """The file the environment names. Raises UserError if it is needed and not named."""
    named = environment.get(KEY_ENV, "")
    if not named and needed:
        raise UserError(f"the vault's key: set {KEY_ENV} to a file outside the workspace")
    return Path(named) if named else None


def _said(a: Run, b: Run, level: float, margin: float) -> dict[str, Any]:
    for run in (a, b):
        down = sum(row.retry for row in run.rows)
        if down:
            raise UserError(
                f"{run.system} gave no result for {down} sealed cases; no look was spent: try again when it is up"
            )
    cites = a.cites and b.cites
    ours, theirs = score_run(a, cites), score_run(b, cites)
    word, found = judge(
        [item.right for item in ours],
        [item.right for item in theirs],
        [item.case.group for item in ours],
        level,
        margin,
    )
    # a number for every look would be something to climb: only a proven gain is told, in whole points
    low = int(found.low * 100) / 100 if word == "pass" else None
    return {"word": word, "level": level, "low": low}


def _look(data: Mapping[str, Any], number: int, looks: int, again: bool) -> Look:
    return Look(data["word"], number, looks, data["level"], data["low"], again)


def _seal_generation(
    state: Path, suite: Suite, looks: int, alpha: float, key_file: Path, generation: int
) -> Status:
    groups = len({case.group for case in suite.cases})
    if groups < FEWEST_GROUPS:
        raise UserError(f"{groups} independent groups are too few to compare on; at least {FEWEST_GROUPS}")
    if looks < 1 or not 0 < alpha < 0.5:
        raise UserError(f"declare at least 1 look and an alpha between 0 and 0.5, not {looks} and {alpha:g}")
    if state.resolve().parent in key_file.resolve().parents:
        raise UserError(f"{key_file} lies in the workspace; the vault's key belongs somewhere else")
    with FileLock(state / "vault.lock"):
        store = _open(state)
        current = store.current()
        if (current.generation if current else 0) != generation - 1:
            raise UserError("the vault was changed by another process meanwhile; look at it again")
        key = read_key(key_file) if current or key_file.exists() else make_key(key_file)
        salt = secrets.token_hex(16)
        text = "\n".join(json.dumps(asdict(case), ensure_ascii=False) for case in suite.cases)
        sealed = SealedSuite(
            generation,
            seal(text.encode(), key, f"suite {generation}"),
            len(suite.cases),
            looks,
            alpha,
            salt,
            [prints(case.question, salt) for case in suite.cases],
        )
        data = {"cases": len(suite.cases), "looks": looks, "alpha": alpha}
        row = store.append(
            key, "create" if generation == 1 else "rotate", generation, suite.fingerprint, data, sealed
        )
        FileAudit(state / "audit.jsonl").append("vault", suite.fingerprint, "operator", {"row": row, **data})
    return Status(generation, len(suite.cases), looks, 0, alpha, True)


def _unsealed(current: SealedSuite, key: bytes) -> Suite:
    text = unseal(current.sealed, key, f"suite {current.generation}").decode()
    return Suite("vault", tuple(parse_case(line) for line in text.split("\n")))


def _looks(store: VaultStore, generation: int) -> Sequence[dict[str, Any]]:
    return [row for row in store.rows() if row["kind"] == "look" and row["generation"] == generation]


def _current(state: Path) -> SealedSuite:
    current = _open(state).current() if _file(state).exists() else None
    if current is None:
        raise UserError("there is no vault here; `metier evaluate vault create CASES` seals one")
    return current


def _open(state: Path) -> VaultStore:
    return VaultStore(open_database(f"sqlite:///{_file(state)}", "vault"))


def _file(state: Path) -> Path:
    return state / "vault.db"


def environment_key(needed: bool = True) -> Path | None:
    """The key's file as this process' environment names it."""
    return key_file_named(os.environ, needed)
