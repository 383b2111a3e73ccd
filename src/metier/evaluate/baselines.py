"""What simple means come to on the same cases: without them nobody can say whether a figure is good or the suite easy.

- closed book: the workspace's language model without any document. What it gets right can be known or guessed, and says nothing
  about documents. Not measured where there is no language model.
- keyword search: the best passage of BM25 and in it the sentence with most of the question's words, always shown.
- word overlap: the run's own answers, ranked by the share of the question's words that stand in what they cite, beside its own
  confidence: how often a right answer is ranked above a wrong one (0.5 = by chance).
"""

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from metier.errors import Stopped, UserError
from metier.evaluate.compare import paired_share_difference
from metier.evaluate.estimates import bootstrap
from metier.evaluate.metrics import auroc
from metier.evaluate.needed import Corpus
from metier.evaluate.plain import kept_text, read_kept
from metier.evaluate.replies import as_reply
from metier.evaluate.run import Row, Run
from metier.evaluate.scores import FEWEST_GROUPS, Score, groups_of, score, share
from metier.evaluate.suites import DEFAULT_USER
from metier.evaluate.verdict import Verdict, verdict
from metier.flow.finding import find
from metier.stages import LanguageModel
from metier.text.analyze import content_words
from metier.text.overlap import containment
from metier.text.sentences import split_sentences
from metier.types import Access, Answer, Case, Estimate, Outcome, Passage, Progress, Statement

CLOSED_BOOK, KEYWORDS = "closed book", "keyword search"
_TOKENS = 80  # of an answer with the book closed; more is no answer


@dataclass(frozen=True, slots=True)
class Baseline:
    """One baseline on the cases of the run. `difference`: the run's share right minus its own, case by case."""

    name: str
    right: Estimate
    shown: Estimate
    wrong_among_shown: Estimate
    difference: Estimate
    verdict: Verdict  # of the run beside it


@dataclass(frozen=True, slots=True)
class Baselines:
    """All baselines of one run."""

    suite_fingerprint: str
    system: str
    baselines: tuple[Baseline, ...]
    ranked_by_confidence: (
        Estimate  # P(a right answer is ranked above a wrong one); nan where there are none of one kind
    )
    ranked_by_overlap: Estimate
    notes: tuple[str, ...]
    run: str = ""  # that they stand beside (Run.identity)


