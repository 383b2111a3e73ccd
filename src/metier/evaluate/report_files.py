"""A report as files: index.html (one page, nothing loaded from elsewhere), report.json, junit.xml, report.md."""

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from metier.errors import UserError
from metier.evaluate.judge_card import card_rows
from metier.evaluate.plain import plain
from metier.evaluate.report import Report, SliceFigures
from metier.evaluate.stress import Stress, table_of
from metier.evaluate.verdict import interval, percent, signed
from metier.types import Estimate

_TEMPLATES = Path(__file__).parent / "templates"
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WIDTH, _HEIGHT = 640, 280  # of the curve, in its own units; the page scales it


def write_report(report: Report, folder: Path) -> list[Path]:
    """Writes the four files (old ones are replaced) and returns their paths. Raises UserError if it cannot."""
    texts = {
        "index.html": as_html(report),
        "report.json": json.dumps(as_json(report), ensure_ascii=False, indent=2, allow_nan=False) + "\n",
        "junit.xml": as_junit(report),
        "report.md": as_markdown(report),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise UserError(f"the report cannot be written to {folder}: {error.strerror or error}") from None
    return [folder / name for name in texts]


def as_html(report: Report) -> str:
    """The page; works without scripts, in print, and for screen readers."""
    pages = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=select_autoescape(["html"]), undefined=StrictUndefined
    )
    pages.filters |= {
        "percent": percent,
        "interval": interval,
        "signed": signed,
        "sentence": sentence,
        "p_value": p_value,
    }
    return pages.get_template("report.html").render(
        report=report,
        curve=_points(report),
        width=_WIDTH,
        height=_HEIGHT,
        top=_top(report),
        certified=_certified(report),
        growth=_growth(report.stress),
        infinity=math.inf,
        card_rows=card_rows(report.judge) if report.judge else [],
        growth_rows=table_of(report.stress) if report.stress else [],
    )


def as_json(report: Report) -> dict[str, Any]:
    """Everything on the page, and every case."""
    data: dict[str, Any] = plain(report)
    rows = data.pop("scores")
    run = data.pop("run")
    run.pop("rows")
    cases = [
        {
            "id": row["case"]["id"],
            **{key: row["case"][key] for key in ("kind", "user", "question", "answers")},
            **{key: value for key, value in row.items() if key != "case"},
        }
        for row in rows
    ]
    return {"metier_report": 1, "run": run, **data, "cases": cases}


def as_junit(report: Report) -> str:
    """One test case per case: failures are cases not right, errors are cases without an answer."""
    errors = sum(bool(item.error) for item in report.scores)
    wrong = sum(not item.right for item in report.scores) - errors
    suite = ElementTree.Element(
        "testsuite", name=_xml(report.run.suite), tests=str(len(report.scores)), failures=str(wrong), errors=str(errors),
        time=f"{sum(item.seconds for item in report.scores):.3f}",
    )  # fmt: skip
    for item in report.scores:
        row = ElementTree.SubElement(
            suite, "testcase", classname=_xml(f"{report.run.suite}.{item.case.kind}"), name=_xml(item.case.id),
            time=f"{item.seconds:.3f}",
        )  # fmt: skip
        if not item.right:
            kind = "error" if item.error else "failure"
            told = ElementTree.SubElement(
                row, kind, message=_xml(item.reason), type=_xml(item.error or "not right")
            )
            told.text = _xml(
                f"{item.case.question}\nexpected: {' / '.join(item.case.answers) or item.case.kind}"
            )
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def as_markdown(report: Report) -> str:
    """For a pull request: verdict, figures, comparison, slices, what was not tested."""
    summary = report.summary
    lines = [
        f"## metier evaluate: **{report.verdict}**",
        "",
        *(f"- {_md(reason)}" for reason in report.reasons),
        "",
    ]
    lines += ["| figure | value | 95% interval | n |", "|---|---|---|---|"]
    named: tuple[tuple[str, Estimate], ...] = (
        ("right", summary.right),
        ("answered", summary.shown),
        ("wrong among answered", summary.wrong_among_shown),
        ("errors", summary.errors),
    )
    named += tuple((item.name, item.found) for item in report.aspects)
    lines += [f"| {name} | {percent(item.value)} | {interval(item)} | {item.n} |" for name, item in named]
    if report.comparison:
        lines += [
            "",
            f"**Against the baseline: {report.comparison.verdict}.** {_md(report.comparison.sentence)}",
        ]
    lines += ["", "| slice | right | 95% interval | n |", "|---|---|---|---|"]
    lines += [_slice(item) for item in report.slices]
    if report.attribution and report.attribution.counts:
        lines += ["", "| lost at | answers |", "|---|---|"]
        lines += [f"| {stage} | {count} |" for stage, count in report.attribution.counts.items()]
    if report.attribution and report.attribution.wanted:
        lines += ["", "Documents you should add:", ""]
        lines += [
            f"- {_md(item.what)} ({len(item.questions)} questions)" for item in report.attribution.wanted
        ]
    if report.baselines:
        lines += [
            "",
            "| baseline | right | this system, points | 95% interval | verdict |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {item.name} | {percent(item.right.value)} | {signed(item.difference.value)} | "
            f"{signed(item.difference.low)} to {signed(item.difference.high)} | {item.verdict} |"
            for item in report.baselines.baselines
        ]
    if report.noise:
        lines += ["", "| noise | points | 95% interval | verdict |", "|---|---|---|---|"]
        lines += [
            f"| {item.name} | {signed(item.difference.value)} | {signed(item.difference.low)} to {signed(item.difference.high)} | "
            f"{item.verdict} |"
            for item in report.noise
        ]
    if report.stress:
        lines += ["", f"As the corpus grows: {_md(report.stress.sentence)}"]
    if report.judge:
        lines += ["", f"Judge: {_md(report.judge.sentence)}"]
    lines += ["", "Not tested:", "", *(f"- {_md(item)}" for item in report.untested), ""]
    lines.append(
        f"{_md(report.run.system)} on {_md(report.run.suite)} ({report.run.suite_fingerprint}), {report.run.started}"
    )
    return "\n".join(lines) + "\n"


