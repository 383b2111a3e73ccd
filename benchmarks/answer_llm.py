"""A language model outside the product, asked what the product is asked: with the document in a plain prompt, and behind rivals.

A rival (Haystack, LlamaIndex) reads the same documents as plain text, every row of a table a line, and finds passages with its
own splitter and retriever; its own prompt template, filled with the best passages up to as many words as the product shows its
model, goes to the same model in this process. All prompts end in the same hint to answer briefly, without which a model's
sentences would be scored against values.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import say
from benchmarks.peers import Worker, environment
from benchmarks.tatqa import Context, Row, kind_of
from benchmarks.tatqa_scores import score
from metier.stages import LanguageModel

Pairs = Sequence[tuple[Context, Mapping[str, Any]]]
HINT = "Answer with the value or words only, nothing else."
WORDS = 500  # about 700 tokens, which is what the product shows its model (generate/prompt.py)


def plain_answers(model: LanguageModel, pairs: Pairs) -> Iterator[Row]:
    """The whole document of each question and the question, and what the model says as it is."""
    prompts = [
        [{"role": "user", "content": f"{plain_text(context)}\n\nQuestion: {question['question']}\n{HINT}"}]
        for context, question in pairs
    ]
    return _said(model, pairs, prompts)


def peer_answers(model: LanguageModel, side: str, contexts: Sequence[Context], pairs: Pairs) -> Iterator[Row]:
    """The model behind a rival that holds all documents. Raises UserError where the rival cannot be installed."""
    with tempfile.TemporaryDirectory(prefix="metier-answers-") as scratch:
        folder = Path(scratch) / "documents"
        folder.mkdir()
        for context in contexts:
            (folder / f"{context.group}.txt").write_text(plain_text(context), encoding="utf-8")
        command = [str(environment(side)), "-m", f"benchmarks.peer_workers.{side}_worker", "--text"]
        with Worker(side, command, Path(scratch) / "log") as worker:
            made = worker.tell(do="ingest", folder=str(folder))
            say(
                f"{side} {worker.hello['version']}: {made['documents']} documents, {made['passages']} passages"
            )
            questions = [question["question"] for _, question in pairs]
            prompts = worker.tell(do="prompt", questions=questions, hint=HINT, words=WORDS)["messages"]
    return _said(model, pairs, prompts)


def plain_text(context: Context) -> str:
    """The paragraphs, then the rows of the table with a bar between cells."""
    return "\n".join([*context.paragraphs, *(" | ".join(row) for row in context.table)])


def _said(
    model: LanguageModel, pairs: Pairs, prompts: Sequence[Sequence[Mapping[str, str]]]
) -> Iterator[Row]:
    for (context, question), messages in zip(pairs, prompts, strict=True):
        said = "".join(model.complete(messages, 60, 0.0, 7)).strip().rstrip(".")
        # the scale is given to it: nothing in these prompts asks for one
        exact, f1 = max(score(question, (said,), scale) for scale in ("", question["scale"]))
        yield Row(context.id, question["question"], kind_of(question), exact, f1, True, 1.0, 0.0, 0, 0, True)