def measure_baselines(
    run: Run,
    corpus: Corpus,
    model: LanguageModel | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Baselines:
    """The baselines on the run's cases, in the workspace that the run is of. Raises UserError if the run has too few cases, and
    Stopped."""
    scores = [score(row, run.cites) for row in run.rows]
    if len(groups_of(scores)) < FEWEST_GROUPS:
        raise UserError(
            f"{len(groups_of(scores))} independent cases are too few to compare; at least {FEWEST_GROUPS}"
        )
    notes = [] if model else ["closed book: not measured, the workspace has no language model"]
    asked: dict[str, Callable[[Case], Answer]] = (
        {CLOSED_BOOK: lambda case: by_heart(case, model)} if model else {}
    )
    asked[KEYWORDS] = lambda case: by_keywords(case, corpus)
    begun, total, found = time.perf_counter(), len(asked) * len(run.rows), []
    for number, (name, ask) in enumerate(asked.items()):
        rows = []
        for row in run.rows:
            if should_stop():
                raise Stopped("stopped; nothing is kept")
            rows.append(Row(row.case, ask(row.case), 0.0, cites=name != CLOSED_BOOK))
            done = number * len(run.rows) + len(rows)
            on_progress(Progress(done, total, 0, time.perf_counter() - begun, row.case.id, "questions"))
        found.append(_beside(name, run, rows))
    own, overlap = _ranked(run.rows, scores)
    return Baselines(
        run.suite_fingerprint, run.system, tuple(found), own, overlap, tuple(notes), run.identity
    )


def _beside(name: str, run: Run, rows: Sequence[Row]) -> Baseline:
    cites = run.cites and all(
        row.cites for row in rows
    )  # who cannot cite is not graded on it, nor who stands beside
    theirs, ours = [[score(row, cites) for row in side] for side in (rows, run.rows)]
    difference = paired_share_difference(
        [item.right for item in ours], [item.right for item in theirs], [item.case.group for item in ours]
    )
    shown = [item for item in theirs if item.shown]
    return Baseline(
        name, share(theirs, lambda item: item.right), share(theirs, lambda item: item.shown),
        share(shown, lambda item: not item.right), difference, verdict(difference),
    )  # fmt: skip


# --- the baselines ------------------------------------------------------------------------------------------------------


def by_heart(case: Case, model: LanguageModel) -> Answer:
    """What the model says without any document. Raises UserError if it cannot be reached."""
    told = "Answer the question in one short sentence. If you do not know, say that you do not know."
    messages = [{"role": "system", "content": told}, {"role": "user", "content": case.question}]
    return as_reply("".join(model.complete(messages, _TOKENS, 0.0, 7))).answer


def by_keywords(case: Case, corpus: Corpus) -> Answer:
    """The sentence with most of the question's words in the best passage of keyword search; an abstention if none is found."""
    parts = corpus.journey()
    keyword = [retriever for retriever in parts.retrievers if retriever.name == "keyword"]
    found = find(
        dataclasses.replace(parts, retrievers=keyword, steps=1), case.question, _access(case, corpus)
    )
    hits = found.rankings.get("keyword", ())
    if not hits:
        return Answer("", Outcome.ABSTAINED, "")
    passage = hits[0].passage
    start, end = best_sentence(passage, case.question)
    cited = passage.cite("c1", passage.start + start, passage.start + end)
    return Answer("", Outcome.ANSWERED, "", (Statement("s1", cited.quote, (cited,)),))


def best_sentence(passage: Passage, question: str) -> tuple[int, int]:
    """Where the sentence or row with most of the question's words stands; the first of those with as many."""
    if passage.kind == "table":
        places, at = [], 0
        for line in passage.text.split("\n"):
            places.append((at, at + len(line)))
            at += len(line) + 1
    else:
        places = split_sentences(passage.text, passage.language)
    words = content_words(question, passage.language)

    def held(place: tuple[int, int]) -> float:
        return containment(words, content_words(passage.text[place[0] : place[1]], passage.language))

    return max(places, key=held, default=(0, len(passage.text)))


def _access(case: Case, corpus: Corpus) -> Access:
    return corpus.settings.access(None if case.user == DEFAULT_USER else case.user)


def _ranked(rows: Sequence[Row], scores: Sequence[Score]) -> tuple[Estimate, Estimate]:
    """How well confidence and overlap rank right answers above wrong ones, over those that have both."""
    kept = [
        (float(item.right), row.confidence, _overlap(row), row.case.group)
        for row, item in zip(rows, scores, strict=True)
        if item.shown and row.confidence is not None
    ]
    if len({right for right, *_ in kept}) < 2:
        unknown = Estimate(float("nan"), 0.0, 1.0, len(kept))
        return unknown, unknown
    table = np.array([item[:3] for item in kept], dtype=np.float64)
    groups = [item[3] for item in kept]

    def area(column: int) -> Estimate:
        def of(drawn: NDArray[np.float64]) -> float:
            return auroc(drawn[:, 0], drawn[:, column])

        return bootstrap(table, rng=np.random.default_rng(7), clusters=groups, statistic=of)

    return area(1), area(2)


def _overlap(row: Row) -> float:
    assert row.answer is not None
    cited = " ".join(citation.quote for item in row.answer.statements for citation in item.citations)
    return containment(content_words(row.case.question), content_words(cited))


# --- kept ---------------------------------------------------------------------------------------------------------------


def baselines_text(found: Baselines) -> str:
    """The baselines as the file that `read_baselines` reads."""
    return kept_text(found, "metier_baselines")


def read_baselines(path: Path) -> Baselines:
    """What `metier evaluate baselines --out` wrote. Raises UserError if the file is something else."""
    return read_kept(path, Baselines, "metier_baselines", "metier evaluate baselines --out")
