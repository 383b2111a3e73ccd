"""What simulated people ask in `specialize_gain`: questions over documents, who says what is right, and how.

Two kinds of collection. TAT-QA's layout: a context is a document, each asker may read the one document, what is right is an
answer (a figure, a calculation, a stretch of text), and a correction is that answer. Judged retrieval collections (`ir_collections`):
everybody may read everything, an answer is right if it cites a relevant document, and a correction points at one.
Events and tests share no document that an answer stands in.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.answer_quality import short_answer
from benchmarks.common import half
from benchmarks.ir_collections import Collection as Judged
from benchmarks.ir_collections import read_collections
from benchmarks.tatqa import Context, read_contexts, write_workspace
from benchmarks.tatqa_scores import score
from metier.errors import UserError
from metier.types import Answer

_RIGHT = 0.5  # F1 from which an answer is right, as in answer_quality
_PEOPLE = 8  # who ask in a judged collection
_QUOTED = 250  # words of the document that a correction points at; longer quotes are no answers (specialize/cleaning.py)
_FEWEST = 100  # questions of a collection that is used
_ASKED_FIRST = 0.75  # most of the questions that are events
CONTEXTS, JUDGED = "tatqa", "ir"


@dataclass(frozen=True, slots=True)
class Item:
    """One question with what its asker knows."""

    id: str
    question: str
    user: str
    document: str  # or the group of documents that its answers stand in: the unit of intervals
    is_right: Callable[[Answer], bool]
    correction: Callable[[Answer], Mapping[str, Any]]  # a row of feedback without the id of its answer


@dataclass(frozen=True, slots=True)
class Asked:
    """A workspace to write, what is asked first and judged, and what is asked later."""

    name: str
    events: Sequence[Item]
    tests: Sequence[Item]
    write: Callable[[Path], None]


def kinds(folder: Path, only: Sequence[str] = ()) -> list[str]:
    """The kinds of collections in a folder: CONTEXTS if it holds qa/*/dev.json, JUDGED if it holds ir/. Raises UserError if there
    is none."""
    found = []
    if (not only or CONTEXTS in only) and any((folder / "qa").glob("*/dev*.json")):
        found.append(CONTEXTS)
    if (folder / "ir").is_dir() and (not only or set(only) - {CONTEXTS}):
        found.append(JUDGED)
    if not found:
        raise UserError(f"{folder}: neither qa/*/dev.json in TAT-QA's layout nor judged collections in ir/")
    return found


def read(folder: Path, kind: str, events: int, tests: int, documents: int, only: Sequence[str] = ()) -> Asked:
    """The contexts, or the judged collection with most questions. At most three quarters of the questions are events, so that
    some are left to test on. Raises UserError if there are too few."""
    if kind == CONTEXTS:
        return of_contexts(read_contexts(folder), events, tests)
    every = list(read_collections(folder, tuple(name for name in only if name != CONTEXTS)))
    largest = max(every, key=lambda one: (len({*one.test, *one.train}), one.name))
    if (count := len({*largest.test, *largest.train})) < _FEWEST:
        raise UserError(f"{largest.name}: {count} judged questions; {_FEWEST} are the least")
    return of_judged(largest, events, tests, documents)


# --- answers ----------------------------------------------------------------------------------------------------------


def of_contexts(contexts: Sequence[Context], events: int, tests: int) -> Asked:
    """Events of the tuning half first; tests of the checking half, which nothing that ships was fitted on."""
    ordered = sorted(contexts, key=lambda one: (half(one.id) == "checking", _digest(f"gain {one.id}")))
    events = min(events, int(_ASKED_FIRST * sum(len(one.questions) for one in contexts)))
    asked: list[Item] = []
    first: list[Context] = []
    for context in ordered:
        if len(asked) >= events:
            break
        first.append(context)
        asked += [_item(context, question) for question in context.questions]
    rest = [one for one in ordered if one not in first]
    rest.sort(key=lambda one: (half(one.id) != "checking", _digest(f"gain {one.id}")))
    later = [_item(context, question) for context in rest for question in context.questions]
    if not later:
        raise UserError(f"{len(asked)} questions leave no other document to test on; lower --events {events}")
    used = {item.document for item in [*asked[:events], *later[:tests]]}
    kept = [one for one in contexts if one.id in used]
    return Asked("tatqa", asked[:events], later[:tests], lambda place: write_workspace(place, kept, None))


