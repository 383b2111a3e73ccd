import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import company
from benchmarks.company import (
    Asked,
    breakdown,
    choose,
    describe,
    lost_at,
    summarize,
)
from benchmarks.company_sources import files_of_one_content, says_the_same, with_one_name
from metier.errors import UserError
from metier.evaluate.cases import write_cases
from metier.evaluate.grade import grade
from metier.types import (
    Abstention,
    Answer,
    Case,
    Citation,
    Draft,
    EvidenceQuote,
    LedgerCount,
    Outcome,
    Query,
    Sample,
    State,
    Statement,
    Trace,
)

QUOTE = "Notice is 30 days to the end of a month."
EVIDENCE = (EvidenceQuote("hr/a.pdf", QUOTE),)


def case(number: int, kind: str, **parts: object) -> Case:
    base: dict[str, object] = {"answers": ("30 days",), "evidence": EVIDENCE, "group": f"g{number // 2}"}
    return Case(f"q{number}", "How long?", "anna", kind, **{**base, **parts})  # type: ignore[arg-type]


def answered(text: str) -> Answer:
    citation = Citation("c", "d", "hr/a.pdf", "A", "", 1, 0, 9, QUOTE)
    return Answer("a", Outcome.ANSWERED, "r", (Statement("s", text, (citation,), 0.9),))


DECLINED = Answer("a", Outcome.ABSTAINED, "r", abstention=Abstention("no evidence", found=("Handbook",)))


def asked(number: int, kind: str, answer: Answer) -> Asked:
    one = case(number, kind)
    return Asked(one, answer, grade(answer, one), 0.1 * number)


ROWS = [
    asked(1, "answerable", answered("It is 30 days.")),
    asked(2, "answerable", answered("It is 40 days.")),
    asked(3, "superseded", DECLINED),
    asked(4, "unanswerable", DECLINED),
    asked(5, "unanswerable", answered("It is 30 days.")),
    asked(6, "permission", DECLINED),
    asked(7, "permission", answered("It is 30 days.")),
]


def test_the_metrics_by_hand() -> None:
    got = summarize(ROWS)
    value = {name: metric.value for name, metric in got.items()}
    assert value["answerable_right"] == pytest.approx(1 / 3)
    assert value["abstain_precision"] == 0.5  # of q3 and q4 only q4 had no answer
    assert value["abstain_recall"] == 0.5
    assert value["citation_precision"] == 1.0
    assert value["wrong_and_shown"] == pytest.approx(1 / 3)
    assert value["permission_leaks"] == 1
    assert got["permission_leaks"].n == 2
    assert 1 < (got["permission_leaks"].high or 0) <= 2
    assert value["right_permission"] == 0.5
    assert value["words_shown"] == 4
    assert value["ask_p95_ms"] == pytest.approx(700)
    assert got["answerable_right"].low is not None


def test_what_further_samples_won_and_lost_is_counted() -> None:
    def with_samples(row: Asked, is_served: bool) -> Asked:
        took = replace(row.answer, timings_ms={"sample": 1500.0})
        trace = Trace(
            took,
            "q",
            "me",
            (),
            "now",
            Query("q"),
            (),
            None,
            (),
            1,
            samples=(Sample(7, 0.0, is_served=is_served),),
        )
        return replace(row, answer=took, trace=trace)

    right, wrong = (
        asked(1, "answerable", answered("It is 30 days.")),
        asked(2, "unanswerable", answered("30 days")),
    )
    rows = [with_samples(right, True), with_samples(wrong, True), with_samples(right, False), wrong]
    found = summarize(rows)
    assert [found[name].value for name in ("sampled_right", "sampled_wrong", "sampled_s")] == [1, 1, 1.5]
    assert found["sampled_right"].n == 3
    assert "sampled_right" not in summarize([right])


