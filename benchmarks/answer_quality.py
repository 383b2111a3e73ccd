"""Answers over tables and text: `python -m benchmarks.answer_quality --data DIR`. Every question of DIR/qa/*/dev.json (TAT-QA's layout).

Each context (a table and its paragraphs) becomes an HTML document, ingested by the product. Who may read which document
decides what is measured, so that everything goes through the doors that people use:
- oracle: the asker may read the one document that the question is about;
- pipeline: the asker may read all of them, and the product has to find it (the questions name no company);
- removed: the asker may read the half of the documents, drawn by hash; the questions about the others have no answer.

F1 and exact match (0-100) as the authors score them, with scale (tatqa_scores.py); of an answer its first short answer
(`Statement.values`) or else its first sentence counts, and an abstention is 0. Citations are right if they cite the
question's document. Intervals by bootstrap over documents. Unsuffixed: the checking half of the documents; `_all`: all;
`_tuning`: the other half. Nothing is fitted here. `--llm GGUF` adds a language model: `f1_llm_oracle`, `f1_llm_pipeline`, and
`f1_llm_plain`, the same model with the document in a plain prompt.
"""

import argparse
import hashlib
import html
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.common import Metric, emit, half, parser, say
from benchmarks.tatqa_scores import score
from metier.errors import UserError
from metier.evaluate.estimates import bootstrap
from metier.evaluate.metrics import auroc
from metier.models.gguf import GgufModel
from metier.models.sources import ModelFile, sha256_of
from metier.stages import LanguageModel
from metier.system import System, open_system
from metier.text.analyze import content_words
from metier.types import Answer, Estimate

ROOMS = ("oracle", "pipeline", "removed")


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


# --- the documents --------------------------------------------------------------------------------------------------


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


# --- asking ---------------------------------------------------------------------------------------------------------


def drawn(contexts: Sequence[Context], limit: int) -> list[tuple[Context, Mapping[str, Any]]]:
    """The questions, at most `limit` of them by the hash of their id (0 = all)."""
    every = [(context, question) for context in contexts for question in context.questions]
    every.sort(key=lambda pair: hashlib.sha256(str(pair[1]["uid"]).encode()).digest())
    return every[:limit] if limit else every


def ask(system: System, room: str, pairs: Sequence[tuple[Context, Mapping[str, Any]]]) -> Iterator[Row]:
    """A row per question, as it is asked."""
    for number, (context, question) in enumerate(pairs, start=1):
        user = {"oracle": context.group, "pipeline": "all", "removed": "kept"}[room]
        answer = system.ask(question["question"], user)
        trace = system.trace(answer.id, user)
        confidence = trace.draft.confidence if trace and trace.draft else 0.0
        covered = _coverage(system, question["question"], user) if room == "removed" else 0.0
        yield _row(context, question, room, answer, confidence, covered)
        if number % 200 == 0:
            say(f"{room}: {number} of {len(pairs)} asked")


def _coverage(system: System, question: str, user: str) -> float:
    words = set(content_words(question, "en"))
    _, evidence = system.search(question, user)
    return max(
        (len(words & set(content_words(item.passage.text, "en"))) / max(1, len(words)) for item in evidence),
        default=0.0,
    )


def short_answer(answer: Answer) -> tuple[tuple[str, ...], str]:
    """(values, scale) of the first statement; its sentence where it has no short answer, () of an abstention."""
    if not answer.statements:
        return (), ""
    first = answer.statements[0]
    return (first.values, first.scale) if first.values else ((first.text,), "")


def _row(
    context: Context,
    question: Mapping[str, Any],
    room: str,
    answer: Answer,
    confidence: float,
    covered: float,
) -> Row:
    exact, f1 = score(question, *short_answer(answer))
    cited = [citation for statement in answer.statements for citation in statement.citations]
    right = sum(context.group in citation.uri for citation in cited)
    has_answer = room != "removed" or context.kept
    source = "text" if question["answer_from"] == "text" else "table"
    return Row(
        context.id, question["question"], f"{question['answer_type']} from {source}", exact, f1, bool(answer.statements),
        confidence, covered, len(cited), right, has_answer,
    )  # fmt: skip


def plain_answers(model: LanguageModel, pairs: Sequence[tuple[Context, Mapping[str, Any]]]) -> Iterator[Row]:
    """The language model alone: the whole document and the question, and what it says as it is."""
    for number, (context, question) in enumerate(pairs, start=1):
        table = "\n".join(" | ".join(row) for row in context.table)
        told = "\n".join([*context.paragraphs, table])
        prompt = (
            f"{told}\n\nQuestion: {question['question']}\nAnswer with the value or words only, nothing else."
        )
        said = "".join(model.complete([{"role": "user", "content": prompt}], 60, 0.0, 7)).strip().rstrip(".")
        exact, f1 = max(
            score(question, (said,), scale) for scale in ("", question["scale"])
        )  # its scale is given to it
        source = "text" if question["answer_from"] == "text" else "table"
        kind = f"{question['answer_type']} from {source}"
        yield Row(context.id, question["question"], kind, exact, f1, True, 1.0, 0.0, 0, 0, True)
        if number % 20 == 0:
            say(f"plain prompt: {number} of {len(pairs)} asked")


