"""Questions for a language model and what is shown with them: of a data set in TAT-QA's layout, else of our own documents.

TAT-QA's layout (`DIR/qa/*/dev.json`): the questions whose answer is a span of their document (others want arithmetic). The
documents go through the product, and what its search gives to somebody who may read that one document is what a model is
shown. Without it: the English documents of benchmarks/reading (Apache-2.0, ours), each piece a passage, the answer a whole piece.
"""

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, half
from benchmarks.tatqa import Context, read_contexts, write_workspace
from benchmarks.tatqa_scores import number_of, score
from metier.errors import UserError
from metier.specialize.language_model.rows import holds
from metier.system import open_system
from metier.text.analyze import content_words
from metier.types import Evidence, Passage, Query

_READING = ROOT / "benchmarks" / "reading"
_SCALED = re.compile(r"(.*\d\)?)\s*(thousand|million|billion|percent)s?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that a passage of its document answers in its own words."""

    id: str
    query: Query
    evidence: tuple[Evidence, ...]  # best first
    answer: str  # as it stands in the document
    said: str  # as it should be given: with its scale
    gold: Mapping[str, Any]  # as the scorer wants it
    group: str  # the document

    @property
    def holders(self) -> frozenset[str]:
        """Passages that hold the answer."""
        return frozenset(item.passage.id for item in self.evidence if holds(item.passage.text, self.answer))


def questions(folder: Path | None, limit: int = 0) -> tuple[list[Asked], str]:
    """(questions whose answer stands in what was found, by the hash of their id; where they come from). At most `limit` of each
    half of the documents, if that is not 0."""
    try:
        contexts = read_contexts(folder) if folder is not None else []
    except UserError:
        contexts = []
    found, source = (_of_contexts(contexts), "spans of qa/") if contexts else (_of_reading(), "own documents")
    found = [item for item in found if item.holders]
    found.sort(key=lambda item: hashlib.sha256(item.id.encode()).digest())
    if limit:
        sides = {"tuning": 0, "checking": 0}
        kept = []
        for item in found:
            side = half(item.group)
            sides[side] += 1
            if sides[side] <= limit:
                kept.append(item)
        found = kept
    return found, source


def scored(item: Asked, text: str) -> float:
    """F1 (0-1) of a text as an answer, as TAT-QA's authors score: a figure counts with its scale only."""
    plain = " ".join(text.split()).strip(" .")
    match = _SCALED.fullmatch(plain)
    if match is not None and number_of(match[1]) is not None:
        return score(item.gold, (match[1],), match[2])[1]
    return score(item.gold, (plain,) if plain else (), "")[1]


def _of_contexts(contexts: Sequence[Context]) -> list[Asked]:
    spans = [
        (context, question)
        for context in contexts
        for question in context.questions
        if question["answer_type"] == "span" and question["answer"]
    ]
    wanted = {context.id for context, _ in spans}
    with tempfile.TemporaryDirectory(prefix="metier-llm-") as scratch:
        place = Path(scratch)
        write_workspace(place, [context for context in contexts if context.id in wanted], None)
        with open_system(place) as system:
            system.ingest()
            return [
                _span(context, question, *system.search(question["question"], context.group))
                for context, question in spans
            ]


def _span(context: Context, question: Mapping[str, Any], query: Query, evidence: Iterable[Evidence]) -> Asked:
    answer, scale = str(question["answer"][0]).strip(), question["scale"]
    said = f"{answer} {scale}".strip()
    if scale == "percent":
        said = answer if "%" in answer else f"{answer}%"
    # the documents are named by hashes, which say nothing and cost tokens
    named = tuple(replace(item, passage=replace(item.passage, title="Report")) for item in evidence)
    return Asked(str(question["uid"]), query, named, answer, said, question, context.id)


def _of_reading(folder: Path = _READING) -> list[Asked]:
    documents = [
        json.loads(line)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [asked for document in documents if document["lang"] == "en" for asked in _of_document(document)]


def _of_document(document: Mapping[str, Any]) -> list[Asked]:
    title = document["title"]
    passages = [
        Passage(
            f"{title}#{number}", title, title, title, 1, 0, len(piece["t"]), piece["t"],
            tuple(part for part in (piece["h"],) if part), "text", "en", "", ("everybody",),
        )
        for number, piece in enumerate(document["pieces"])
    ]  # fmt: skip
    found = []
    for item in document["qs"]:
        answer = passages[item["g"][0]].text
        words = set(content_words(item["q"], "en"))
        ranked = sorted(passages, key=lambda one: -len(words & set(content_words(one.text, "en"))))
        evidence = tuple(Evidence(passage, 1 / rank) for rank, passage in enumerate(ranked, start=1))
        gold = {"answer_type": "span", "answer": [answer], "scale": ""}
        identity = f"{title} {item['q']}"
        found.append(Asked(identity, Query(item["q"], "en"), evidence, answer, answer, gold, title))
    return found
