"""Result files of other tools, read as data: ragas, deepeval, promptfoo, Inspect. Never with the tool's own code.

A score is what the tool says it is. Epochs and repeats of one question share a group. Formats as of ragas 0.3, deepeval 3,
promptfoo's output of version 3 and Inspect's log of version 2; fields that are not there are left out.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from metier.errors import UserError
from metier.evaluate.inspect_logs import conversation_text, inspect_log, unzipped
from metier.evaluate.tool_rows import MOST_BYTES, Result, Results, as_object, as_objects, either, put, result

_PROMPTFOO_ERROR = 2  # its ResultFailureReason.ERROR

_RAGAS_TEXTS = frozenset(
    [
        "user_input",
        "question",
        "query",
        "response",
        "answer",
        "reference",
        "ground_truth",
        "ground_truths",
        "retrieved_contexts",
        "contexts",
        "reference_contexts",
        "rubric",
        "rubrics",
        "multi_responses",
        "reference_topics",
        "reference_tool_calls",
        "synthesizer_name",
        "id",
    ]
)


def read_results(path: Path) -> list[Results]:
    """The results in a file, one for each system in it (promptfoo asks several). Raises UserError for a file of no known tool."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UserError(f"{path} is larger than {MOST_BYTES >> 20} MB")
        if zipfile.is_zipfile(path):
            return [inspect_log(path, unzipped(path))]
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} cannot be read: {error}") from None
    if path.suffix.lower() == ".csv":
        return [_ragas(path, list(csv.DictReader(io.StringIO(text))))]
    try:
        data = (
            [json.loads(line) for line in text.split("\n") if line.strip()]
            if path.suffix.lower() in (".jsonl", ".ndjson")
            else json.loads(text)
        )
    except json.JSONDecodeError as error:
        raise UserError(f"{path} is not JSON: {error.msg} in line {error.lineno}") from None
    except RecursionError:
        raise UserError(f"{path} is nested too deeply to be a result file") from None
    if any("metier_run" in row or {"question", "user", "kind"} <= row.keys() for row in as_objects(data)[:1]):
        raise UserError(
            f"{path} is a file of metier's own: `metier evaluate run` asks a suite, `metier evaluate report` shows a run"
        )
    for recognised, read in _KNOWN:
        if recognised(data):
            found = read(path, data)
            if not any(item.rows for item in found):
                raise UserError(f"{path} holds no results")
            return found
    raise UserError(
        f"{path} is of no tool known here: ragas (CSV, JSON Lines of to_pandas()), deepeval (.latest_test_run.json), promptfoo "
        "(--output results.json), Inspect (.json or .eval log)"
    )


# --- the tools ----------------------------------------------------------------------------------------------------------


def _promptfoo(path: Path, data: Any) -> list[Results]:
    """promptfoo's output: one system for each provider and prompt; score, pass and named scores."""
    inner = as_object(data).get("results")
    rows = as_objects(inner.get("results") if isinstance(inner, Mapping) else inner)
    systems: dict[str, list[Result]] = {}
    for number, row in enumerate(rows):
        provider = row.get("provider")
        name = str(
            as_object(provider).get("label") or as_object(provider).get("id") or provider or "provider"
        )
        prompt = as_object(row.get("prompt"))
        label = f"{name} / {prompt['label']}" if prompt.get("label") and _several_prompts(rows) else name
        variables = as_object(row.get("vars"))
        scores: dict[str, float] = {}
        put(scores, {"pass": row.get("success"), "score": row.get("score")})
        put(scores, as_object(row.get("namedScores")))
        asked = next(
            (variables[key] for key in ("question", "query", "input", "prompt") if key in variables), None
        )
        question = str(
            asked if asked is not None else json.dumps(variables, sort_keys=True, ensure_ascii=False)
        )
        output = as_object(row.get("response")).get("output")
        said = output if isinstance(output, str) else "" if output is None else json.dumps(output)
        expected = next(
            (
                variables[key]
                for key in ("expected", "reference", "answer", "ground_truth")
                if key in variables
            ),
            None,
        )
        milliseconds = row.get("latencyMs")
        systems.setdefault(label, []).append(
            result(
                str(row.get("id") or number), question, said, expected, scores, _promptfoo_error(row),
                milliseconds / 1000 if isinstance(milliseconds, int | float) else 0.0,
                group=json.dumps(variables, sort_keys=True, ensure_ascii=False),
            )
        )  # fmt: skip
    return [Results("promptfoo", path.stem, label, tuple(items)) for label, items in systems.items()]


