import dataclasses
from pathlib import Path

import pytest

from metier.errors import Stopped, UserError
from metier.evaluate.replies import Reply
from metier.evaluate.run import SystemFailure
from metier.evaluate.suites import Suite
from metier.evaluate.targets import Target, callable_target
from metier.evaluate.vault import (
    BudgetSpent,
    Look,
    create,
    guard_of,
    key_file_named,
    look,
    resembles,
    rotate,
    status,
)
from metier.store.audit import FileAudit
from metier.types import Case
from tests.evaluate.made import case

WORDS = [
    "lorry",
    "vineyard",
    "glacier",
    "tariff",
    "orchard",
    "ferry",
    "quarry",
    "beacon",
    "harness",
    "mill",
    "anvil",
    "barley",
]


def suite(n: int = 100, start: int = 0) -> Suite:
    names = [f"{WORDS[k % 12]} {WORDS[k // 12 % 12]}x{k}y costs" for k in range(start, start + n)]
    return Suite("s", tuple(dataclasses.replace(case(k), question=name) for k, name in enumerate(names)))


def system(name: str, share: int, release: str = "1") -> Target:
    def ask(of: Case) -> object:
        return {"text": "six weeks" if int(of.id[1:]) % 10 < share else "nine weeks"}

    return Target(name, ask, {"release": release})


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "work" / ".metier").mkdir(parents=True)
    return tmp_path / "work" / ".metier"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "key"


def test_looks_are_counted_by_configuration_and_end(state: Path, key: Path) -> None:
    made = create(state, suite(), 3, 0.05, key)
    assert (made.cases, made.looks, made.spent, made.generation) == (100, 3, 0, 1)
    good, bad = system("good", 9), system("bad", 5)
    first = look(state, key, good, bad)
    assert (first.word, first.look, first.again) == ("pass", 1, False)
    assert first.low is not None
    assert 0.1 < first.low < 0.4
    assert look(state, key, good, bad) == dataclasses.replace(first, again=True)
    assert look(state, key, bad, good).word == "worse"
    assert look(state, key, system("good", 9, "2"), good) == Look("cannot tell", 3, 3, 0.05 / 3, None, False)
    with pytest.raises(BudgetSpent, match="all 3 looks"):
        look(state, key, system("good", 9, "3"), good)
    assert look(state, key, good, bad).again  # what was said can be asked for at any time
    assert status(state, key).spent == 3
    assert status(state, None).checked is False


def test_no_word_of_a_case_is_on_disk(state: Path, key: Path) -> None:
    create(state, suite(), 3, 0.05, key)
    look(state, key, system("a", 9), system("b", 5))
    content = b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())
    assert not [word for word in (*WORDS, "six weeks", "nine weeks") if word.encode() in content]
    assert FileAudit(state / "audit.jsonl").broken_at() is None
    assert len(list(FileAudit(state / "audit.jsonl").rows())) == 2


def test_a_system_that_is_down_spends_nothing(state: Path, key: Path) -> None:
    def ask(of: Case) -> Reply:
        raise UserError("broken")

    def down(of: Case) -> Reply:
        raise SystemFailure("connection", "refused", retry=True)

    create(state, suite(), 3, 0.05, key)
    with pytest.raises(UserError, match="100 sealed cases; no look was spent"):
        look(state, key, Target("a", down, {}), system("b", 5))
    assert status(state, key).spent == 0
    assert (
        look(state, key, callable_target(ask), system("b", 5)).word == "worse"
    )  # broken for good: not right


def test_a_look_that_is_stopped_spends_nothing(state: Path, key: Path) -> None:
    create(state, suite(), 3, 0.05, key)
    with pytest.raises(Stopped, match="no look was spent"):
        look(state, key, system("a", 9), system("b", 5), should_stop=lambda: True)
    assert status(state, key).spent == 0


def test_rotation_takes_other_questions_and_counts_anew(state: Path, key: Path) -> None:
    create(state, suite(), 1, 0.05, key)
    look(state, key, system("a", 9), system("b", 5))
    with pytest.raises(UserError, match="100 of 100 cases resemble"):
        rotate(state, suite(), 2, 0.05, key)
    assert rotate(state, suite(start=200), 2, 0.05, key).generation == 2
    assert not look(state, key, system("a", 9), system("b", 5)).again
    assert (status(state, key).spent, status(state, key).looks) == (1, 2)


def test_near_duplicates_are_told_without_the_key(state: Path, key: Path) -> None:
    assert not resembles(state, "anything")
    sealed = suite()
    create(state, sealed, 1, 0.05, key)
    key.unlink()
    assert all(resembles(state, item.question.upper()) for item in sealed.cases[:5])
    assert not guard_of(state).resembles("How long is the notice period?")


def test_what_cannot_be_is_refused(state: Path, key: Path) -> None:
    with pytest.raises(UserError, match="no vault"):
        status(state, None)
    for cases, looks, alpha, file, why in (
        (suite(5), 1, 0.05, key, "5 independent groups"),
        (suite(), 0, 0.05, key, "at least 1 look"),
        (suite(), 1, 0.5, key, "alpha"),
        (suite(), 1, 0.05, state.parent / "key", "lies in the workspace"),
    ):
        with pytest.raises(UserError, match=why):
            create(state, cases, looks, alpha, file)
    create(state, suite(), 1, 0.05, key)
    with pytest.raises(UserError, match="there is a vault"):
        create(state, suite(), 1, 0.05, key)
    key.write_bytes(b"o" * 32)
    with pytest.raises(UserError, match="another key"):
        look(state, key, system("a", 9), system("b", 5))
    with pytest.raises(UserError, match="METIER_VAULT_KEY_FILE"):
        key_file_named({})
    assert key_file_named({}, needed=False) is None
    assert key_file_named({"METIER_VAULT_KEY_FILE": "k"}) == Path("k")
