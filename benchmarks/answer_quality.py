"""Answers over tables and text: `python -m benchmarks.answer_quality --data DIR`. Every question of DIR/qa/*/dev.json (TAT-QA's layout).

Each context (a table and its paragraphs) becomes an HTML document, ingested by the product. Who may read which document
decides what is measured, so that everything goes through the doors that people use:
- oracle: the asker may read the one document that the question is about;
- pipeline: the asker may read all of them, and the product has to find it (the questions name no company);
- removed: the asker may read the half of the documents, drawn by hash; the questions about the others have no answer.

F1 and exact match (0-100) as the authors score them, with scale (tatqa_scores.py); of an answer its first short answer
(`Statement.values`) or else its first sentence counts, and an abstention is 0. Citations are right if they cite the
question's document. Intervals by bootstrap over documents. Unsuffixed: the checking half of the documents; `_all`: all;
`_tuning`: the other half. Nothing is fitted here.

`--llm GGUF` asks with a language model, and asks it outside the product, too (answer_llm.py): `plain`, the document in a plain
prompt; `haystack`, `llamaindex`: the same model behind these, over all documents. `gain_llm_oracle_over_plain` and
`gain_llm_pipeline_over_*` are paired, over the same questions. Every question goes through all rooms before the next one is
asked, so that `--minutes` leaves a smaller n and no missing room.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answer_llm import Pairs, peer_answers, plain_answers
from benchmarks.common import Metric, emit, half, parser, say
from benchmarks.company import place_for
from benchmarks.peers import PEERS
from benchmarks.tatqa import Context, Row, drawn, kind_of, read_contexts, write_workspace
from benchmarks.tatqa_scores import score
from metier.evaluate.estimates import bootstrap, paired_difference
from metier.evaluate.metrics import auroc
from metier.models.gguf import GgufModel
from metier.models.sources import ModelFile, sha256_of
from metier.system import System, open_system
from metier.text.analyze import content_words
from metier.types import Answer, Estimate

USERS = {"pipeline": "all", "removed": "kept"}  # who asks; in the room oracle, the document's own reader
ROOMS = ("oracle", "pipeline", "removed")
ROOMS_LLM = ("oracle", "pipeline", "plain", *PEERS)
LIMIT_LLM = 160  # questions of all rooms with a language model: half a minute each on two cores


# --- asking ---------------------------------------------------------------------------------------------------------


def ask(system: System, room: str, pairs: Pairs) -> Iterator[Row]:
    """A row per question, as it is asked."""
    for context, question in pairs:
        user = USERS.get(room, context.group)
        answer = system.ask(question["question"], user)
        trace = system.trace(answer.id, user)
        confidence = trace.draft.confidence if trace and trace.draft else 0.0
        covered = _coverage(system, question["question"], user) if room == "removed" else 0.0
        yield _row(context, question, room, answer, confidence, covered)


def ask_all(
    rooms: Mapping[str, Iterator[Row]], count: int, minutes: float = 0.0, out: Path | None = None
) -> dict[str, list[Row]]:
    """Every question in all rooms, then the next one, until `minutes` are over (0 = no end); each is written to `out` at once."""
    rows: dict[str, list[Row]] = {room: [] for room in rooms}
    start = time.monotonic()
    for number, found in enumerate(zip(*rooms.values(), strict=True), start=1):
        for room, row in zip(rooms, found, strict=True):
            rows[room].append(row)
        if out is not None:
            _write(out, dict(zip(rooms, found, strict=True)))
        spent = time.monotonic() - start
        if number % 20 == 0 or spent > 60 * minutes > 0:
            say(f"{number} of {count} asked, {spent / number * (count - number) / 60:.1f} min left")
        if spent > 60 * minutes > 0:
            break
    return rows


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
    return Row(
        context.id, question["question"], kind_of(question), exact, f1, bool(answer.statements),
        confidence, covered, len(cited), right, has_answer,
    )  # fmt: skip


def _write(out: Path, found: Mapping[str, Row]) -> None:
    with out.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps({"room": room, **asdict(row)}) + "\n" for room, row in found.items())


def read_rows(path: Path | None, rooms: Sequence[str]) -> dict[str, list[Row]]:
    """The rows of an earlier run, of the questions that were asked in all rooms; none where there is no such file."""
    found: dict[str, dict[tuple[str, str], Row]] = {room: {} for room in rooms}
    lines = path.read_text(encoding="utf-8").splitlines() if path is not None and path.exists() else []
    for values in map(json.loads, lines):
        if (room := values.pop("room")) in found:
            found[room][values["context"], values["question"]] = Row(**values)
    whole = [key for key in found[rooms[0]] if all(key in some for some in found.values())]
    return {room: [some[key] for key in whole] for room, some in found.items()}


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
        out |= {f"{name}{suffix}": metric for name, metric in _gains(kept, llm).items()}
    oracle = rows.get("oracle", ())
    for kind in sorted({row.kind for row in oracle}):
        some = [row for row in oracle if row.kind == kind]
        out[f"f1_oracle_{kind.replace(' ', '_')}_all"] = _hundred([row.f1 for row in some], some)
    return out


def _gains(rows: Mapping[str, Sequence[Row]], llm: bool) -> dict[str, Metric]:
    """What the product adds to the same model, over the same questions."""
    beside = {"plain": "oracle"} | dict.fromkeys(PEERS, "pipeline")
    out = {}
    for theirs, ours in beside.items():
        if llm and rows.get(theirs) and rows.get(ours):
            gain = paired_difference(
                [100 * row.f1 for row in rows[ours]], [100 * row.f1 for row in rows[theirs]],
                rng=np.random.default_rng(11), clusters=[row.context for row in rows[ours]],
            )  # fmt: skip
            out[f"gain_llm_{ours}_over_{theirs}"] = Metric.of(gain)
    return out


def _of_room(room: str, rows: Sequence[Row], llm: str) -> dict[str, Metric]:
    if room == "plain" or room in PEERS:
        return {f"f1_llm_{room}": _hundred([row.f1 for row in rows], rows)}
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
    limit = options.limit if options.limit is not None else LIMIT_LLM if options.llm else 0
    model = GgufModel(ModelFile(options.llm, sha256_of(options.llm))) if options.llm else None
    names = options.rooms or (ROOMS_LLM if model else ROOMS)
    known = read_rows(options.rows, names)
    asked = {(row.context, row.question) for row in known[names[0]]}
    pairs = [
        (context, question)
        for context, question in drawn(contexts, limit)
        if (context.id, question["question"]) not in asked
    ]
    with place_for(options.workspace) as folder, _opened(Path(folder), contexts, options.llm) as system:
        system.ingest()
        while (
            not options.shallow
            and (deep := system.deepen()) is not None
            and deep.sentences
            and deep.deep < deep.live
        ):
            say(f"deepened {deep.deep} of {deep.live} documents")
        rooms: dict[str, Iterator[Row]] = {}
        for room in names:
            if model is None or room in ROOMS:
                rooms[room] = ask(system, room, pairs)
            elif room == "plain":
                rooms[room] = plain_answers(model, pairs)
            else:
                rooms[room] = peer_answers(model, room, contexts, pairs)
        fresh = ask_all(rooms, len(pairs), options.minutes, options.rows)
    rows = {room: known[room] + fresh[room] for room in names}
    emit("answer_quality", summarize(rows, options.llm is not None), record=options.record,
         options={"limit": limit, "llm": options.llm.name if options.llm else ""})  # fmt: skip
    return 0


def _opened(place: Path, contexts: Sequence[Context], llm: Path | None) -> System:
    write_workspace(place, contexts, llm)
    return open_system(place)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("answer_quality", "answers over tables and text, in TAT-QA's layout", needs_data=True)
    options.add_argument("--limit", type=int, help=f"questions, drawn by hash (0 = all, which is the default; {LIMIT_LLM} with --llm)")  # fmt: skip
    options.add_argument("--rooms", type=_rooms, help=f"some of {', '.join(ROOMS)}, and with --llm {', '.join(ROOMS_LLM[2:])}")  # fmt: skip
    options.add_argument("--minutes", type=float, default=0.0, help="of asking, then it ends with what it has (0 = no end)")  # fmt: skip
    options.add_argument(
        "--workspace", type=Path, help="folder that keeps the ingested documents for the next run"
    )
    options.add_argument("--shallow", action="store_true", help="without sentence vectors")
    options.add_argument("--llm", type=Path, help="a GGUF file: measures with this language model")
    options.add_argument(
        "--rows",
        type=Path,
        help="file for one JSON line per question and room, written as they are asked; a run goes on from those in it",
    )
    return options.parse_args(arguments)


def _rooms(text: str) -> tuple[str, ...]:
    rooms = tuple(text.split(","))
    if strange := sorted(set(rooms) - {*ROOMS, *ROOMS_LLM}):
        raise argparse.ArgumentTypeError(
            f"no room {strange[0]}; there are {', '.join(dict.fromkeys((*ROOMS, *ROOMS_LLM)))}"
        )
    return rooms


if __name__ == "__main__":
    sys.exit(main())
