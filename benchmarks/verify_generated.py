"""The verifier on sentences that a language model really wrote, beside plain overlap.

    python -m benchmarks.verify_generated --llm GGUF --data DIR --collect FILE    writes sentences to be read, in minutes
    python -m benchmarks.verify_generated --llm GGUF --company 2 --collect FILE   so, about the example company of that seed
    python -m benchmarks.verify_generated --marked FILE [FILE ...]                measures, once every row has a label

Collected are the statements that the product's language model drafts, before any check: for questions of qa/tatqa over the
paragraphs and the table of their own page, or for all questions of an example company (also those that nothing answers) over
what its retrievers find. One JSON line each with the question, the cited text and an empty "label". A person writes
"supported" or "unsupported" into it, by reading the cited text alone. A run that is interrupted goes on where it stopped.
What is collected with --data holds text of the set and stays outside of the repository; sentences that were marked before (by
the hash of question and sentence, benchmarks/generated/marks.json) have their label at once. Those about the example company
are kept there whole (company.jsonl), and sentences that we wrote about it as a strong model would, freely worded, and wrong ones as
near to the page (written.jsonl), so this measures them anywhere, without a model:

    python -m benchmarks.verify_generated --marked benchmarks/generated/company.jsonl

auroc, auroc_overlap and gain (paired, by bootstrap over pages): of P(supported) and of the share of words in the cited text.
true_as_written, false_as_written: shares of the true and of the false sentences that leave as they are; true_as_quoted: of the true
ones that leave in the words of what they cite where the model decides by itself.
"""

import argparse
import hashlib
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from benchmarks.common import ROOT, Metric, emit, half, parser, say
from benchmarks.company import build, ingest, place_for
from benchmarks.verify_quality import OVERLAP, RESAMPLES, SEED, area, judged, plain_overlap
from metier.errors import UserError
from metier.evaluate.cases import read_cases
from metier.evaluate.estimates import bootstrap, proportion
from metier.generate.language_model import LanguageModelGenerator
from metier.generate.shots import NOT_FOUND
from metier.generate.stating import restated
from metier.models.open import open_language_model
from metier.settings import Model
from metier.stages import LanguageModel
from metier.system import open_system
from metier.text.language import detect_language
from metier.types import Evidence, Passage, Query, Statement
from metier.verify.combine import SupportModel

LABELS = {"supported": True, "unsupported": False}
_ESCAPE = re.compile(rf"(?m)^- If the passages .*{NOT_FOUND}\n| If the passages .*{NOT_FOUND}\.")
MARKS = ROOT / "benchmarks" / "generated" / "marks.json"
_LEAST = 0.5  # P(supported) from which a sentence leaves, as in release 0
_ABOVE = 400  # characters between a passage and what stands above it
_EVIDENCE = TypeAdapter(tuple[Evidence, ...])
_STATEMENT = TypeAdapter(Statement)


@dataclass(frozen=True, slots=True)
class Question:
    """One question with the page it was written for."""

    id: str
    page: str
    text: str
    evidence: tuple[Evidence, ...]


def questions(data: Path) -> Iterator[Question]:
    """Questions of DIR/qa/tatqa, in an order that hashes decide, so that the first hundred are of a hundred pages or so."""
    path = data / "qa" / "tatqa" / "dev.json"
    try:
        pages = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}); --data names the folder of test data"
        ) from None
    found = [
        Question(question["uid"], page["table"]["uid"], question["question"], _evidence(page))
        for page in pages
        for question in page["questions"]
    ]
    return iter(sorted(found, key=lambda item: hashlib.sha256(item.id.encode()).digest()))


def _evidence(page: Mapping[str, Any]) -> tuple[Evidence, ...]:
    document = page["table"]["uid"]
    rows = "\n".join(" | ".join(cell.strip() for cell in row) for row in page["table"]["table"])
    texts = [("table", rows), *(("text", paragraph["text"]) for paragraph in page["paragraphs"])]
    passages = []
    at = 0
    for number, (kind, text) in enumerate(texts):
        end = at + len(text)
        passages.append(
            Passage(f"p{number}", document, "page.html", "Annual report", 1, at, end, text, (), kind, "en", "", ())
        )  # fmt: skip
        at = end + 1
    return tuple(Evidence(passage, 1.0) for passage in passages)


