import json
import threading
import time
from pathlib import Path

import pytest

from metier.errors import UserError
from metier.evaluate.run import Ask, Run, SystemFailure, as_json, read_run, run_suite
from metier.evaluate.suites import Suite
from metier.types import Case, Outcome, Progress
from tests.evaluate.made import case

SUITE = Suite("s", tuple(case(number) for number in range(6)))


def start(ask: Ask, path: Path | None = None, suite: Suite = SUITE, **more: object) -> Run:
    return run_suite(ask, suite, system="f", now=lambda: "now", path=path, **more)  # type: ignore[arg-type]


def test_every_case_ends_in_a_named_state() -> None:
    def ask(of: Case) -> object:
        match of.id:
            case "c0001":
                return None
            case "c0002":
                raise ZeroDivisionError("oh")
            case "c0003":
                return 7
            case "c0004":
                raise SystemFailure("http_503", "busy", retry=True)
            case "c0005":
                raise UserError("unknown user")
            case _:
                return "six weeks"

    run = start(ask)
    assert [item.error for item in run.rows] == ["", "", "exception", "bad_reply", "http_503", "user_error"]
    assert run.rows[1].answer is not None
    assert run.rows[1].answer.outcome is Outcome.ABSTAINED
    assert run.rows[2].detail == "ZeroDivisionError: oh"
    assert run.errors == {"bad_reply": 1, "exception": 1, "http_503": 1, "user_error": 1}
    assert (run.missing, run.cites) == (0, False)
    assert "rows" not in as_json(run)


def test_a_call_that_hangs_is_a_timeout_and_many_end_the_run(tmp_path: Path) -> None:
    never = threading.Event()
    run = start(lambda of: never.wait(60) if of.id == "c0002" else "x", timeout_s=0.3)
    assert [item.error for item in run.rows] == ["", "", "timeout", "", "", ""]
    many = Suite("many", tuple(case(number) for number in range(40)))
    with pytest.raises(UserError, match="did not answer 17 questions"):
        start(lambda of: never.wait(60), tmp_path / "r.jsonl", many, timeout_s=0.02, workers=4)
    assert len(read_run(tmp_path / "r.jsonl").rows) >= 17
    never.set()


def test_no_more_than_workers_are_under_way() -> None:
    now, most, lock = 0, 0, threading.Lock()

    def ask(of: Case) -> str:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1
        return "x"

    start(ask, workers=2)
    assert most == 2


def test_a_run_goes_on_where_it_stopped_and_asks_again_what_may_pass(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "r.jsonl"
    asked: list[str] = []
    seen: list[Progress] = []

    def flaky(of: Case) -> str:
        asked.append(of.id)
        if of.id == "c0001":
            raise SystemFailure("connection", "down", retry=True)
        return "six weeks"

    first = start(flaky, path, workers=1, should_stop=lambda: len(asked) >= 3)
    assert (len(first.rows), first.missing) == (3, 3)
    with path.open("a") as file:
        file.write('{"case": {"id": "c0003", "torn')  # as a kill leaves it
    assert len(read_run(path).rows) == 3
    asked.clear()
    again = start(lambda of: (asked.append(of.id), "six weeks")[1], path, workers=1, on_progress=seen.append)
    assert asked == ["c0001", "c0003", "c0004", "c0005"]
    assert (again.missing, again.errors, again.kept) == (0, {}, 2)
    assert (seen[-1].done, seen[-1].total, seen[-1].unit) == (4, 4, "cases")
    kept = read_run(path)
    assert (kept.rows, kept.missing, kept.suite_fingerprint) == (again.rows, 0, SUITE.fingerprint)


def test_a_file_of_another_run_is_not_mixed_with_this_one(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    start(lambda of: "x", path)
    with pytest.raises(UserError, match="another suite"):
        start(lambda of: "x", path, Suite("t", SUITE.cases[:2]))
    with pytest.raises(UserError, match="another state of the system: another release was live; name"):
        start(lambda of: "x", path, about={"release": "r2"})
    with pytest.raises(UserError, match="another system"):
        run_suite(lambda of: "x", SUITE, system="g", now=lambda: "now", path=path)


def test_files_that_are_no_run_or_were_changed(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text("hello\n")
    with pytest.raises(UserError, match="is no run"):
        read_run(path)
    with pytest.raises(UserError, match="cannot be read"):
        read_run(tmp_path / "none.jsonl")
    path.unlink()
    start(lambda of: "x", path)
    whole = path.read_text()
    path.write_text(whole.replace("six weeks", "nine weeks"))
    with pytest.raises(UserError, match="it was changed"):
        read_run(path)
    path.write_text(whole + json.dumps({"case": 1}) + "\n")
    with pytest.raises(UserError, match=r"r\.jsonl:8: not a row"):
        read_run(path)


def test_limits_are_checked() -> None:
    with pytest.raises(UserError, match="workers"):
        start(lambda of: "x", workers=0)
