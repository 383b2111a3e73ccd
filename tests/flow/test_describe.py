from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from metier.errors import ModelUnavailable
from metier.flow.describe import DescribeReport, Describing, describe
from metier.store.figures import FileFigures
from metier.types import Box, Described, Document, Entry, Failure, Figure, Progress, State, Usage
from tests.fakes import Killed, document


class Ledger:
    def __init__(self, *names: str) -> None:
        self.entries = {name: Entry(name, f"{name}.pdf", "", "", State.LIVE) for name in names}

    def live(self) -> dict[str, Entry]:
        return self.entries


class Documents:
    def document(self, identity: str) -> Document | None:
        return None if identity == "unread" else document(identity, f"{identity}.pdf", "Some text.")


class Eye:
    """Implements stages.Describer; `says` decides per call."""

    identity = "eye"

    def __init__(self, says: Callable[[int], str] = lambda call: f"chart number {call}") -> None:
        self.calls, self.says = 0, says

    def describe(self, picture: bytes, language: str) -> Described:
        self.calls += 1
        said = self.says(self.calls)
        if said == "down":
            raise ModelUnavailable("vision model: HTTP 500")
        return Described(said, Usage(10, 2, 0.5), "" if said else "the model answered nothing")


def figures_in(name: str, count: int) -> list[Figure]:
    return [Figure(f"{name}.f{n}", name, Box(1, 0, 0, 100, 100), "", 0, 4) for n in range(1, count + 1)]


class World:
    """Two figures in each document, and a file that keeps what was said."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.ledger, self.kept = Ledger(*names), FileFigures(folder / "figures.jsonl")
        self.looked: list[str] = []
        self.torn: set[str] = set()
        self.undrawn: set[str] = set()
        self.now = 0.0

    def look(self, entry: Entry, document: Document) -> Sequence[Figure] | Failure:
        self.looked.append(entry.id)
        if entry.id in self.torn:
            return Failure(entry.uri, "extract", "crash", "the reading process was killed")
        return [] if entry.id == "plain" else figures_in(entry.id, 2)

    def draw(self, entry: Entry, figure: Figure) -> bytes | Failure:
        if figure.id in self.undrawn:
            return Failure(entry.uri, "extract", "no_picture", "it cannot be drawn")
        return figure.id.encode()

    def run(
        self,
        eye: Eye,
        should_stop: Callable[[], bool] = lambda: False,
        seconds: float = 60.0,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> DescribeReport:
        parts = Describing(
            self.ledger,
            Documents(),
            self.kept,
            self.look,
            self.draw,
            eye,
            seconds,
            lambda: "now",
            lambda: self.now,
        )  # type: ignore[arg-type]
        return describe(parts, on_progress, should_stop)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, "a", "b", "plain")


def test_every_figure_is_described_once_with_model_and_time(world: World) -> None:
    eye, told = Eye(), list[Progress]()
    report = world.run(eye, on_progress=told.append)
    assert (report.described, report.figures, report.left, report.new, report.failed) == (4, 4, 0, 4, 0)
    assert report.usage == Usage(40, 8, 2.0)
    kept = world.kept.described()
    assert {item.description for item in kept.values()} == {f"chart number {n}" for n in (1, 2, 3, 4)}
    assert {(item.model, item.at, item.uri) for item in kept.values()} == {
        ("eye", "now", "a.pdf"),
        ("eye", "now", "b.pdf"),
    }
    assert (told[0].done, told[-1].done, told[-1].total) == (0, 3, 3)
    again = world.run(eye)
    assert (again.new, eye.calls, world.looked) == (0, 4, ["a", "b", "plain"])


def test_it_stops_when_asked_or_out_of_time_and_goes_on_in_the_next_run(world: World) -> None:
    eye = Eye()
    stopped = world.run(eye, should_stop=lambda: eye.calls == 1)
    assert (stopped.new, stopped.described, stopped.left) == (1, 1, 3)
    eye.says = lambda call: str(setattr(world, "now", world.now + 40)) + f" chart {call}"
    late = world.run(eye, seconds=60.0)
    assert (late.new, late.left) == (2, 2)
    assert world.run(Eye()).described == 4


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_killed_run_loses_at_most_the_figure_in_hand(world: World, at: int) -> None:
    def dies(call: int) -> str:
        if call == at:
            raise Killed
        return f"chart number {call}"

    with pytest.raises(Killed):
        world.run(Eye(dies))
    assert len(world.kept.described()) == at - 1
    eye = Eye()
    assert world.run(eye).described == 4
    assert eye.calls == 4 - (at - 1), "nothing is paid for twice"


def test_a_figure_of_which_nothing_is_said_is_left_after_three_runs(world: World) -> None:
    eye = Eye(lambda call: "")
    for _ in range(3):
        assert world.run(eye).failed == 4
    report = world.run(eye)
    assert (eye.calls, report.failed, report.left, report.described) == (12, 0, 0, 0)


def test_what_cannot_be_looked_at_or_drawn_harms_nothing_else(world: World) -> None:
    world.torn, world.undrawn = {"a"}, {"b.f1"}
    report = world.run(Eye())
    assert (report.new, report.failed, report.problem) == (1, 2, "")
    assert set(world.kept.described()) == {"b.f2"}
    world.torn, world.undrawn = set(), set()
    assert world.run(Eye()).described == 4


def test_a_model_that_is_down_ends_the_run_and_is_asked_again_later(world: World) -> None:
    eye = Eye(lambda call: "down")
    report = world.run(eye)
    assert (eye.calls, report.new, report.left) == (2, 0, 3)
    assert "HTTP 500" in report.problem
    for _ in range(4):
        world.run(eye)
    assert world.run(Eye()).described == 4, "a server that was down is no fault of a figure"


def test_figures_that_the_model_never_takes_keep_no_others_waiting(tmp_path: Path) -> None:
    world = World(tmp_path, "a", "b")

    def takes(picture: bytes) -> bool:
        return not picture.startswith(b"a.")

    class Choosy(Eye):
        def describe(self, picture: bytes, language: str) -> Described:
            self.says = (lambda call: "a chart of things") if takes(picture) else (lambda call: "down")
            return super().describe(picture, language)

    assert world.run(Choosy()).new == 0
    assert world.run(Choosy()).new == 2, "what failed before comes last"


def test_what_is_gone_is_forgotten_and_what_was_not_read_waits(tmp_path: Path) -> None:
    world = World(tmp_path, "a", "b")
    world.run(Eye())
    del world.ledger.entries["a"]
    world.ledger.entries |= Ledger("unread").entries
    report = world.run(Eye())
    assert (report.described, report.left) == (2, 1)
    assert set(world.kept.figures()) == {"b"}