def company_questions(seed: int, place: Path, documents: int = 120) -> Iterator[Question]:
    """All questions of the example company of that seed as their users ask them, in an order that hashes decide, with what is found."""
    build(place, seed, documents, None)
    with open_system(place) as system:
        ingest(system)
        cases = sorted(
            read_cases(place / "cases.jsonl"), key=lambda case: hashlib.sha256(case.id.encode()).digest()
        )
        for case in cases:
            _, evidence = system.search(case.question, case.user)
            page = case.evidence[0].uri if case.evidence else case.id
            yield Question(f"company-{seed}-{case.id}", page, case.question, tuple(evidence))


class Insistent:
    """A model that is not told that it may answer NOT_FOUND: the smallest ones say nothing else, and the others are made to invent."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    @property
    def identity(self) -> str:
        """Names the model, and that it had to answer."""
        return f"{self._model.identity}, made to answer"

    def complete(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, temperature: float, seed: int
    ) -> Iterator[str]:
        """As the model does, without the examples that end in NOT_FOUND and without the sentences that ask for it."""
        kept: list[Mapping[str, str]] = []
        passages = ""  # of an example that is left out, for the next one
        for message in messages:
            if message["content"] == NOT_FOUND:
                passages = kept.pop()["content"].partition("Question:")[0]
                continue
            kept.append({**message, "content": passages + _ESCAPE.sub("", message["content"])})
            passages = ""
        return self._model.complete(kept, max_tokens, temperature, seed)


def collect(asked: Iterator[Question], generator: LanguageModelGenerator, path: Path, wanted: int) -> int:
    """Appends statements to `path` until it holds `wanted`; how many it holds."""
    rows = read_rows(path) if path.exists() else []
    done = {row["question_id"] for row in rows}
    count, started = len(rows), time.perf_counter()
    with path.open("a", encoding="utf-8") as file:
        for question in asked:
            if count >= wanted:
                break
            if question.id in done:
                continue
            draft = generator.generate(Query(question.text, "en"), question.evidence)
            for statement in draft.statements:
                file.write(json.dumps(_row(question, statement, generator.name), ensure_ascii=False) + "\n")
                count += 1
            file.flush()
            say(f"{count} of {wanted} sentences, {time.perf_counter() - started:.0f} s")
    return count


def mark_of(question_id: str, text: str) -> str:
    """The name under which the label of a sentence is kept."""
    return hashlib.sha256(f"{question_id}\n{text}".encode()).hexdigest()[:16]


@cache
def _marks() -> Mapping[str, str]:
    marks: Mapping[str, str] = json.loads(MARKS.read_text(encoding="utf-8"))
    return marks


def _row(question: Question, statement: Statement, generator: str) -> dict[str, Any]:
    return {
        "label": _marks().get(mark_of(question.id, statement.text), ""),
        "question": question.text,
        "text": statement.text,
        "cited": [citation.quote for citation in statement.citations],
        "question_id": question.id,
        "page": question.page,
        "generator": generator,
        "statement": _STATEMENT.dump_python(statement, mode="json"),
        "evidence": _EVIDENCE.dump_python(_of_cited(question.evidence, statement), mode="json"),
    }


def _of_cited(evidence: Sequence[Evidence], statement: Statement) -> tuple[Evidence, ...]:
    """The passages that hold what a statement cites, and what stands above them: all that its checks look at."""
    held = [item.passage for item in evidence if any(item.passage.holds(one) for one in statement.citations)]
    return tuple(
        item
        for item in evidence
        if any(
            item.passage.document == one.document and one.start - _ABOVE <= item.passage.end <= one.end
            for one in held
        )
    )


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a collected file. Raises UserError where a line is none."""
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise UserError(f"{path} is not a file of collected sentences: {error}") from None


