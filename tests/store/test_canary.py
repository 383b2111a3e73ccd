"""The canary's state: who gets it, and that it starts and ends once, whoever else tries."""

from dataclasses import replace
from pathlib import Path

import pytest

from metier.errors import UserError
from metier.store.canary import Canary, Failed, FileCanary, draw

ONE = Canary("c1", "r" * 64, 0.1, "salt", "now", 0, 0)
PEOPLE = [f"person {number}" for number in range(40)]


@pytest.fixture
def file(tmp_path: Path) -> FileCanary:
    return FileCanary(tmp_path / "canary.json")


@pytest.mark.parametrize(
    ("people", "share", "count"), [(40, 0.1, 4), (40, 0.5, 20), (2, 0.01, 1), (3, 0.1, 1), (1000, 0.1, 100)]
)
def test_the_share_of_the_people_gets_it_and_always_the_same(people: int, share: float, count: int) -> None:
    askers = [f"p{number}" for number in range(people)]
    drawn = draw(replace(ONE, share=max(share, 0.05)), askers)
    takes = [drawn.takes(asker) for asker in askers]
    assert sum(takes) == max(count, 1)
    assert takes == [drawn.takes(asker) for asker in askers]
    assert draw(replace(ONE, share=0.5), PEOPLE).salt != draw(replace(ONE, share=0.5), PEOPLE).salt


@pytest.mark.parametrize("share", [0, -0.1, 0.51, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(UserError, match=r"above 0 and at most 0\.5"):
        draw(replace(ONE, share=share), PEOPLE)


def test_it_takes_two_people() -> None:
    with pytest.raises(UserError, match="two people at least"):
        draw(ONE, ["me"])
    with pytest.raises(UserError, match="none of 2 people"):
        draw(replace(ONE, share=1e-9), ["a", "b"])


def test_it_starts_counts_failures_and_ends_once(file: FileCanary) -> None:
    told: list[str] = []
    assert file.read() is None
    file.start(ONE, lambda: told.append("start"))
    with pytest.raises(UserError, match="is the canary since now"):
        file.start(replace(ONE, id="c2"), lambda: told.append("second"))
    file.add_failure("c1", Failed("p", 3))
    file.add_failure("an earlier one", Failed("p", 4))
    assert not file.end("harm", "why", "then", told.append, "an earlier one")  # type: ignore[arg-type]
    assert file.end("harm", "why", "then", lambda one: told.append(one.id), "c1")
    assert not file.end("harm", "why", "later", lambda one: told.append(one.id))
    assert told == ["start", "c1"]
    ended = FileCanary(file._path).read()
    assert ended == replace(ONE, failures=(Failed("p", 3),), how="harm", why="why", ended="then")
    assert file.running() is None
    file.start(replace(ONE, id="c2"), lambda: None)
    assert file.running() is not None, "the next one may begin"


def test_another_process_is_heard_of_at_once(file: FileCanary) -> None:
    other = FileCanary(file._path)
    file.start(ONE, lambda: None)
    assert other.running() == ONE
    other.end("rollback", "", "now", lambda _: None)
    assert file.running() is None


def test_a_damaged_file_is_no_canary(file: FileCanary, caplog: pytest.LogCaptureFixture) -> None:
    file._path.write_text('{"id": ', encoding="utf-8")
    assert file.running() is None
    assert "is damaged; the live release answers everybody" in caplog.text
