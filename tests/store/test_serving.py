"""The snapshot answers as the table does, whatever is written, torn, replaced or killed in between."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metier.store import serving
from metier.store.passages import LancePassages
from metier.store.place import TablePlace
from metier.store.serving import ServedPassages
from metier.text.context import context_text
from metier.types import Hit, Passage
from tests.builders import WordEmbedder, passage

EMBEDDER = WordEmbedder()
# Their own stems: the searches take search terms.
WORDS = ("anchor", "basket", "dragon", "garden", "hotel", "pump", "magnet")
GROUPS = ("hr", "it", "all", "o'neil")


def made(number: int, words: Sequence[str] = ("anchor",), groups: Sequence[str] = ("all",)) -> Passage:
    return passage(" ".join(words), f"d{number:03}", groups=tuple(groups), title="t")


def add(table: LancePassages, *passages: Passage) -> None:
    table.add(passages, {"static": EMBEDDER.embed_passages([context_text(one) for one in passages])})


@pytest.fixture
def table(tmp_path: Path) -> LancePassages:
    return LancePassages(tmp_path / "passages.lance", {"static": EMBEDDER})


@pytest.fixture
def served(table: LancePassages, tmp_path: Path) -> ServedPassages:
    add(table, *(made(n, WORDS[: 1 + n % 7], GROUPS[n % 4 :][:2]) for n in range(20)))
    served = ServedPassages(table, tmp_path / "snapshots", 64)
    assert served.refresh()
    return served


def is_served(served: ServedPassages) -> bool:
    return served.engine().startswith("the snapshot")


def ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage.document for hit in hits]


def differences(served: ServedPassages, table: LancePassages) -> list[str]:
    """Every way in which the snapshot answers otherwise than the table."""
    found = []
    for groups in (["all"], ["hr"], ["it", "o'neil"], ["nobody"], []):
        for words in (["anchor"], ["dragon", "magnet"], ["nowhere"]):
            pairs = {
                "terms": (served.search_terms(words, groups, 500), table.search_terms(words, groups, 500)),
                "vector": tuple(
                    one.search_vector("static", EMBEDDER.embed_queries([" ".join(words)])[0], groups, 500)
                    for one in (served, table)
                ),
            }
            for kind, (ours, theirs) in pairs.items():
                mine = {hit.passage.id: hit.passage for hit in ours}
                if mine != {hit.passage.id: hit.passage for hit in theirs} or len(ours) != len(theirs):
                    found.append(f"{kind} {words} as {groups}: {ids(ours)} not {ids(theirs)}")
                if served.by_ids(list(mine), groups) != mine:
                    found.append(f"by_ids {words} as {groups}")
    return found


def test_a_word_with_a_weight_counts_so_much_in_table_and_snapshot(
    served: ServedPassages, table: LancePassages
) -> None:
    def scores(one: ServedPassages | LancePassages, *searched: Any, **weighed: Any) -> dict[str, float]:
        return {hit.passage.id: hit.score for hit in one.search_terms(*searched, **weighed)}

    assert is_served(served)
    anchor, magnet = (scores(served, [word], GROUPS, 500) for word in ("anchor", "magnet"))
    for one in (served, table):
        both = scores(one, ["anchor", "magnet"], GROUPS, 500, weights={"magnet": 0.3})
        assert both == pytest.approx(
            {name: value + 0.3 * magnet.get(name, 0.0) for name, value in anchor.items()}, rel=1e-4
        )
        assert scores(one, ["magnet"], GROUPS, 500, weights={"magnet": 0.3}).keys() == magnet.keys()
        assert scores(one, ["anchor", "magnet"], [], 500, weights={"magnet": 0.3}) == {}


def test_without_a_snapshot_the_table_answers(table: LancePassages, tmp_path: Path) -> None:
    add(table, made(1))
    served = ServedPassages(table, tmp_path / "snapshots", 64)
    assert served.engine() == "the table"
    assert not differences(served, table)
    assert not served.is_in_memory
    assert served.refresh()
    assert is_served(served)
    assert served.is_in_memory
    assert not served.refresh()  # nothing has changed
    assert not differences(served, table)


def test_what_is_written_counts_at_the_next_search(served: ServedPassages, table: LancePassages) -> None:
    add(table, made(99, ["magnet"], ["hr"]))
    assert "d099" in ids(served.search_terms(["magnet"], ["hr"], 50))
    table.delete_documents(["d099", "d003"])
    assert not {"d099", "d003"} & set(ids(served.search_terms(["anchor", "magnet"], GROUPS, 50)))
    assert is_served(served)
    assert not differences(served, table)


def test_a_right_that_is_taken_away_or_given_counts_at_the_next_search(
    served: ServedPassages, table: LancePassages
) -> None:
    assert "d001" in ids(served.search_terms(["anchor"], ["it"], 50))
    table.regroup({"d001": ("board",)})
    assert "d001" not in ids(served.search_terms(["anchor"], ["it", "all"], 50))
    assert ids(served.search_terms(["anchor"], ["board"], 50)) == ["d001"]
    vector = EMBEDDER.embed_queries(["anchor"])[0]
    assert "d001" not in ids(served.search_vector("static", vector, ["it", "all"], 50))
    assert is_served(served)


def test_compaction_moves_all_rows_and_changes_nothing(
    served: ServedPassages, table: LancePassages, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30, 40):
        add(table, made(number))
    table.delete_documents(["d005"])
    table.compact()
    assert not differences(served, table)
    monkeypatch.setattr(serving, "_STALE_LEAST", 5)
    assert served.refresh()
    assert is_served(served)
    assert not differences(served, table)


def test_too_many_new_rows_are_the_tables_until_there_is_a_new_snapshot(
    served: ServedPassages, table: LancePassages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_MOST_NEW", 3)
    add(table, *(made(n) for n in range(40, 45)))
    assert served.engine() == "the table"
    assert not differences(served, table)
    assert served.refresh()
    assert is_served(served)
    assert not differences(served, table)


def test_another_process_takes_the_snapshot_that_is_there(
    served: ServedPassages, table: LancePassages, tmp_path: Path
) -> None:
    add(table, made(50, ["hotel"], ["hr"]))
    table.regroup({"d002": ("hr",)})
    again = ServedPassages(
        LancePassages(tmp_path / "passages.lance", {"static": EMBEDDER}), tmp_path / "snapshots", 64
    )
    assert is_served(again)
    assert not differences(again, table)


def test_a_snapshot_that_another_process_makes_is_taken(
    served: ServedPassages, table: LancePassages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_MOST_NEW", 3)
    other = ServedPassages(
        LancePassages(tmp_path / "passages.lance", {"static": EMBEDDER}), tmp_path / "snapshots", 64
    )
    assert is_served(other)
    add(table, *(made(n) for n in range(40, 45)))
    assert other.engine() == "the table"  # too much is new, and nobody has made a snapshot of it
    assert served.refresh()
    assert is_served(other)
    add(table, *(made(n) for n in range(50, 55)))
    assert served.refresh()
    assert is_served(other)  # at its first look after both
    assert not differences(other, table)


def folder_of(tmp_path: Path) -> Path:
    (folder,) = (tmp_path / "snapshots").glob("[0-9]*")
    return folder


def test_a_stale_snapshot_gives_way_to_the_new_one_of_another_process(
    served: ServedPassages, table: LancePassages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_STALE_LEAST", 3)
    add(table, *(made(n, WORDS[:2]) for n in range(20, 26)))
    assert served.engine() == "the snapshot (20 passages, 6 newer ones)"
    same = LancePassages(tmp_path / "passages.lance", {"static": EMBEDDER})
    assert ServedPassages(same, tmp_path / "snapshots", 64).refresh()
    assert served.engine() == "the snapshot (26 passages, 0 newer ones)"
    assert differences(served, table) == []


@pytest.mark.parametrize("name", ["weights.npy", "passages.arrow", "manifest.json"])
def test_a_torn_snapshot_is_not_used(
    served: ServedPassages, table: LancePassages, tmp_path: Path, name: str
) -> None:
    path = folder_of(tmp_path) / name
    path.write_bytes(path.read_bytes()[:-20] + b"\0" * 20)
    again = ServedPassages(table, tmp_path / "snapshots", 64)
    assert again.engine() == "the table"
    assert not differences(again, table)
    assert again.refresh()
    assert is_served(again)


def test_a_snapshot_of_another_table_is_not_used(served: ServedPassages, tmp_path: Path) -> None:
    """Row ids begin anew in a table that was made anew."""
    other = LancePassages(tmp_path / "other.lance", {"static": EMBEDDER})
    add(other, *(made(n, ["hotel"]) for n in range(100, 120)))
    again = ServedPassages(other, tmp_path / "snapshots", 64)
    assert again.engine() == "the table"
    assert not differences(again, other)


def test_a_snapshot_with_other_rights_is_not_used(served: ServedPassages, tmp_path: Path) -> None:
    other = LancePassages(tmp_path / "other.lance", {"static": EMBEDDER})
    add(other, *(made(n, WORDS[: 1 + n % 7], ("board",)) for n in range(20)))
    again = ServedPassages(other, tmp_path / "snapshots", 64)
    assert again.engine() == "the table"
    assert not again.search_terms(["anchor"], ["all"], 50)


def test_a_snapshot_by_another_embedder_is_not_used(
    served: ServedPassages, table: LancePassages, tmp_path: Path
) -> None:
    changed = folder_of(tmp_path) / "manifest.json"
    changed.write_text(changed.read_text().replace('"words"', '"other"'))
    assert ServedPassages(table, tmp_path / "snapshots", 64).engine() == "the table"


def test_what_does_not_fit_is_not_made_or_used(
    served: ServedPassages, table: LancePassages, tmp_path: Path
) -> None:
    small = ServedPassages(table, tmp_path / "snapshots", 0)
    assert small.engine() == "the table"
    assert not small.refresh()
    assert not differences(small, table)


def test_one_process_makes_it(table: LancePassages, tmp_path: Path) -> None:
    add(table, made(1))
    served = ServedPassages(table, tmp_path / "snapshots", 64)
    (tmp_path / "snapshots").mkdir()
    with FileLock(tmp_path / "snapshots" / "build.lock"):
        assert not served.refresh()
    assert served.refresh()


def test_errors_of_the_table_while_catching_up_leave_it_to_the_table(
    served: ServedPassages, table: LancePassages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("LanceError(IO)")

    add(table, made(60))
    monkeypatch.setattr(table, "row_keys", fails)
    assert served.engine() == "the table"
    assert "d060" in ids(served.search_terms(["anchor"], ["all"], 50))


_change = st.one_of(
    st.tuples(st.just("add"), st.integers(0, 30), st.sets(st.sampled_from(WORDS), min_size=1), st.sets(st.sampled_from(GROUPS))),
    st.tuples(st.just("delete"), st.integers(0, 30)),
    st.tuples(st.just("regroup"), st.integers(0, 30), st.sets(st.sampled_from(GROUPS))),
    st.tuples(st.sampled_from(["refresh", "optimize", "reopen"])),
)  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(_change, min_size=3, max_size=12))
def test_any_order_of_changes(tmp_path_factory: pytest.TempPathFactory, changes: list[tuple]) -> None:  # type: ignore[type-arg]
    folder = tmp_path_factory.mktemp("world")
    table = LancePassages(folder / "passages.lance", {"static": EMBEDDER})
    served = ServedPassages(table, folder / "snapshots", 64)
    for change in changes:
        match change:
            case ("add", number, words, groups):
                table.delete_documents([f"d{number:03}"])
                add(table, made(number, sorted(words), sorted(groups)))
            case ("delete", number):
                table.delete_documents([f"d{number:03}"])
            case ("regroup", number, groups):
                table.regroup({f"d{number:03}": tuple(sorted(groups))})
            case ("refresh",):
                served._state, served._doubted = None, (-1, 0)  # as when it is stale
                served._folder = folder / f"snapshots-{time.monotonic_ns()}"
                served.refresh()
            case ("optimize",):
                table.optimize()
            case ("reopen",):
                served = ServedPassages(table, served._folder, 64)
        assert not differences(served, table)


def test_askers_beside_a_writer_see_only_what_they_may(served: ServedPassages, table: LancePassages) -> None:
    """Documents are given to "hr" and taken back; whoever asks as "it" never sees one of them."""
    stop = threading.Event()
    wrong: list[str] = []

    def asks() -> None:
        while not stop.is_set():
            wrong.extend(one for one in ids(served.search_terms(["magnet"], ["it"], 50)) if one >= "d200")

    askers = [threading.Thread(target=asks) for _ in range(2)]
    for asker in askers:
        asker.start()
    for number in range(200, 212):
        add(table, made(number, ["magnet"], ["hr"]))
        assert f"d{number}" in ids(served.search_terms(["magnet"], ["hr"], 500))
        table.delete_documents([f"d{number}"])
        assert f"d{number}" not in ids(served.search_terms(["magnet"], ["hr"], 500))
    stop.set()
    for asker in askers:
        asker.join()
    assert not wrong


# --- kill -9 ---------------------------------------------------------------------------------------------------------

_WRITER = """
import sys
from pathlib import Path
from typing import Any
from random import Random
from metier.store import serving
from tests.store.test_serving import GROUPS, WORDS, add, made
from metier.store.passages import LancePassages
from metier.store.serving import ServedPassages
from tests.builders import WordEmbedder
serving._STALE_LEAST, serving._STALE_SHARE = 3, 0.0
folder, dice = Path(sys.argv[1]), Random(int(sys.argv[2]))
table = LancePassages(folder / "passages.lance", {"static": WordEmbedder()})
served = ServedPassages(table, folder / "snapshots", 64)
print("ready", flush=True)
while True:
    number = dice.randrange(40)
    table.delete_documents([f"d{number:03}"])
    add(table, made(number, dice.sample(WORDS, 3), dice.sample(GROUPS, 2)))
    table.regroup({f"d{dice.randrange(40):03}": tuple(dice.sample(GROUPS, 1))})
    if dice.random() < 0.2:
        table.optimize()
    served.refresh()