def scored(rows: Sequence[Mapping[str, Any]], model: SupportModel) -> NDArray[np.float64]:
    """(label, P(supported), overlap with the cited text, P(supported) of what is said in the words of the source instead or 0) of every
    row. Raises UserError if a label is missing."""
    table = []
    for number, row in enumerate(rows, start=1):
        if row["label"] not in LABELS:
            raise UserError(f"line {number}: label is {row['label']!r}; write supported or unsupported")
        statement = _STATEMENT.validate_python(row["statement"])
        evidence = _EVIDENCE.validate_python(row["evidence"])
        query = Query(row["question"], detect_language(row["question"]) or "en")
        found = judged(query, statement, evidence)
        overlap = plain_overlap(statement.text, " ".join(row["cited"]))
        quoted = restated(query, statement, evidence, found)
        instead = model.probability(judged(query, quoted, evidence)) if quoted else 0.0
        table.append((LABELS[row["label"]], model.probability(found), overlap, instead))
    return np.array(table, dtype=np.float64).reshape(-1, 4)


def summarize(table: NDArray[np.float64], pages: Sequence[str]) -> dict[str, Metric]:
    """AUROCs and their paired difference, of all rows and of the checking half of the pages."""
    out: dict[str, Metric] = {}
    checking = np.array([half(page) == "checking" for page in pages], dtype=bool)
    for suffix, chosen in (("", np.ones(len(pages), dtype=bool)), ("_checking", checking)):
        clusters = [page for page, take in zip(pages, chosen, strict=True) if take]
        if not clusters:
            continue

        def gain(rows: NDArray[np.float64]) -> float:
            return area(rows[:, [0, 1]]) - area(rows[:, [0, 2]])

        picked = table[chosen]
        for name, statistic, columns in (
            ("auroc", area, [0, 1]),
            ("auroc_overlap", area, [0, 2]),
            ("gain", gain, [0, 1, 2]),
        ):
            rng = np.random.default_rng(SEED)
            found = bootstrap(
                picked[:, columns], rng=rng, clusters=clusters, statistic=statistic, resamples=RESAMPLES
            )
            out[name + suffix] = Metric.of(found, None, OVERLAP if name == "gain" else None)
        out[f"supported_share{suffix}"] = Metric(float(picked[:, 0].mean()), n=len(picked))
        written, quoted = picked[:, 1] >= _LEAST, picked[:, 3] >= _LEAST
        for name, label, leaves in (
            ("true_as_written", 1.0, written),
            ("true_as_quoted", 1.0, ~written & quoted),
            ("false_as_written", 0.0, written),
        ):
            if (rows := picked[:, 0] == label).any():
                some = [page for page, take in zip(clusters, rows, strict=True) if take]
                out[name + suffix] = Metric.of(proportion(leaves[rows].tolist(), some))
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    """Collects, or prints the JSON of the contract."""
    options = _options(arguments)
    if options.collect:
        if (options.data is None) == (options.company is None) or options.llm is None:
            raise UserError("--collect needs --llm, and either --data or --company")
        model = open_language_model(Model(source=f"path:{options.llm.resolve()}"))
        with place_for(options.workspace) as place:
            asked = (
                questions(options.data) if options.data else company_questions(options.company, Path(place))
            )
            generator = LanguageModelGenerator(Insistent(model) if options.insist else model)
            held = collect(asked, generator, options.collect, options.sentences)
        say(f"{options.collect} holds {held} sentences; read them, fill in the labels, and run with --marked")
        return 0
    if options.marked is None:
        raise UserError("give --collect FILE (with --data and --llm), or --marked FILE")
    rows = [row for path in options.marked for row in read_rows(path)]
    metrics = summarize(scored(rows, SupportModel()), [row["page"] for row in rows])
    emit("verify_generated", metrics, record=options.record)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("verify_generated", __doc__ or "")
    options.add_argument("--llm", type=Path, help="a GGUF file that writes the sentences")
    options.add_argument("--collect", type=Path, help="write (or go on with) sentences to be marked here")
    options.add_argument("--sentences", type=int, default=200, help="how many sentences the file is to hold")
    options.add_argument(
        "--insist", action="store_true", help="do not tell the model that it may find nothing"
    )
    options.add_argument(
        "--company", type=int, help="with --collect: the seed of an example company to ask about"
    )
    options.add_argument("--workspace", type=Path, help="keep (and reuse) that company in this folder")
    options.add_argument(
        "--marked", type=Path, nargs="+", help="measure on these files, in which every row has its label"
    )
    return options.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"verify_generated: {error}")