def _promptfoo_error(row: Mapping[str, Any]) -> str:
    """What kept the system from answering. promptfoo's `error` also holds why an assertion failed (failureReason 1), which is a wrong
    answer and no error."""
    told, reason = str(row.get("error") or ""), row.get("failureReason")
    answered = as_object(row.get("response")).get("output") is not None
    return told if reason == _PROMPTFOO_ERROR or (reason is None and not answered) else ""


def _several_prompts(rows: Sequence[Mapping[str, Any]]) -> bool:
    return len({str(as_object(row.get("prompt")).get("label")) for row in rows}) > 1


def _deepeval(path: Path, data: Any) -> list[Results]:
    """deepeval's test run: test cases with the scores of their metrics, and whether each passed its threshold."""
    run = _deepeval_run(data)
    rows = []
    for number, case in enumerate(as_objects(either(run, "testCases", "test_cases", "test_results"))):
        scores: dict[str, float] = {}
        for metric in as_objects(either(case, "metricsData", "metrics_data")):
            name = str(metric.get("name", "metric"))
            put(scores, {name: metric.get("score"), f"{name} passed": metric.get("success")})
        put(scores, {"passed": case.get("success")})
        rows.append(
            result(
                str(case.get("name") or number), str(case.get("input") or ""),
                str(either(case, "actualOutput", "actual_output") or ""),
                either(case, "expectedOutput", "expected_output"), scores, "", either(case, "runDuration", "run_duration"),
            )
        )  # fmt: skip
    return [Results("deepeval", path.stem, str(run.get("identifier") or path.stem), tuple(rows))]


def _deepeval_run(data: Any) -> Mapping[str, Any]:
    inner = as_object(data).get("testRunData")
    return inner if isinstance(inner, Mapping) else as_object(data)


def _ragas(path: Path, rows: Sequence[Mapping[str, Any]]) -> Results:
    """ragas' table, one row a question: what is a number and no text of the sample is a score."""
    if not rows or not any(either(rows[0], "user_input", "question") is not None for _ in (0,)):
        raise UserError(f"{path} is no table of ragas: it has no column user_input or question")
    out = []
    for number, row in enumerate(rows):
        scores: dict[str, float] = {}
        put(scores, {str(key): value for key, value in row.items() if str(key) not in _RAGAS_TEXTS and key})
        out.append(
            result(
                str(row.get("id") or number), conversation_text(either(row, "user_input", "question", "query")),
                str(either(row, "response", "answer") or ""), either(row, "reference", "ground_truth", "ground_truths"),
                scores, "", None,
            )
        )  # fmt: skip
    return Results("ragas", path.stem, path.stem, tuple(out))


_KNOWN: Sequence[tuple[Callable[[Any], bool], Callable[[Path, Any], list[Results]]]] = (
    (
        lambda data: isinstance(data, Mapping) and "samples" in data and "eval" in data,
        lambda path, data: [inspect_log(path, data)],
    ),
    (
        lambda data: isinstance(data, Mapping) and "results" in data and bool(_promptfoo_rows(data)),
        _promptfoo,
    ),
    (
        lambda data: either(_deepeval_run(data), "testCases", "test_cases", "test_results") is not None,
        _deepeval,
    ),
    (
        lambda data: isinstance(data, list) and bool(as_objects(data)),
        lambda path, data: [_ragas(path, as_objects(data))],
    ),
)


def _promptfoo_rows(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    inner = data["results"]
    rows = as_objects(inner.get("results") if isinstance(inner, Mapping) else inner)
    return [row for row in rows if "vars" in row or "provider" in row]