"""


@pytest.fixture
def kills() -> int:
    return int(os.environ.get("METIER_SNAPSHOT_KILLS", "4"))


def test_killed_at_any_moment_it_answers_as_the_table_does(tmp_path: Path, kills: int) -> None:
    dice = random.Random(7)
    used = 0
    for number in range(kills):
        command = [sys.executable, "-c", _WRITER, str(tmp_path), str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(dice.uniform(0.1, 1.5))
            os.kill(writer.pid, signal.SIGKILL)
        table = LancePassages(tmp_path / "passages.lance", {"static": EMBEDDER})
        served = ServedPassages(table, tmp_path / "snapshots", 64)
        assert not differences(served, table)
        used += is_served(served)
        # on a busy machine the first writer may be killed before it wrote a row
        assert served.refresh() or is_served(served) or not table.count()
        assert not differences(served, table)
    assert used or kills < 2


def test_a_passage_comes_back_as_it_was_written(served: ServedPassages, table: LancePassages) -> None:
    odd = replace(
        made(70, ["magnet"], ["hr"]),
        heading_path=("A", "B | C"),
        text="Ü magnet\n\x0bß",
        page=7,
        version_date="2026-01-01",
    )
    add(table, odd)
    assert served.by_ids([odd.id], ["hr"]) == {odd.id: odd}
    assert served.by_ids([odd.id], ["it"]) == {}


def test_a_snapshot_of_the_table_that_was_replaced_is_never_used(
    served: ServedPassages, table: LancePassages, tmp_path: Path
) -> None:
    """The new table has the same row ids and versions for other rows."""
    place = TablePlace(tmp_path / "passages.lance")
    built = LancePassages(place.building("abc"), {"static": EMBEDDER})
    add(built, *(made(100 + n, WORDS[: 1 + n % 7], GROUPS[n % 4 :][:2]) for n in range(20)))
    assert is_served(served)
    place.switch(built.folder)
    expected = ids(built.search_terms(["anchor"], ["all"], 30))
    assert expected
    assert not is_served(served), "the old snapshot is of another table"
    assert ids(served.search_terms(["anchor"], ["all"], 30)) == expected
    fresh = ServedPassages(
        LancePassages(tmp_path / "passages.lance", {"static": EMBEDDER}), tmp_path / "snapshots", 64
    )
    assert not is_served(fresh)
    assert fresh.refresh()
    assert is_served(served), "the snapshot of the new table is taken up"
    assert ids(served.search_terms(["anchor"], ["all"], 30)) == expected


def test_a_switch_while_a_state_is_made_leaves_the_answer_to_the_table(
    served: ServedPassages, table: LancePassages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = TablePlace(tmp_path / "passages.lance")
    built = LancePassages(place.building("abc"), {"static": EMBEDDER})
    add(built, *(made(100 + n, ("anchor",)) for n in range(20)))
    add(table, made(50, ("dragon",)))
    real = table.row_keys

    def overtaken(*columns: Any) -> Any:
        if place.folder() != built.folder:
            place.switch(built.folder)
        return real(*columns)

    monkeypatch.setattr(table, "row_keys", overtaken)
    found = ids(served.search_terms(["anchor"], ["all"], 30))
    assert found == ids(built.search_terms(["anchor"], ["all"], 30))
