"""The table of passages: what goes in comes out, only to those who may see it, and never compared across embedders."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from metier.errors import UserError
from metier.store.passages import LancePassages, same_table
from metier.store.place import TablePlace
from metier.text.analyze import terms
from metier.types import Passage
from tests.fakes import HashEmbedder, passage

EMBEDDER = HashEmbedder()
ODD = ["o'brien", 'say "x"', "a,b", "back\\slash", "ärzte", "%_", "') OR 1=1 --"]


@pytest.fixture
def table(tmp_path: Path) -> LancePassages:
    return LancePassages(tmp_path / "passages.lance", {"static": EMBEDDER})


def put(table: LancePassages, *passages: Passage) -> None:
    table.add(passages, {"static": EMBEDDER.embed_passages([item.text for item in passages])})


def found(table: LancePassages, question: str, groups: list[str], k: int = 10) -> list[str]:
    return [hit.passage.document for hit in table.search_terms(terms(question, "en"), groups, k)]


def near(table: LancePassages, question: str, groups: list[str], k: int = 10) -> list[str]:
    hits = table.search_vector("static", EMBEDDER.embed_queries([question])[0], groups, k)
    return [hit.passage.document for hit in hits]


def test_every_field_comes_back(table: LancePassages) -> None:
    full = Passage("p", "d", "Ordner/ä.pdf", "Títle", 3, 10, 1 << 33, "The notice period\n“is” six weeks. 🙂",
                   ("Part A", "Clause 2"), "table", "en", "2025-01-31", ("hr", "board"))  # fmt: skip
    put(table, full)
    assert [hit.passage for hit in table.search_terms(["notic"], ["hr"], 5)] == [full]
    assert table.of_document("d", ["board"]) == [full]
    assert table.by_ids(["p"], ["board"]) == {"p": full}
    assert (table.documents(), table.count(), table.passage_ids()) == ({"d"}, 1, ["p"])


def test_search_terms_made_beforehand_are_those_made_when_written(table: LancePassages) -> None:
    early, late = passage("d", "d.txt", "The notice period", 0), passage("e", "e.txt", "The notice", 0)
    table.prepare([early])
    put(table, early, late)
    assert sorted(found(table, "notice", ["all"])) == ["d", "e"]
    assert found(table, "period", ["all"]) == ["d"]


def test_an_empty_table_finds_nothing(table: LancePassages) -> None:
    table.optimize()
    assert table.documents() == set()
    assert found(table, "anything", ["all"]) == near(table, "anything", ["all"]) == []
    assert table.of_document("d", ["all"]) == []
    table.delete_documents([])
    table.delete_documents(["never there"])
    table.regroup({})
    table.add([], {})
    assert table.vocabulary(10).passages == 0


def test_rows_are_found_before_and_after_they_are_indexed(table: LancePassages) -> None:
    put(table, passage("d1", "a.txt", "the notice period"))
    assert found(table, "notice", ["all"]) == ["d1"]
    table.optimize()
    put(table, passage("d2", "b.txt", "another notice"))
    assert set(found(table, "notice", ["all"])) == {"d1", "d2"}
    table.optimize()
    assert set(found(table, "notice", ["all"])) == {"d1", "d2"}


def test_nobody_finds_what_is_not_theirs(table: LancePassages) -> None:
    put(table, *(passage(f"d-{group}", "x", "the notice period", groups=(group,)) for group in ("hr", "it")))
    put(table, passage("d-none", "x", "the notice period", groups=()))
    table.optimize()
    for search in (found, near):
        assert search(table, "notice period", []) == []
        assert search(table, "notice period", ["hr"]) == ["d-hr"]
        assert set(search(table, "notice period", ["hr", "it"])) == {"d-hr", "d-it"}
        assert search(table, "notice period", ["h", "r", "hr "]) == []
    assert table.of_document("d-hr", ["it"]) == []
    assert table.by_ids([row.id for row in table.of_document("d-hr", ["hr"])], ["it"]) == {}


@pytest.mark.parametrize("group", ODD)
def test_groups_and_ids_of_any_characters(table: LancePassages, group: str) -> None:
    put(table, passage(group, "x", "the notice period", groups=(group,)), passage("other", "x", "notice"))
    assert found(table, "notice", [group]) == [group]
    table.regroup({group: ("new", group + "!")})
    assert found(table, "notice", [group]) == []
    assert found(table, "notice", [group + "!"]) == [group]
    table.delete_documents([group])
    assert table.documents() == {"other"}


def test_regrouping_takes_effect_at_once(table: LancePassages) -> None:
    put(table, *(passage(f"d{n}", "x", "notice period", groups=("all",)) for n in range(3)))
    table.optimize()
    table.regroup({"d0": ("hr",), "d1": (), "d2": ("hr", "all")})
    assert set(found(table, "notice", ["hr"])) == {"d0", "d2"}
    assert found(table, "notice", ["all"]) == ["d2"]
    assert table.count() == 3
    table.regroup({"d1": ("all",)})
    assert set(near(table, "notice", ["all"])) == {"d1", "d2"}


def test_deleted_rows_are_not_found(table: LancePassages) -> None:
    put(table, *(passage(f"d{n}", "x", "notice period") for n in range(1_200)))
    table.optimize()
    table.delete_documents(f"d{n}" for n in range(1_199))
    assert found(table, "notice", ["all"], 50) == near(table, "notice", ["all"], 50) == ["d1199"]
    assert table.documents() == {"d1199"}


def test_more_rows_than_any_default_limit(table: LancePassages) -> None:
    put(table, *(passage(f"d{n:04}", "x", f"notice number{n}") for n in range(1_500)))
    table.optimize()
    assert len(table.documents()) == len(table.passage_ids()) == 1_500
    assert len(found(table, "notice", ["all"], 1_400)) == 1_400
    assert len(set(near(table, "notice", ["all"], 1_400))) == 1_400
    assert table.vocabulary(2_000).passages == 1_500


def test_the_nearest_come_first_ties_by_id(table: LancePassages) -> None:
    texts = ["notice period", "notice", "period of something else entirely", "notice period"]
    put(table, *(passage(f"d{n}", "x", text) for n, text in enumerate(texts)))
    vector = EMBEDDER.embed_queries(["notice period"])[0]
    hits = table.search_vector("static", vector, ["all"], 4)
    expected = EMBEDDER.embed_passages([hit.passage.text for hit in hits]) @ vector
    assert np.allclose([hit.score for hit in hits], expected, atol=1e-5)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].passage.id < hits[1].passage.id
    assert table.search_vector("static", np.zeros(16, dtype=np.float32), ["all"], 4) == []
    assert table.search_vector("static", vector, ["all"], 0) == []


def test_passages_of_a_document_in_reading_order(table: LancePassages) -> None:
    put(table, *(passage("d", "x", f"part {start}", start) for start in (200, 0, 1_000, 30)))
    assert [item.start for item in table.of_document("d", ["all"])] == [0, 30, 200, 1_000]


def test_another_process_sees_what_was_written(table: LancePassages, tmp_path: Path) -> None:
    reader = LancePassages(tmp_path / "passages.lance", {"static": EMBEDDER})
    assert reader.count() == 0
    code = (
        "import sys; from pathlib import Path; from metier.store.passages import LancePassages\n"
        "from tests.fakes import HashEmbedder, passage\n"
        "table = LancePassages(Path(sys.argv[1]), {'static': HashEmbedder()})\n"
        "table.add([passage('d', 'x', 'notice')], {'static': HashEmbedder().embed_passages(['notice'])})\n"
        "table.optimize()\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "passages.lance")],
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert found(reader, "notice", ["all"]) == ["d"]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (HashEmbedder(identity="another"), "another static"),
        (HashEmbedder(dimension=8), "columns"),
    ],
)
def test_another_embedder_is_refused_and_nothing_changes(
    table: LancePassages, tmp_path: Path, other: HashEmbedder, words: str
) -> None:
    put(table, passage("d", "x", "notice"))
    with pytest.raises(UserError, match=words) as caught:
        LancePassages(tmp_path / "passages.lance", {"static": other})
    assert "metier reindex" in str(caught.value)
    assert LancePassages(tmp_path / "passages.lance", {"static": EMBEDDER}).count() == 1


@pytest.mark.parametrize("part", ["_versions", "data"])
def test_torn_files_are_named_with_a_remedy(table: LancePassages, tmp_path: Path, part: str) -> None:
    put(table, passage("d", "x", "notice"))
    for path in (tmp_path / "passages.lance" / part).iterdir():
        path.write_bytes(b"torn")
    with pytest.raises(UserError, match=r"passages\.lance cannot be read.*metier reindex"):
        LancePassages(tmp_path / "passages.lance", {"static": EMBEDDER}).documents()


def test_a_full_disk_is_told_in_words(table: LancePassages, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def add(self, rows: object) -> None:
            raise RuntimeError(
                "lance error: LanceError(IO): No space left on device (os error 28), structural.rs:258"
            )

    monkeypatch.setattr(table, "_held", replace(table._held, table=Full()))
    with pytest.raises(UserError, match=r"no room left to write .*passages\.lance"):
        put(table, passage("d", "x", "notice"))


def test_the_version_is_known_without_asking_only_while_nothing_can_have_been_written(
    table: LancePassages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = LancePassages(tmp_path / "passages.lance", {"static": EMBEDDER})
    last = table.version()
    for number in range(3):  # at once, within the grain of any clock
        put(other, passage(f"d{number}", f"{number}.txt", "a"))
        assert table.version() > last
        last = table.version()
    folder = tmp_path / "passages.lance" / "_versions"
    stamp = folder.stat().st_mtime_ns
    os.utime(folder, ns=(stamp, stamp - 60 * 10**9))  # as a minute later
    assert table.version() == last
    with monkeypatch.context() as patch:
        patch.setattr(table, "_held", replace(table._held, table=None))  # is not asked again
        assert table.version() == last
    put(other, passage("d9", "9.txt", "a"))
    assert table.version() > last


# --- another table takes its place ----------------------------------------------------------------------------------


def beside(tmp_path: Path, embedder: HashEmbedder = EMBEDDER) -> tuple[TablePlace, LancePassages]:
    place = TablePlace(tmp_path / "passages.lance")
    return place, LancePassages(place.building("abc"), {"static": embedder})


def test_who_has_the_table_open_goes_on_with_the_one_that_takes_its_place(
    table: LancePassages, tmp_path: Path
) -> None:
    put(table, passage("old", "x", "notice"))
    reader = LancePassages(tmp_path / "passages.lance", {"static": EMBEDDER})
    place, built = beside(tmp_path)
    put(built, passage("new", "x", "notice"))
    before = reader.version()
    assert found(reader, "notice", ["all"]) == found(table, "notice", ["all"]) == ["old"]
    place.switch(built.folder)
    assert found(reader, "notice", ["all"]) == near(reader, "notice", ["all"]) == ["new"]
    assert reader.version() > before
    assert not same_table(before, reader.version())
    put(table, passage("more", "x", "notice"))  # a writer that has it open, too
    assert reader.documents() == {"new", "more"}


def test_a_read_that_is_overtaken_by_the_switch_is_done_again(table: LancePassages, tmp_path: Path) -> None:
    put(table, passage("old", "x", "notice"))
    place, built = beside(tmp_path)
    put(built, passage("new", "x", "notice"))
    folder, asked = table.folder, list[int]()
    real = table._now

    def overtaken() -> Any:
        held = real()
        if not asked:
            asked.append(1)
            place.switch(built.folder)
            assert not folder.exists()
        return held

    with patch.object(table, "_now", overtaken):
        assert found(table, "notice", ["all"]) == ["new"]


def test_a_table_of_another_embedder_that_takes_its_place_is_refused(
    table: LancePassages, tmp_path: Path
) -> None:
    put(table, passage("old", "x", "notice"))
    place, built = beside(tmp_path, HashEmbedder(identity="another"))
    put(built, passage("new", "x", "notice"))
    place.switch(built.folder)
    for ask in (lambda: near(table, "notice", ["all"]), table.version, table.count):
        with pytest.raises(UserError, match=r"another static.*start this process again"):
            ask()
    assert found(built, "notice", ["all"]) == ["new"]


def test_groups_of_documents_as_stored(table: LancePassages) -> None:
    put(table, passage("a", "a.txt", "x", groups=("hr", "it")), passage("b", "b.txt", "y", groups=()))
    assert table.groups_of_documents() == {"a": ("hr", "it"), "b": ()}


def test_torn_rows_are_told_when_they_are_searched(table: LancePassages, tmp_path: Path) -> None:
    put(table, passage("d", "x", "notice"))
    for path in (tmp_path / "passages.lance" / "data").iterdir():
        path.write_bytes(b"torn")
    again = LancePassages(tmp_path / "passages.lance", {"static": EMBEDDER})
    for search in (found, near):
        with pytest.raises(UserError, match=r"cannot be read.*metier reindex"):
            search(again, "notice", ["all"])
