import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from lxml import html

from metier.errors import UserError
from metier.evaluate.baselines import Baseline, Baselines
from metier.evaluate.report import Report, build_report
from metier.evaluate.report_files import as_html, as_json, as_junit, as_markdown, write_report
from metier.evaluate.verdict import interval
from metier.types import Estimate
from tests.evaluate.made import case, row, run_of
from tests.evaluate.test_stress import grown

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NASTY = "<script>alert('x')</script> & |\x01"


def report(n: int = 300) -> Report:
    rows = [
        row(
            case(i, tags=("part",) if i % 3 else ()),
            right=i % 4 != 0,
            confidence=0.1 + 0.8 * (i % 4 != 0) + i / 10_000,
        )
        for i in range(n)
    ]
    rows.append(row(case(n, id="a", question=NASTY), right=False, confidence=0.1))
    rows.append(row(case(n + 1), error="timeout"))
    other = [row(item.case, right=False, confidence=0.5) for item in rows]
    return build_report(run_of(rows, "new <b>"), run_of(other, "old"), 0.05, 0.05, NOW)


def test_the_page_stands_by_itself() -> None:
    text = as_html(report())
    page = html.fromstring(text)
    assert not page.xpath("//script | //link | //img | //iframe | //@href | //@src")
    assert "url(" not in text
    assert "@media print" in text
    assert page.xpath("//section[@aria-label='Verdict']//strong/text()") == ["Ship with a human"]
    headings = page.xpath("//h2/text()")
    for wanted in ("Risk against coverage", "Slices", "What was not tested", "Provenance", "Where it breaks"):
        assert wanted in headings
    assert "<script>alert" not in text
    assert NASTY[:-1] in page.text_content()
    assert page.xpath("//svg/title")
    assert page.xpath("//svg/circle")
    assert all(table.xpath("./caption") for table in page.xpath("//main//table"))
    points = [tuple(map(float, pair.split(","))) for pair in page.xpath("//svg/polyline/@points")[0].split()]
    assert all(0 <= x <= 640 and -1 <= y <= 281 for x, y in points)


def test_a_page_without_confidence_or_failures() -> None:
    found = build_report(run_of([row(case(i), confidence=None) for i in range(20)]), None, 0.05, 0.05, NOW)
    text = as_html(found)
    assert "so there is no curve" in text
    assert "Every case is right" in text
    assert "No baseline was given" in text


def test_json_has_every_case_and_no_nan() -> None:
    data = json.loads(json.dumps(as_json(report()), allow_nan=False))
    assert (data["metier_report"], data["verdict"], len(data["cases"])) == (1, "ship with a human", 302)
    assert data["summary"]["leaks"]["value"] is None
    assert data["cases"][0].keys() >= {"id", "right", "shown", "reason", "confidence"}


def test_junit_counts_failures_and_errors() -> None:
    suite = ElementTree.fromstring(as_junit(report()))
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("302", "76", "1")
    assert len(suite.findall("testcase/failure")) == 76
    assert suite.find("testcase/error").get("type") == "timeout"  # type: ignore[union-attr]


def test_markdown_for_a_pull_request() -> None:
    text = as_markdown(report())
    assert text.startswith("## metier evaluate: **ship with a human**")
    assert "**Against the baseline: better.**" in text
    assert re.search(r"\| right \| 74\.\d% \| \d+\.\d% to \d+\.\d% \| 302 \|", text)
    assert "new \\<b\\>" in text


def test_files_are_written_and_the_same_again(tmp_path: Path) -> None:
    paths = write_report(report(), tmp_path / "deep" / "r")
    assert [path.name for path in paths] == ["index.html", "report.json", "junit.xml", "report.md"]
    before = [path.read_bytes() for path in paths]
    assert [path.read_bytes() for path in write_report(report(), tmp_path / "deep" / "r")] == before
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        write_report(report(20), tmp_path / "file")