def _item(context: Context, question: Mapping[str, Any]) -> Item:
    def is_right(answer: Answer) -> bool:
        return score(question, *short_answer(answer))[1] >= _RIGHT

    def correction(answer: Answer) -> Mapping[str, Any]:
        if not answer.statements:
            return {"kind": "expert_answer", "value": gold(question)}
        first = answer.statements[0]
        change = {"before": first.text, "after": gold(question)}
        return {"kind": "edit", "statement": first.id, "value": change}

    return Item(str(question["uid"]), question["question"], context.group, context.id, is_right, correction)


def gold(question: Mapping[str, Any]) -> str:
    """What a person writes as the right answer."""
    answer = question["answer"]
    parts = answer if isinstance(answer, list) else [answer]
    return " ".join([", ".join(str(part) for part in parts), question["scale"]]).strip()


# --- places -----------------------------------------------------------------------------------------------------------


def of_judged(collection: Judged, events: int, tests: int, documents: int) -> Asked:
    """Questions in the order of their hash; of those asked later only such whose relevant documents no event has. Beside the
    relevant documents others, drawn by hash, up to so many in all."""
    judged = {**collection.train, **collection.test}
    relevant = {
        query: sorted(name for name, grade in grades.items() if grade > 0 and name in collection.passages)
        for query, grades in judged.items()
    }
    ordered = sorted((one for one in relevant if relevant[one]), key=_digest)
    events = min(events, int(_ASKED_FIRST * len(ordered)))
    asked = ordered[:events]
    seen = {name for query in asked for name in relevant[query]}
    later = [query for query in ordered[events:] if not seen & set(relevant[query])][:tests]
    if not later:
        raise UserError(f"{collection.name}: {events} events leave no question to test on")
    wanted = dict.fromkeys(name for query in [*asked, *later] for name in relevant[query])
    others = sorted((name for name in collection.passages if name not in wanted), key=_digest)
    kept = [*wanted, *others[: max(0, documents - len(wanted))]]

    def item(query: str) -> Item:
        return _judged_item(collection, query, relevant[query])

    return Asked(
        collection.name,
        [item(query) for query in asked],
        [item(query) for query in later],
        lambda place: _write(place, collection, kept),
    )


def _judged_item(collection: Judged, query: str, relevant: Sequence[str]) -> Item:
    uris = {f"{_file_name(name)}.txt" for name in relevant}
    text = " ".join(collection.passages[relevant[0]].text.split()[:_QUOTED])

    def is_right(answer: Answer) -> bool:
        return any(cited.uri in uris for one in answer.statements for cited in one.citations)

    def correction(answer: Answer) -> Mapping[str, Any]:
        better = {"uri": f"{_file_name(relevant[0])}.txt", "quote": text}
        return {"kind": "citation", "value": {"better": better}}

    user = f"u{_digest(query)[0] % _PEOPLE}"
    return Item(query, collection.queries[query], user, relevant[0], is_right, correction)


def _write(place: Path, collection: Judged, names: Iterable[str]) -> None:
    (place / "docs").mkdir(parents=True, exist_ok=True)
    for name in names:
        passage = collection.passages[name]
        (place / "docs" / f"{_file_name(name)}.txt").write_text(
            f"{passage.title}\n\n{passage.text}\n", encoding="utf-8"
        )
    settings = {
        "version": 1,
        "users": [{"id": f"u{number}", "groups": ["all"]} for number in range(_PEOPLE)],
        "groups": [{"match": "**", "allow": ["all"]}],
        "sources": [{"folder": "docs"}],
    }
    (place / "metier.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")


def _file_name(name: str) -> str:
    return "d" + hashlib.sha256(name.encode()).hexdigest()[:16]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
