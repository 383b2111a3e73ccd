"""How values look on a terminal, and as JSON."""

import io
import json

import pytest
from rich.console import Console

from metier.cli import show
from metier.flow.ingest import IngestReport
from metier.retrieve.known_item import KnownItemCheck, LegCheck
from metier.types import (
    Abstention,
    Answer,
    Citation,
    Draft,
    Failure,
    LedgerCount,
    Outcome,
    Progress,
    Query,
    Sample,
    State,
    Statement,
    Trace,
)
from tests.fakes import entry


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is written to the standard output, as into a pipe."""
    text = io.StringIO()
    monkeypatch.setattr(show, "out", Console(file=text, highlight=False, width=10_000))
    return text


def count(**numbers: int) -> LedgerCount:
    states = dict.fromkeys(State, 0) | {State[name]: number for name, number in numbers.items()}
    return LedgerCount(1, states, {"encrypted": 2} if numbers else {})


def test_the_law_is_one_line_and_adds_up(printed: io.StringIO) -> None:
    show.show_count(
        count(LIVE=5, PARTIAL=1, QUARANTINED=2, PARSED=1, IN_FLIGHT=2, SUPERSEDED=3, REMOVED=4, ERASED=1)
    )
    first, second = printed.getvalue().splitlines()
    assert first == (
        "19 received = 5 live + 1 partial + 2 quarantined + 3 in flight + 3 superseded + 4 removed + 1 erased"
    )
    total, *parts = (int(word) for word in first.split() if word.isdigit())
    assert total == sum(parts)
    assert second == "  2 encrypted"


def citation(number: int, quote: str = "six [weeks]") -> Citation:
    return Citation(f"c{number}", "d", "a [x].pdf", "Letter [/b]", "", number, 0, 9, quote)


def test_an_answer_numbers_its_citations(printed: io.StringIO) -> None:
    statements = (
        Statement("s1", "Six [red]weeks[/red].", (citation(1), citation(2))),
        Statement("s2", "Or more.", (citation(3, "x" * 400),)),
    )
    show.show_answer(
        Answer("a1", Outcome.ANSWERED, "r", statements, notes=("a [note]",), timings_ms={"total": 12.3})
    )
    text = printed.getvalue()
    for words in (
        "Six [red]weeks[/red]. [1] [2]\nOr more. [3]\n",
        "[1] Letter [/b] (a [x].pdf, page 1)",
        "“six [weeks]”",
        "x" * 300 + "…",
        "note: a [note]",
        "answer a1, 12 ms",
    ):
        assert words in text


def test_an_abstention_says_why_what_and_where(printed: io.StringIO) -> None:
    show.show_answer(
        Answer("a", Outcome.ABSTAINED, "r", (), Abstention("why [x]", ("T1", "T2"), ("q",), "ask HR"))
    )
    assert printed.getvalue().startswith("abstained: why [x]\n  nearest documents: T1; T2\n  ask HR\n")


def test_failures_are_named_and_cut_with_a_hint(printed: io.StringIO) -> None:
    entries = [entry(f"{n}", f"{n} [b].pdf", State.QUARANTINED, detail=f"detail {n}") for n in range(4)]
    show.show_failures(entries, most=2)
    assert printed.getvalue().splitlines() == [
        "quarantined 0 [b].pdf: detail 0",
        "quarantined 1 [b].pdf: detail 1",
        "... and 2 more; `metier status --failed` lists them all",
    ]


def test_a_report_tells_a_missing_folder_and_a_stop(printed: io.StringIO) -> None:
    failures = (Failure(".", "connect", "folder_missing", "the folder [x] is gone"),)
    show.show_report(IngestReport(3, 1, 1, 1, 0, 2, 4, failures, True, 2.0, count()))
    text = printed.getvalue()
    assert "3 files: 1 new, 1 changed, 0 removed, 2 with other readers, 1 unchanged" in text
    assert "the folder [x] is gone" in text
    assert "goes on where it stopped" in text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.4, "59 s"), (61, "1:01 min"), (3_600, "1:00 h"), (7_900, "2:11 h")],
)
def test_durations(seconds: float, words: str) -> None:
    assert show.duration(seconds) == words


def test_json_is_one_document_in_any_alphabet(capsys: pytest.CaptureFixture[str]) -> None:
    show.print_json(Answer("ä", Outcome.ANSWERED, "r", (Statement("s1", "Größe", (citation(1),)),)))
    text = capsys.readouterr().out
    assert "Größe" in text
    data = json.loads(text)
    assert data["statements"][0]["citations"][0]["quote"] == "six [weeks]"


def test_progress_without_a_terminal_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.StringIO()
    monkeypatch.setattr(show, "err", Console(file=text, highlight=False, width=10_000))
    now = [100.0]
    monkeypatch.setattr(show.time, "monotonic", lambda: now[0])
    view = show.ProgressView(quiet=False)
    with view.drawing():
        for second in range(12):
            now[0] = 100.0 + second
            unit = "documents" if second < 10 else "passages"
            view(Progress(second, 40, 1, float(second) + 1, unit=unit))
    lines = text.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("5/40 documents, 0.8/s, 42 s left, 1 failed")
    assert lines[2].startswith("10/40 passages")
    quiet = show.ProgressView(quiet=True)
    with quiet.drawing():
        quiet(Progress(1, 2, 0, 1.0))
    assert text.getvalue().splitlines() == lines


def test_retrievers_are_shown_with_what_they_found(printed: io.StringIO) -> None:
    legs = (
        LegCheck("keyword", 39, 40, True, "found 39 of 40 known passages"),
        LegCheck("static", 1, 40, False, "found 1 of 40 known passages; off, since the best leg found 39"),
    )
    show.show_legs(KnownItemCheck(legs, 40, 1.0))
    assert "keyword on, found 39 of 40 known passages; static off, found 1 of 40" in printed.getvalue()
    show.show_legs_off(KnownItemCheck(legs, 40, 1.0))
    assert printed.getvalue().endswith(
        "static is not used on these documents: found 1 of 40 known passages; off, since the best leg found 39\n"
    )


def test_before_the_first_check_nothing_is_said_of_retrievers(printed: io.StringIO) -> None:
    show.show_legs(KnownItemCheck())
    show.show_legs_off(KnownItemCheck())
    assert printed.getvalue() == ""


def test_a_trace_tells_the_weights_that_followed_the_question(printed: io.StringIO) -> None:
    row = {
        "shown": 1,
        "uri": "a.txt",
        "page": 1,
        "ranks": {"keyword": 1},
        "scores": {"echo": 0.5, "keyword": 9.0},
    }
    answer = Answer("a1", Outcome.ABSTAINED, "r0")
    trace = Trace(answer, "q", "me", (), "now", Query("q", "en"), (row,), None, (), 1)
    show.show_trace(trace, {}, {"echo": 0.5, "keyword": 0.2, "sentence": 0.7}, {"homeoffic": {"mobil": 0.41}})
    text = printed.getvalue()
    assert "mixed keyword 0.20, sentence 0.70: the documents echo the question by 0.50 of 1" in text
    assert "keyword 9.00" in text
    assert "echo 0.50" not in text, "it is the question's, not the passage's"
    assert "searched besides for “homeoffic”, as colleagues mean it: mobil 0.41" in text
    show.show_trace(trace, {}, {}, {})
    assert printed.getvalue().count("mixed") == 1
    assert printed.getvalue().count("besides") == 1


def test_a_trace_tells_how_far_a_reranking_model_came(printed: io.StringIO) -> None:
    answer = Answer("a1", Outcome.ABSTAINED, "r0", tokens=70, cost=0.5)
    rows = (
        {"scored": 12, "of": 60, "ms": 498.0, "tokens": 70, "cost": 0.5, "problem": ""},
        {"scored": 0, "of": 60, "ms": 3.0, "tokens": 0, "cost": 0.0, "problem": "it is down; start it"},
    )
    models = {"models.reranker": "mini/model.onnx@1", "models.entailment": "nli/model.onnx@2"}
    draft = Draft((), "extractive")
    trace = Trace(
        answer, "q", "me", (), "now", Query("q", "en"), (), draft, (), 1, models=models, reordered=rows
    )
    show.show_trace(trace, {"extractive": 0.5}, {}, {})
    text = printed.getvalue()
    assert (
        "reordered by mini/model.onnx@1: 12 of 60 passages scored in 498 ms, 70 tokens, cost 0.5000\n" in text
    )
    assert "language model" not in text, "these tokens are not its"
    assert "0 of 60 passages scored in 3 ms; the others keep their order: it is down; start it" in text
    assert "contradictions by nli/model.onnx@2" in text


def test_a_trace_tells_every_sample_with_chance_seed_and_log_probability(printed: io.StringIO) -> None:
    said = Statement("s1", "It is six weeks.", ())
    samples = (
        Sample(7, 0.0, (), (Statement("s1", "It is nine.", ()),)),
        Sample(8, 0.7, (said,), chance=0.625, is_served=True, logprob=-0.123),
    )
    answer = Answer("a1", Outcome.ANSWERED, "r0", (said,))
    trace = Trace(answer, "q", "me", (), "now", Query("q", "en"), (), None, (), 1, samples=samples)
    show.show_trace(trace, {}, {}, {})
    text = printed.getvalue()
    for words in ("0.62 served", "8 at 0.7", "-0.12", "It is six weeks.", "7 at 0.0", "It is nine."):
        assert words in text