def test_intervals_in_words() -> None:
    assert interval(Estimate(0.5, 0.4, 0.6, 90)) == "40.0% to 60.0%"
    assert interval(Estimate(0.5, 0, 1, 5)) == "too few to say"
    assert interval(Estimate(float("nan"), 0, 1, 0)) == "not measured"


def test_the_curve_of_a_growing_corpus_is_on_the_page() -> None:
    rows = [row(case(i), right=i < 270) for i in range(300)]
    grown_to = grown([270, 268, 240])
    found = build_report(run_of(rows), None, 0.05, 0.05, NOW, stress=grown_to)
    page = html.fromstring(as_html(found))
    section = page.xpath("//section[h2='As the corpus grows']")[0]
    assert "does not hold" in section.text_content()
    assert len(section.xpath(".//svg/polyline")) == 2
    assert len(section.xpath(".//svg/circle")) == 6
    assert section.xpath(".//tbody/tr/th/text()") == ["200", "2,000", "20,000"]
    assert as_json(found)["stress"]["holds"] is False
    assert "As the corpus grows: At 20,000 documents" in as_markdown(found)
    assert not any(item.startswith("growth") for item in found.untested)
    alone = build_report(run_of(rows), None, 0.05, 0.05, NOW)
    assert any(item.startswith("growth") for item in alone.untested)
    assert "As the corpus grows" not in as_html(alone)


def test_a_page_where_everything_failed_says_that_nothing_is_known() -> None:
    found = build_report(run_of([row(case(i), error="connection") for i in range(30)]), None, 0.05, 0.05, NOW)
    text = html.fromstring(as_html(found)).text_content()
    assert found.verdict == "do not ship"
    assert "None of 30 cases was answered, so nothing is known" in text
    assert "Nothing was answered, so there is no curve" in text
    assert "gives no confidence" not in text
    assert "nothing to tell apart" in text


def test_long_texts_are_cut_on_the_page_and_whole_in_the_json() -> None:
    long = case(1, question="how " * 500, answers=("z" * 900,))
    found = build_report(run_of([row(long, right=False)]), None, 0.05, 0.05, NOW)
    assert "z" * 900 not in as_html(found)
    assert "z" * 900 in json.dumps(as_json(found))
    assert "overflow-wrap: anywhere" in as_html(found)


def test_noise_baselines_time_and_cost_are_on_the_page() -> None:
    plain = [row(case(i), right=True) for i in range(40)]
    noisy = [
        row(case(i, id=f"{case(i).id}~typo", tags=("noise_typo",)), right=i % 2 > 0, confidence=0.5)
        for i in range(40)
    ]
    costly = [
        replace(item, answer=replace(item.answer, tokens=300, cost=0.002))
        for item in (*plain, *noisy)
        if item.answer
    ]
    run = run_of(costly)
    share = Estimate(0.25, 0.2, 0.3, 80)
    beside = Baseline(
        "keyword search", share, Estimate(1.0, 0.9, 1.0, 80), share, Estimate(0.5, 0.4, 0.6, 80), "better"
    )
    simple = Baselines(
        run.suite_fingerprint, "ours", (beside,), Estimate(0.8, 0.7, 0.9, 80), share, ("no model",)
    )
    found = build_report(run, None, 0.05, 0.05, NOW, baselines=simple)
    page = html.fromstring(as_html(found))
    assert {"What noise costs", "Simple means on the same cases", "Time and cost"} <= set(
        page.xpath("//h2/text()")
    )
    text = " ".join(part.strip() for part in page.itertext() if part.strip())
    for told in (
        "Typo 40 -50.0",
        "Keyword search 25.0% 100.0% 25.0% +50.0",
        "80.0% of pairs",
        "Tokens, on average 300",
        "0.002",
    ):
        assert told in text
    lines = as_markdown(found)
    assert "| typo | -50.0 |" in lines
    assert "| keyword search | 25.0% | +50.0 |" in lines
    with pytest.raises(UserError, match="of other cases"):
        build_report(run_of(plain), None, 0.05, 0.05, NOW, baselines=simple)