def test_a_file_of_the_same_bytes_is_the_gold_document_unless_it_may_not_be_seen(tmp_path: Path) -> None:
    for name, content in (("hr/a.pdf", b"one"), ("inbox/copy.docx", b"one"), ("inbox/b.pdf", b"two")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    files = files_of_one_content(tmp_path)
    one = case(1, "answerable")
    (statement,) = answered("It is 30 days.").statements
    (citation,) = statement.citations
    cited = (
        replace(citation, uri="inbox/copy.docx"),
        replace(citation, uri="inbox/b.pdf", quote="The car park costs 30 euros."),
    )
    answer = replace(answered(""), statements=(replace(statement, citations=cited),))
    assert grade(answer, one).citations_good == 0
    seen = with_one_name(answer, one, files, lambda uri: True)
    assert [citation.uri for citation in seen.statements[0].citations] == ["hr/a.pdf", "inbox/b.pdf"]
    assert grade(seen, one).citations_good == 1
    hidden = with_one_name(answer, one, files, lambda uri: not uri.startswith("inbox/copy"))
    assert hidden == answer


def test_another_document_that_says_the_same_of_the_same_thing_is_a_true_source() -> None:
    gold = EvidenceQuote("manual.pdf", "Maximum back pressure 16 bar")
    one = replace(
        case(1, "answerable"),
        question="Which back pressure can the Nova 60 take?",
        answers=("16",),
        evidence=(gold,),
    )
    (statement,) = answered("Pressure: up to 16 bar").statements
    cited = replace(
        statement.citations[0], uri="sheet.html", quote="Back pressure up to 16 bar", title="Nova 60"
    )

    def true_source(**changed: str) -> bool:
        return says_the_same(replace(cited, **changed), one)

    assert true_source()
    assert not true_source(title="Nova 40")
    assert not true_source(quote="Back pressure up to 12 bar")
    assert not true_source(quote="Delivery time 16 weeks from order")
    answer = replace(answered(""), statements=(replace(statement, citations=(cited,)),))
    assert grade(with_one_name(answer, one, {}, lambda uri: True), one).citations_good == 1
    assert grade(with_one_name(answer, one, {}, lambda uri: False), one).citations_good == 0


def test_cases_are_chosen_by_kind_tag_or_id_and_drawn_the_same_way_every_time() -> None:
    cases = [case(n, "answerable", tags=("de",) if n % 2 else ()) for n in range(20)]
    cases.append(case(20, "permission"))
    assert [c.id for c in choose(cases, ["permission"], 0)] == ["q20"]
    assert len(choose(cases, ["de", "q2"], 0)) == 11
    drawn = choose(cases, [], 5)
    assert len(drawn) == 5
    assert drawn == choose(list(cases), [], 5)
    with pytest.raises(UserError, match="no case is of kind"):
        choose(cases, ["weather"], 0)


@pytest.mark.parametrize(
    ("pool", "drafted", "stage"),
    [
        ([], "", "1 admission"),
        ([("b.pdf", 1)], "", "2 retrieval"),
        ([("hr/a.pdf", 0)], "", "3 reranking"),
        ([("hr/a.pdf", 1)], "It is 40 days.", "4 generation"),
        ([("hr/a.pdf", 1)], "It is 30 days.", "5 settling"),
    ],
)
def test_a_lost_case_is_blamed_on_the_first_stage_that_lost_it(
    pool: list[tuple[str, int]], drafted: str, stage: str
) -> None:
    draft = Draft((Statement("s", drafted, ()),), "extractive") if drafted else None
    rows = tuple({"uri": uri, "shown": shown} for uri, shown in pool)
    trace = Trace(DECLINED, "How long?", "anna", (), "", Query("How long?"), rows, draft, (), 1)
    one = replace(asked(3, "answerable", DECLINED), trace=trace)
    assert lost_at(one).startswith(stage)
    assert f"lost at {lost_at(one)}: 1" in breakdown([one])
    assert lost_at(replace(asked(1, "answerable", answered("It is 30 days.")), trace=trace)) == ""


def test_the_breakdown_and_the_failures_can_be_read() -> None:
    table = breakdown(ROWS)
    assert "kind answerable                 2   0.50" in table
    assert "format pdf" in table
    text = describe(ROWS[1])
    for part in ("q2", "the gold answer is not", "gold: 30 days", "It is 40 days.", f"[hr/a.pdf p1] {QUOTE}"):
        assert part in text
    assert "because: no evidence" in describe(ROWS[3])


class SmallSystem:
    """A system that knows one sentence and says it to everybody."""

    deep = 0

    def ingest(self, on_progress: object) -> SimpleNamespace:
        return SimpleNamespace(seconds=0.5, count=LedgerCount(1, {State.LIVE: 1}, {}))

    def deepen(self, on_progress: object) -> SimpleNamespace:
        """As where a run's time is over after the first of two documents."""
        self.deep += 1
        return SimpleNamespace(deep=self.deep, live=2, sentences=1, seconds=0.5)

    def deepened(self) -> int:
        return self.deep

    def ask(self, question: str, user: str) -> Answer:
        return answered("It is 30 days.")

    def trace(self, answer_id: str, user: str) -> None:
        return None

    def __enter__(self) -> "SmallSystem":
        return self

    def __exit__(self, *_: object) -> None:
        return None


def test_a_run_from_workspace_to_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company, "open_system", lambda place: SmallSystem())
    open_to_all = (EvidenceQuote("company/a.pdf", QUOTE),)
    cases = [
        replace(case(1, "answerable"), user="technician", evidence=open_to_all),
        replace(case(2, "answerable"), user="managing_director"),
        replace(case(3, "answerable"), user="technician"),
    ]
    write_cases(tmp_path / "cases.jsonl", cases)
    (tmp_path / "metier.yaml").write_text("version: 1\nmodels: {generator: {source: 'path:old.gguf'}}\n")
    failures, grades, llm = tmp_path / "failures.md", tmp_path / "grades.jsonl", tmp_path / "m.gguf"
    arguments = ["--workspace", str(tmp_path), "--failures", str(failures), "--grades", str(grades)]
    assert company.main([*arguments, "--llm", str(llm)]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    assert metrics["deepen_s_llm"]["value"] == 1.0
    assert metrics["answerable_right_llm"]["value"] == pytest.approx(1 / 3)
    # hr/ is open to the managing director and closed to the technician, by the company's own rules
    assert metrics["permission_leaks_llm"]["value"] == 2
    assert f"path:{llm}" in (tmp_path / "metier.yaml").read_text()
    rows = [json.loads(line) for line in grades.read_text().splitlines()]
    assert [(row["right"], row["reason"].split(":")[0]) for row in rows] == [
        (False, "leak"),
        (True, ""),
        (False, "leak"),
    ]
    assert "## q3 (answerable" in failures.read_text()
    assert company.main(["--workspace", str(tmp_path)]) == 0
    assert "models" not in (tmp_path / "metier.yaml").read_text()


def test_a_company_is_not_made_over_something_else(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "mine.txt").touch()
    with pytest.raises(UserError, match="is not empty"):
        company.build(tmp_path, 1, 120, None)
