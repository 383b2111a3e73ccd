import json
from pathlib import Path

import pytest

from benchmarks.ir_collections import read_collection, read_collections
from metier.errors import UserError


def write(folder: Path, qrels: dict[str, str], identity: str = "id") -> Path:
    folder.mkdir(parents=True)
    docs = [
        {identity: "d1", "title": "Wing lift", "text": "Wing lift is what holds an aircraft up."},
        {identity: "d2", "title": "", "text": "Cooking potatoes takes twenty minutes."},
    ]
    queries = [{identity: "q1", "text": "what holds an aircraft up"}, {identity: "q2", "text": "potatoes"}]
    for name, rows in (("corpus", docs), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text(
            "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
        )
    for name, text in qrels.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


HEADER = "query\tdoc\tgrade\n"


def test_without_a_split_every_judged_query_is_a_test_query(tmp_path: Path) -> None:
    write(tmp_path / "ir" / "wings", {"qrels.tsv": HEADER + "q1\td1\t1\nq2\td2\t2\nq2\td1\t0\ngone\td1\t1\n"})
    (found,) = read_collections(tmp_path)
    assert found.name == "wings"
    assert found.test == {"q1": {"d1": 1.0}, "q2": {"d2": 2.0}}
    assert found.train == {}
    assert found.queries["q1"] == "what holds an aircraft up"
    assert (found.passages["d1"].title, found.passages["d1"].text) == (
        "Wing lift",
        "is what holds an aircraft up.",
    )
    assert found.passages["d2"].language == "en"


def test_a_split_is_kept_and_the_names_of_beir_are_read(tmp_path: Path) -> None:
    ours = write(tmp_path / "a", {"qrels_train.tsv": "q1\td1\t1\n", "qrels_test.tsv": HEADER + "q2\td2\t1\n"})
    theirs = write(
        tmp_path / "b", {"qrels/train.tsv": "q1\td1\t1\n", "qrels/test.tsv": HEADER + "q2\td2\t1\n"}, "_id"
    )
    for found in (read_collection(ours), read_collection(theirs)):
        assert (found.train, found.test) == ({"q1": {"d1": 1.0}}, {"q2": {"d2": 1.0}})


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there are none"):
        read_collections(tmp_path)
    folder = write(tmp_path / "wings", {})
    with pytest.raises(UserError, match="no query is judged"):
        read_collection(folder)
    with pytest.raises(UserError, match="there are wings"):
        read_collections(tmp_path, ("fish",))
    (folder / "queries.jsonl").write_text("{\n", encoding="utf-8")
    with pytest.raises(UserError, match="line 1 is not JSON"):
        read_collection(folder)
