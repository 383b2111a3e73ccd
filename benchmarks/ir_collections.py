"""Judged test collections in a folder: what they hold, as passages and relevance, whatever their names are.

A collection is a folder with `corpus.jsonl` {id, title, text}, `queries.jsonl` {id, text} and judgements `qrels.tsv` (no
split) or `qrels_train.tsv` and `qrels_test.tsv`: query, document, grade with a header line. The names that BEIR uses
(`_id`, a folder `qrels` with `train.tsv` and `test.tsv`) are read too.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metier.errors import UserError
from metier.text.language import detect_language
from metier.types import Passage

GROUPS = ("all",)
Relevance = Mapping[str, Mapping[str, float]]  # query id -> document id -> grade


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection; `train` is empty where there is no split, and `test` then holds every judged query."""

    name: str
    passages: Mapping[str, Passage]  # by id, which is the document's id: one passage per document
    queries: Mapping[str, str]
    test: Relevance
    train: Relevance = field(default_factory=dict)


def read_collections(folder: Path, only: tuple[str, ...] = ()) -> Iterator[Collection]:
    """The collections in the folder (or in its subfolder `ir`), by name. Raises UserError if there is none, or none of
    the names in `only`."""
    place = folder / "ir" if (folder / "ir").is_dir() else folder
    found = sorted(path.parent for path in place.glob("*/corpus.jsonl"))
    chosen = [path for path in found if not only or path.name in only]
    if not chosen:
        names = ", ".join(path.name for path in found) or "none"
        raise UserError(
            f"{place}: no collection {' or '.join(only) or '(a folder with corpus.jsonl)'}; there are {names}"
        )
    return (read_collection(path) for path in chosen)


def read_collection(folder: Path) -> Collection:
    """The collection in one folder. Raises UserError if a file is missing or no query is judged."""
    passages = {row.id: row for row in (_passage(data) for data in _rows(folder / "corpus.jsonl"))}
    queries = {_identity(data): str(data["text"]) for data in _rows(folder / "queries.jsonl")}
    judged = {split: _judgements(folder, split) for split in ("", "train", "test")}
    test, train = (judged["test"], judged["train"]) if judged["test"] else (judged[""] or judged["train"], {})
    kept = [{query: grades for query, grades in part.items() if query in queries} for part in (test, train)]
    if not kept[0]:
        raise UserError(f"{folder}: no query is judged (qrels.tsv, or qrels_test.tsv and qrels_train.tsv)")
    return Collection(folder.name, passages, queries, kept[0], kept[1])


def _judgements(folder: Path, split: str) -> dict[str, dict[str, float]]:
    places = (
        (folder / f"qrels_{split}.tsv", folder / "qrels" / f"{split}.tsv")
        if split
        else (folder / "qrels.tsv",)
    )
    path = next((place for place in places if place.is_file()), None)
    out: dict[str, dict[str, float]] = {}
    if path is None:
        return out
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file, delimiter="\t"):
            if len(row) < 3 or not _is_number(row[-1]):  # the header line
                continue
            if (grade := float(row[-1])) > 0:
                out.setdefault(row[0], {})[row[-2]] = grade
    return out


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _passage(data: Mapping[str, Any]) -> Passage:
    """The whole document as one passage, which is what the published figures rank; a title that the text repeats is
    dropped, since a passage is searched with its title."""
    identity, text = _identity(data), str(data.get("text") or "")
    title = str(data.get("title") or "")
    if title and text.startswith(title):
        text = text[len(title) :].lstrip()
    language = detect_language(f"{title} {text}") or "en"
    return Passage(
        identity, identity, identity, title, 1, 0, len(text), text, (), "text", language, "", GROUPS
    )


def _identity(data: Mapping[str, Any]) -> str:
    return str(data["id"] if "id" in data else data["_id"])


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    if not path.is_file():
        raise UserError(f"{path} is missing")
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise UserError(f"{path} line {number} is not JSON: {error}") from None