# --- counting -------------------------------------------------------------------------------------------------------


def summarize(rows: Mapping[str, Sequence[Row]], llm: bool) -> dict[str, Metric]:
    """The contract's metrics: the checking half unsuffixed, `_all` and `_tuning`."""
    out: dict[str, Metric] = {}
    parts = {"": "checking", "_all": "", "_tuning": "tuning"}
    for suffix, part in parts.items():
        kept = {
            room: [row for row in some if not part or half(row.context) == part]
            for room, some in rows.items()
        }
        for room, some in kept.items():
            if some:
                out |= {
                    f"{name}{suffix}": metric
                    for name, metric in _of_room(room, some, "_llm" if llm else "").items()
                }
    oracle = rows.get("oracle", ())
    for kind in sorted({row.kind for row in oracle}):
        some = [row for row in oracle if row.kind == kind]
        out[f"f1_oracle_{kind.replace(' ', '_')}_all"] = _hundred([row.f1 for row in some], some)
    return out


def _of_room(room: str, rows: Sequence[Row], llm: str) -> dict[str, Metric]:
    if room == "plain":
        return {"f1_llm_plain": _hundred([row.f1 for row in rows], rows)}
    if room == "removed":
        return _abstaining(rows)
    out = {
        f"f1{llm}_{room}": _hundred([row.f1 for row in rows], rows),
        f"exact_match{llm}_{room}": _hundred([row.exact for row in rows], rows),
    }
    if room == "pipeline":
        cited = [row for row in rows if row.cited]
        right = [row.cited_right / row.cited for row in cited]
        out["citation_precision"] = Metric.of(_mean(right, cited))
        answered = [row for row in rows if row.answered]
        out["citation_recall"] = Metric.of(_mean([float(row.cited_right > 0) for row in answered], answered))
        out["wrong_and_shown"] = Metric.of(
            _mean([float(row.answered and row.f1 < _WRONG) for row in rows], rows)
        )
    return out


_WRONG = 0.5  # an answer below this F1 is a wrong one


def _abstaining(rows: Sequence[Row]) -> dict[str, Metric]:
    nothing = [row for row in rows if not row.has_answer]
    silent = [row for row in rows if not row.answered]
    labels, sure = [row.has_answer for row in rows], [row.confidence for row in rows]
    peer = auroc(labels, [row.covered for row in rows])
    area = bootstrap(
        np.array([labels, sure], dtype=float).T, rng=np.random.default_rng(11), clusters=[row.context for row in rows],
        statistic=lambda drawn: auroc(drawn[:, 0], drawn[:, 1]),
    )  # fmt: skip
    return {
        "abstain_recall": Metric.of(_mean([float(not row.answered) for row in nothing], nothing)),
        "abstain_precision": Metric.of(_mean([float(not row.has_answer) for row in silent], silent)),
        "abstain_auroc": Metric.of(area, peer, "share of the question's words in the best passage"),
    }


def _mean(values: Sequence[float], rows: Sequence[Row]) -> Estimate:
    return bootstrap(np.array(values), rng=np.random.default_rng(11), clusters=[row.context for row in rows])


def _hundred(values: Sequence[float], rows: Sequence[Row]) -> Metric:
    found = _mean([100 * value for value in values], rows)
    return Metric.of(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when it was measured."""
    options = _options(arguments)
    contexts = read_contexts(options.data)
    pairs = drawn(contexts, options.limit)
    place = options.workspace or Path(tempfile.mkdtemp(prefix="metier-answers-"))
    write_workspace(place, contexts, options.llm)
    rows: dict[str, list[Row]] = {}
    with open_system(place) as system:
        system.ingest()
        while (
            not options.shallow
            and (deep := system.deepen()) is not None
            and deep.sentences
            and deep.deep < deep.live
        ):
            say(f"deepened {deep.deep} of {deep.live} documents")
        for room in options.rooms:
            rows[room] = list(ask(system, room, pairs))
    if options.llm is not None:
        model = GgufModel(ModelFile(options.llm, sha256_of(options.llm)))
        rows["plain"] = list(plain_answers(model, pairs))
    if options.failures:
        with options.failures.open("w", encoding="utf-8") as file:
            for room, some in rows.items():
                file.writelines(json.dumps({"room": room, **asdict(row)}) + "\n" for row in some)
    emit("answer_quality", summarize(rows, options.llm is not None), record=options.record,
         options={"limit": options.limit, "llm": options.llm.name if options.llm else ""})  # fmt: skip
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("answer_quality", "answers over tables and text, in TAT-QA's layout", needs_data=True)
    options.add_argument("--limit", type=int, default=0, help="questions, drawn by hash (0 = all)")
    options.add_argument(
        "--rooms", type=lambda text: tuple(text.split(",")), default=ROOMS, help=", ".join(ROOMS)
    )
    options.add_argument(
        "--workspace", type=Path, help="folder that keeps the ingested documents for the next run"
    )
    options.add_argument("--shallow", action="store_true", help="without sentence vectors")
    options.add_argument("--llm", type=Path, help="a GGUF file: measures with this language model")
    options.add_argument("--failures", type=Path, help="file for one JSON line per question")
    return options.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