def p_value(p: float) -> str:
    """ "0.211", or that it is smaller than anybody needs to know."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def sentence(text: str) -> str:
    """The text with a capital at its start and a full stop at its end."""
    told = text[:1].upper() + text[1:]
    return told if told.endswith((".", "!", "?", ":")) else told + "."


def _slice(item: SliceFigures) -> str:
    return f"| {_md(item.name)} | {percent(item.right.value)} | {interval(item.right)} | {item.right.n} |"


def _md(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", " ".join(text.split()))


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


# --- the curve ------------------------------------------------------------------------------------------------------


def _top(report: Report) -> float:
    """The highest risk drawn: the first fifth above everything there is, at least twice alpha, so that the marks are round."""
    risks = [risk for _, risk in report.curve]
    return min(1.0, math.ceil(5 * max(2 * report.alpha, *(risks or [0.0]), 0.1) - 1e-9) / 5)


def _points(report: Report) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in _placed(report.curve, _top(report)))


def _placed(curve: Sequence[tuple[float, float]], top: float) -> list[tuple[float, float]]:
    return [(share * _WIDTH, _HEIGHT * (1 - risk / top)) for share, risk in curve]


def _certified(report: Report) -> tuple[float, float] | None:
    if (found := report.certificate) is None or not found.shown:
        return None
    return _placed([(found.share, found.wrong / found.shown)], _top(report))[0]


def _growth(found: Stress | None) -> dict[str, Any] | None:
    """Both curves over the logarithm of the number of documents, placed; None where there is no curve."""
    if found is None or len(found.steps) < 2:
        return None
    sizes = [math.log(max(step.documents, 1)) for step in found.steps]
    span = (sizes[-1] - sizes[0]) or 1.0
    at = [_WIDTH * (size - sizes[0]) / span for size in sizes]

    def line(estimates: Sequence[Estimate], colour: str, dash: str) -> dict[str, Any]:
        bars = [
            {
                "x": x,
                "y": _HEIGHT * (1 - item.value),
                "low": _HEIGHT * (1 - item.low),
                "high": _HEIGHT * (1 - item.high),
            }
            for x, item in zip(at, estimates, strict=True)
        ]
        points = " ".join(f"{bar['x']:.1f},{bar['y']:.1f}" for bar in bars)
        return {"points": points, "bars": bars, "colour": colour, "dash": dash}

    return {
        "marks": [{"x": x, "name": f"{step.documents:,}"} for x, step in zip(at, found.steps, strict=True)],
        "lines": [
            line([step.right for step in found.steps], "#1f4e8c", ""),
            line([step.wrong_and_shown for step in found.steps], "#a51d24", "6 4"),
        ],
    }
