"""Data sets in TAT-QA's layout (`DIR/qa/*/dev.json`): contexts of a table and its paragraphs, as documents of a workspace."""

import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from metier.errors import UserError


@dataclass(frozen=True, slots=True)
class Context:
    """A table with its paragraphs and questions."""

    id: str
    table: Sequence[Sequence[str]]
    paragraphs: Sequence[str]
    questions: Sequence[Mapping[str, Any]]

    @property
    def group(self) -> str:
        """The name of those who may read it."""
        return "d" + hashlib.sha256(self.id.encode()).hexdigest()[:12]

    @property
    def kept(self) -> bool:
        """Whether its document is there when half of them are not; independent of the tuning and checking halves."""
        return hashlib.sha256(f"kept {self.id}".encode()).digest()[0] % 2 == 0


@dataclass(frozen=True, slots=True)
class Row:
    """One question in one room."""

    context: str
    question: str
    kind: str
    exact: float
    f1: float
    answered: bool
    confidence: float
    covered: (
        float  # share of the question's words in what was found: the trivial sign that there is an answer
    )
    cited: int
    cited_right: int
    has_answer: bool


def kind_of(question: Mapping[str, Any]) -> str:
    """As "span from text" or "arithmetic from table"."""
    return f"{question['answer_type']} from {'text' if question['answer_from'] == 'text' else 'table'}"


def read_contexts(folder: Path) -> list[Context]:
    """All contexts of all files. Raises UserError if there is none."""
    paths = sorted((folder / "qa").glob("*/dev*.json")) or sorted(folder.glob("dev*.json"))
    found = [_context(item) for path in paths for item in json.loads(path.read_text(encoding="utf-8"))]
    if not found:
        raise UserError(f"{folder}: no qa/*/dev.json in TAT-QA's layout")
    return found


def _context(item: Mapping[str, Any]) -> Context:
    paragraphs = sorted(item["paragraphs"], key=lambda paragraph: paragraph["order"])
    texts = [paragraph["text"] for paragraph in paragraphs]
    return Context(item["table"]["uid"], item["table"]["table"], texts, item["questions"])


def write_workspace(place: Path, contexts: Sequence[Context], llm: Path | None) -> None:
    """A workspace whose documents are the contexts, each readable by its own group."""
    (place / "docs").mkdir(parents=True, exist_ok=True)
    for context in contexts:
        (place / "docs" / f"{context.group}.html").write_text(_page(context), encoding="utf-8")
    everybody = [context.group for context in contexts]
    kept = [context.group for context in contexts if context.kept]
    users = [{"id": context.group, "groups": [context.group]} for context in contexts]
    users += [{"id": "all", "groups": everybody}, {"id": "kept", "groups": kept}]
    settings: dict[str, Any] = {
        "version": 1,
        "users": users,
        "groups": [{"match": f"{group}.html", "allow": [group]} for group in everybody],
        "sources": [{"folder": "docs"}],
    }
    if llm is not None:
        settings["models"] = {"generator": {"source": f"path:{llm.resolve()}"}}
    (place / "metier.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")


def _page(context: Context) -> str:
    text = "\n".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in context.paragraphs)
    rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in context.table)
    table = "\n".join(f"<tr>{row}</tr>" for row in rows)
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body>\n{text}\n<table>\n{table}\n</table>\n</body></html>\n'


def drawn(contexts: Sequence[Context], limit: int) -> list[tuple[Context, Mapping[str, Any]]]:
    """The questions, at most `limit` of them by the hash of their id (0 = all)."""
    every = [(context, question) for context in contexts for question in context.questions]
    every.sort(key=lambda pair: hashlib.sha256(str(pair[1]["uid"]).encode()).digest())
    return every[:limit] if limit else every
