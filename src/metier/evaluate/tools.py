"""Result files of other tools, read as data: ragas, deepeval, promptfoo, Inspect. Never with the tool's own code.

A score is what the tool says it is. Epochs and repeats of one question share a group. Formats as of ragas 0.3, deepeval 3,
promptfoo's output of version 3 and Inspect's log of version 2; fields that are not there are left out.
"""

import csv
import io
import json
import math
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from metier.errors import UserError

Tool = Literal["ragas", "deepeval", "promptfoo", "inspect"]

_MOST_BYTES = 500 << 20  # of one file, unpacked
_INSPECT = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}  # correct, incorrect, partial, no answer
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


@dataclass(frozen=True, slots=True)
class Result:
    """One question as a tool scored it. `group` is shared by repeats of it."""

    id: str
    question: str
    answer: str
    reference: tuple[str, ...]
    scores: Mapping[str, float]
    group: str
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Results:
    """A file of results."""

    tool: Tool
    name: str
    system: str
    rows: tuple[Result, ...]

    @property
    def metrics(self) -> list[str]:
        """Names of the scores that at least one row has."""
        return sorted({name for row in self.rows for name in row.scores})


def read_results(path: Path) -> list[Results]:
    """The results in a file, one for each system in it (promptfoo asks several). Raises UserError for a file of no known tool."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UserError(f"{path} is larger than {_MOST_BYTES >> 20} MB")
        if zipfile.is_zipfile(path):
            return [_inspect(path, _unzipped(path))]
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} cannot be read: {error}") from None
    if path.suffix.lower() == ".csv":
        return [_ragas(path, list(csv.DictReader(io.StringIO(text))))]
    try:
        data = (
            [json.loads(line) for line in text.splitlines() if line.strip()]
            if path.suffix.lower() in (".jsonl", ".ndjson")
            else json.loads(text)
        )
    except json.JSONDecodeError as error:
        raise UserError(f"{path} is not JSON: {error.msg} in line {error.lineno}") from None
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


def _inspect(path: Path, data: Mapping[str, Any]) -> Results:
    """An Inspect log: samples with scores by scorer; C, I, P and N are 1, 0, one half and 0."""
    head = _object(data.get("eval"))
    rows = []
    for number, sample in enumerate(_objects(data.get("samples"))):
        scores: dict[str, float] = {}
        for scorer, told in _object(sample.get("scores")).items():
            value = _object(told).get("value")
            if isinstance(value, Mapping):
                _put(scores, {f"{scorer}/{key}": _inspect_value(item) for key, item in value.items()})
            else:
                _put(scores, {str(scorer): _inspect_value(value)})
        question = _inspect_text(sample.get("input"))
        target = sample.get("target")
        rows.append(
            _result(
                f"{sample.get('id', number)}#{sample.get('epoch', 1)}", question,
                str(_object(sample.get("output")).get("completion") or ""), target, scores,
                str(_object(sample.get("error")).get("message") or ""), sample.get("total_time"),
                group=str(sample.get("id", number)),
            )
        )  # fmt: skip
    return Results("inspect", path.stem, str(head.get("model") or head.get("task") or path.stem), tuple(rows))


def _inspect_value(value: object) -> object:
    return _INSPECT.get(value, value) if isinstance(value, str) else value


def _inspect_text(value: object) -> str:
    """A question that is a text, or the last message of a user in a conversation."""
    if isinstance(value, str):
        return value
    said = [item for item in _objects(value) if item.get("role") == "user"]
    content = said[-1].get("content") if said else ""
    if isinstance(content, str):
        return content
    return " ".join(str(item.get("text", "")) for item in _objects(content))


def _unzipped(path: Path) -> dict[str, Any]:
    """The log in an .eval archive: its header and its samples."""
    with zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if info.filename.endswith(".json")]
        if sum(info.file_size for info in infos) > _MOST_BYTES:
            raise UserError(f"{path} unpacks to more than {_MOST_BYTES >> 20} MB")
        names = [info.filename for info in infos]
        try:
            head = json.loads(archive.read("header.json")) if "header.json" in names else {}
            samples = [
                json.loads(archive.read(name)) for name in sorted(names) if name.startswith("samples/")
            ]
        except (json.JSONDecodeError, NotImplementedError, RuntimeError, zipfile.BadZipFile) as error:
            raise UserError(f"{path} cannot be read as an Inspect log: {error}") from None
    if not samples:
        raise UserError(f"{path} holds no samples of an Inspect log")
    return {**_object(head), "samples": samples}


def _promptfoo(path: Path, data: Any) -> list[Results]:
    """promptfoo's output: one system for each provider and prompt; score, pass and named scores."""
    inner = _object(data).get("results")
    rows = _objects(inner.get("results") if isinstance(inner, Mapping) else inner)
    systems: dict[str, list[Result]] = {}
    for number, row in enumerate(rows):
        provider = row.get("provider")
        name = str(_object(provider).get("label") or _object(provider).get("id") or provider or "provider")
        prompt = _object(row.get("prompt"))
        label = f"{name} / {prompt['label']}" if prompt.get("label") and _several_prompts(rows) else name
        variables = _object(row.get("vars"))
        scores: dict[str, float] = {}
        _put(scores, {"pass": row.get("success"), "score": row.get("score")})
        _put(scores, _object(row.get("namedScores")))
        asked = next(
            (variables[key] for key in ("question", "query", "input", "prompt") if key in variables), None
        )
        question = str(
            asked if asked is not None else json.dumps(variables, sort_keys=True, ensure_ascii=False)
        )
        output = _object(row.get("response")).get("output")
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
            _result(
                str(row.get("id") or number), question, said, expected, scores, str(row.get("error") or ""),
                milliseconds / 1000 if isinstance(milliseconds, int | float) else 0.0,
                group=json.dumps(variables, sort_keys=True, ensure_ascii=False),
            )
        )  # fmt: skip
    return [Results("promptfoo", path.stem, label, tuple(items)) for label, items in systems.items()]


