import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.known_items import KnownItem
from benchmarks.peer_workers.protocol import _cpu_seconds
from benchmarks.peers import Run, Worker, collect, hits, main, summarize
from metier.errors import UserError

ITEMS = [KnownItem("alpha beta", "p1"), KnownItem("gamma", "p2")]

# A worker that "ingests" by counting files, prints noise to stdout as libraries do, and dies when told to.
FAKE = """
import sys
from benchmarks.peer_workers.protocol import serve

def ingest(folder):
    print("noise")
    return {"documents": len(list(folder.iterdir())), "passages": 7}

def ask(question):
    if question == "die":
        sys.exit("out of luck")
    return [question + ".pdf", "other.pdf", "third.pdf"]

serve("fake", "1.0", ingest, ask, lambda found: found)
"""


def run(side: str, ingest_s: float, ask_s: float, files: tuple[tuple[str, ...], ...]) -> Run:
    return Run(side, "1", 0.5, ingest_s, ingest_s / 2, 100, 200, (ask_s,) * 2, (ask_s / 2,) * 2, files)


GOOD, BAD = (("p1.pdf",), ("x.pdf", "p2.pdf")), (("x.pdf",), ("p2.pdf",))


def test_ratios_are_above_one_where_metier_is_faster_and_recall_stands_beside_the_best_peer() -> None:
    runs = {
        "metier": [run("metier", 1.0, 0.01, GOOD)] * 3,
        "haystack": [run("haystack", s, 0.02, BAD) for s in (4.0, 6.0, 5.0)],
        "llamaindex": [run("llamaindex", 2.0, 0.005, GOOD)] * 3,
    }
    got = summarize(runs, ITEMS)
    ratio = got["documents_per_s_ratio_haystack"]
    assert (ratio.value, ratio.low, ratio.high, ratio.n) == pytest.approx((5.0, 4.0, 6.0, 3))
    assert got["ask_p95_ratio_haystack"].value == pytest.approx(2.0)
    assert got["ask_p95_ratio_llamaindex"].value == pytest.approx(0.5)
    assert got["recall_at_5"].value == 1.0
    assert got["recall_at_5"].peer == 1.0
    assert got["recall_at_5_best_peer"].peer_name == "llamaindex 1"
    assert got["recall_at_5_haystack"].value == 0.5
    assert got["recall_at_5_gain_over_best_peer"].value == 0.0


def test_peers_can_be_measured_alone_and_hits_go_by_file() -> None:
    runs = {"haystack": [run("haystack", 4.0, 0.02, BAD)]}
    assert "recall_at_5" not in summarize(runs, ITEMS)
    assert hits(runs["haystack"][0], ITEMS) == [False, True]


def test_a_worker_answers_through_the_noise_of_its_libraries(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.pdf").touch()
    with Worker("fake", [sys.executable, "-c", FAKE], tmp_path / "log") as worker:
        assert worker.hello == {"ready": "fake", "version": "1.0"}
        made = worker.tell(do="ingest", folder=str(tmp_path / "documents"))
        assert (made["documents"], made["passages"]) == (1, 7)
        assert made["cpu_seconds"] >= 0
        asked = worker.tell(do="ask", questions=["q1", "q2"], k=2)
        assert asked["files"] == [["q1.pdf", "other.pdf"], ["q2.pdf", "other.pdf"]]
        assert len(asked["seconds"]) == len(asked["ranked_seconds"]) == 2
    assert "noise" in (tmp_path / "log").read_text()


def test_a_dead_worker_is_named_with_its_last_words(tmp_path: Path) -> None:
    with (
        Worker("fake", [sys.executable, "-c", FAKE], tmp_path / "log") as worker,
        pytest.raises(UserError, match=r"fake: the worker ended with 1:\n.*out of luck"),
    ):
        worker.tell(do="ask", questions=["die"], k=1)


def test_files_are_collected_flat_and_a_wrong_folder_is_named(tmp_path: Path) -> None:
    pages = tmp_path / "extract" / "pages"
    (pages / "pdf").mkdir(parents=True)
    (pages / "gt").mkdir()
    (tmp_path / "more" / "deep").mkdir(parents=True)
    (pages / "pdf" / "p1.pdf").touch()
    (pages / "gt" / "p1.md").write_text("truth")
    (tmp_path / "more" / "deep" / "p1.pdf").touch()
    place = tmp_path / "place"
    place.mkdir()
    assert collect(tmp_path, [tmp_path / "more"], place) == ({"p1": "truth"}, 2)
    assert {file.name for file in place.iterdir()} == {"p1.pdf", "more-0-deep-p1.pdf"}
    with pytest.raises(UserError, match="holds no PDF"):
        main(["--data", str(tmp_path / "more")])


@pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="CPU time of living children is read from /proc"
)
def test_cpu_time_of_children_that_still_run_counts() -> None:
    before = _cpu_seconds()
    spin = "import time\nwhile time.process_time() < 0.3: pass\nprint('spun', flush=True)\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", spin], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"spun\n"
        spent = _cpu_seconds() - before
        child.kill()
    assert spent >= 0.25