def _several_prompts(rows: Sequence[Mapping[str, Any]]) -> bool:
    return len({str(_object(row.get("prompt")).get("label")) for row in rows}) > 1


def _deepeval(path: Path, data: Any) -> list[Results]:
    """deepeval's test run: test cases with the scores of their metrics, and whether each passed its threshold."""
    run = _deepeval_run(data)
    rows = []
    for number, case in enumerate(_objects(_either(run, "testCases", "test_cases", "test_results"))):
        scores: dict[str, float] = {}
        for metric in _objects(_either(case, "metricsData", "metrics_data")):
            name = str(metric.get("name", "metric"))
            _put(scores, {name: metric.get("score"), f"{name} passed": metric.get("success")})
        _put(scores, {"passed": case.get("success")})
        rows.append(
            _result(
                str(case.get("name") or number), str(case.get("input") or ""),
                str(_either(case, "actualOutput", "actual_output") or ""),
                _either(case, "expectedOutput", "expected_output"), scores, "", _either(case, "runDuration", "run_duration"),
            )
        )  # fmt: skip
    return [Results("deepeval", path.stem, str(run.get("identifier") or path.stem), tuple(rows))]


def _deepeval_run(data: Any) -> Mapping[str, Any]:
    inner = _object(data).get("testRunData")
    return inner if isinstance(inner, Mapping) else _object(data)


def _ragas(path: Path, rows: Sequence[Mapping[str, Any]]) -> Results:
    """ragas' table, one row a question: what is a number and no text of the sample is a score."""
    if not rows or not any(_either(rows[0], "user_input", "question") is not None for _ in (0,)):
        raise UserError(f"{path} is no table of ragas: it has no column user_input or question")
    out = []
    for number, row in enumerate(rows):
        scores: dict[str, float] = {}
        _put(scores, {str(key): value for key, value in row.items() if str(key) not in _RAGAS_TEXTS and key})
        out.append(
            _result(
                str(row.get("id") or number), _inspect_text(_either(row, "user_input", "question", "query")),
                str(_either(row, "response", "answer") or ""), _either(row, "reference", "ground_truth", "ground_truths"),
                scores, "", None,
            )
        )  # fmt: skip
    return Results("ragas", path.stem, path.stem, tuple(out))


_KNOWN: Sequence[tuple[Callable[[Any], bool], Callable[[Path, Any], list[Results]]]] = (
    (
        lambda data: isinstance(data, Mapping) and "samples" in data and "eval" in data,
        lambda path, data: [_inspect(path, data)],
    ),
    (
        lambda data: isinstance(data, Mapping) and "results" in data and bool(_promptfoo_rows(data)),
        _promptfoo,
    ),
    (
        lambda data: _either(_deepeval_run(data), "testCases", "test_cases", "test_results") is not None,
        _deepeval,
    ),
    (
        lambda data: isinstance(data, list) and bool(_objects(data)),
        lambda path, data: [_ragas(path, _objects(data))],
    ),
)


def _promptfoo_rows(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    inner = data["results"]
    rows = _objects(inner.get("results") if isinstance(inner, Mapping) else inner)
    return [row for row in rows if "vars" in row or "provider" in row]


# --- small help ---------------------------------------------------------------------------------------------------------


def _result(
    identity: str, question: str, answer: str, reference: object, scores: Mapping[str, float], error: str, seconds: object,
    group: str = "",
) -> Result:  # fmt: skip
    listed = reference if isinstance(reference, list | tuple) else [reference]
    told = tuple(str(item) for item in listed if item is not None and str(item).strip())
    spent = float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else 0.0
    same = group or sha256(question.encode()).hexdigest()[:16]
    return Result(identity, question or identity, answer, told, dict(scores), same, error, spent)


def _put(scores: dict[str, float], found: Mapping[str, object]) -> None:
    """Adds what is a number (also in words, as in CSV); nan and texts are no scores."""
    for name, value in found.items():
        number = _number(value)
        if number is not None:
            scores[name] = number


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        if value.strip().lower() in ("true", "false"):
            return float(value.strip().lower() == "true")
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None


def _either(row: Mapping[str, Any], *keys: str) -> Any:
    return next((row[key] for key in keys if row.get(key) is not None), None)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return list(_mappings(value)) if isinstance(value, list) else []


def _mappings(values: Sequence[object]) -> Iterator[Mapping[str, Any]]:
    return (item for item in values if isinstance(item, Mapping))
